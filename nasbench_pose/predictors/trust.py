"""How far each predictor can be trusted."""

import zlib

import numpy as np
import pandas as pd

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.plan import drawn
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.genotype import Genotype
from nasbench_pose.stats import Interval, Ranking, ranking


def sample(benchmark: Benchmark, n: int) -> list[Genotype]:
    """Return `n` members, drawn uniformly from those whose training succeeded, or all of them if there are fewer.

    In the order in which tables are made, so that those of a table that has grown are the same ones. Raises
    InvalidFileError if there are fewer than three.
    """
    order, _ = drawn(benchmark.space, 0, np.random.default_rng(0))
    accuracy = benchmark.grid.read("val", None, None)[0]
    trained = [genotype for genotype in order if np.isfinite(accuracy[benchmark.index.row(genotype)])]
    if len(trained) < 3:
        raise InvalidFileError(f"{benchmark.name} has {benchmark.coverage}: three are the least that can be ranked.")
    return trained[:n]


def trust(scores: pd.DataFrame, truth: "pd.Series[float]", *, seed: int = 0, k: int = 5) -> pd.DataFrame:
    """Return one row per predictor, the most trustworthy first and those that say too little last.

    `scores` has rows with predictor, family, genotype, score (higher is better, NaN if there is none), seconds,
    once_seconds and error; several of a genotype (seeds) are averaged, and all of them paid for. `truth` has the
    accuracy of each genotype's full training, by its text; every genotype of `scores` takes part, whoever scored it.
    `seed` draws the resamples, for each predictor anew. Columns: predictor, family, networks (with a score), failed
    (without), seconds, once_seconds, tau, rho, top_tau (on the truly best tenth), precision (of the k best by score,
    the share that is among the k best), best_rank (true rank of the best of these) and lost (points by which that one
    is worse than the best), each with _low and _high (95 % bootstrap intervals; NaN if there is too little to be
    ranked), and error, the first reason.
    Raises InvalidFileError if there are no scores.

    >>> scores = pd.DataFrame({"genotype": list("abcd"), "score": [1, 2, 4, 3], "seconds": 0.1, "once_seconds": 0})
    >>> truth = pd.Series([5, 6, 7, 8], list("abcd"))
    >>> table = trust(scores.assign(predictor="p", family="zero-cost", error=""), truth, k=1)
    >>> table[["predictor", "networks", "best_rank", "lost"]].to_numpy().tolist(), round(float(table["tau"][0]), 2)
    ([['p', 4, 2.0, 1.0]], 0.67)
    """
    if not len(scores):
        raise InvalidFileError("There are no scores that could be trusted or not.")
    everyone = truth[truth.index.isin(scores["genotype"])].dropna()
    lines = [_line(part, everyone, seed, k) for _, part in scores.groupby("predictor", sort=False)]
    return pd.DataFrame(lines).sort_values("tau", ascending=False, kind="stable", ignore_index=True)


INTERVALS = ("tau", "rho", "top_tau", "precision", "best_rank", "lost")


def _line(part: pd.DataFrame, truth: "pd.Series[float]", seed: int, k: int) -> dict[str, object]:
    sums = {"score": "mean", "seconds": "sum", "once_seconds": "sum"}
    each = part.groupby("genotype").agg(sums)
    name, reasons = str(part["predictor"].iloc[0]), part["error"].dropna()
    said = each["score"].reindex(truth.index)
    about = {
        "predictor": name,
        "family": part["family"].iloc[0],
        "networks": int(said.notna().sum()),
        "failed": int(each["score"].isna().sum()),
        "seconds": float(each["seconds"].mean()),
        "once_seconds": float(each["once_seconds"].mean()),
        "error": next((reason for reason in reasons if reason), ""),
    }
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])  # no predictor changes another's interval
    try:
        return about | _numbers(ranking(said, truth, rng=rng, k=k))
    except InvalidFileError as error:
        return about | dict.fromkeys(_NUMBERS, np.nan) | {"error": about["error"] or str(error)}


_NUMBERS = tuple(f"{name}{end}" for name in INTERVALS for end in ("", "_low", "_high"))


def _numbers(found: Ranking) -> dict[str, float]:
    intervals = {name: getattr(found, name) or Interval(np.nan) for name in INTERVALS}
    ends = {"": "value", "_low": "low", "_high": "high"}
    return {f"{name}{end}": getattr(one, part) for name, one in intervals.items() for end, part in ends.items()}
