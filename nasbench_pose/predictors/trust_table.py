"""Agreement of each predictor's ranking with the truth."""

import zlib

import numpy as np
import pandas as pd

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.plan import drawn
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.genotype import Genotype
from nasbench_pose.stats import Interval, ranking


def sample(benchmark: Benchmark, n: int) -> list[Genotype]:
    """Return `n` uniformly drawn members whose training succeeded, or all of them if there are fewer.

    The order is that in which tables are trained, so a table with more rows gives the same sample. Raises
    InvalidFileError for fewer than three members.
    """
    order, _ = drawn(benchmark.space, 0, np.random.default_rng(0))
    accuracy = benchmark.grid.read("val", None, None)[0]
    trained = [genotype for genotype in order if np.isfinite(accuracy[benchmark.index.row(genotype)])]
    if len(trained) < 3:
        raise InvalidFileError(f"{benchmark.name} has {benchmark.coverage}; a ranking needs three or more.")
    return trained[:n]


def trust(scores: pd.DataFrame, truth: "pd.Series[float]", *, seed: int = 0, k: int = 5) -> pd.DataFrame:
    """Return one row per predictor, the highest tau first and those with too few scores last.

    `scores` has rows with predictor, family, genotype, score (higher is better, NaN for a failure), seconds,
    once_seconds and error. Several scores of a genotype (seeds) are averaged, and their seconds are added. `truth` has
    the accuracy of each genotype's full training, by its text. All predictors are judged on all genotypes in `scores`.
    `seed` draws the resamples, anew for each predictor.

    Columns: predictor, family, networks (with a score), failed (without), seconds, once_seconds, tau, rho, top_tau (on
    the truly best tenth), precision (share of the k best by score that are among the k truly best), best_rank (true
    rank of the best of these) and lost (points by which that one is worse than the best), each with _low and _high
    (95 % bootstrap intervals; NaN for too few scores), and error, the first reason. Raises InvalidFileError if there
    are no scores.

    >>> scores = pd.DataFrame({"genotype": list("abcd"), "score": [1, 2, 4, 3], "seconds": 0.1, "once_seconds": 0})
    >>> truth = pd.Series([5, 6, 7, 8], list("abcd"))
    >>> table = trust(scores.assign(predictor="p", family="zero-cost", error=""), truth, k=1)
    >>> table[["predictor", "networks", "best_rank", "lost"]].to_numpy().tolist(), round(float(table["tau"][0]), 2)
    ([['p', 4, 2.0, 1.0]], 0.67)
    """
    if not len(scores):
        raise InvalidFileError("There are no scores to compare with the truth.")
    scored = truth[truth.index.isin(scores["genotype"])].dropna()
    rows = [_row(part, scored, seed, k) for _, part in scores.groupby("predictor", sort=False)]
    return pd.DataFrame(rows).sort_values("tau", ascending=False, kind="stable", ignore_index=True)


INTERVALS = ("tau", "rho", "top_tau", "precision", "best_rank", "lost")


def _row(part: pd.DataFrame, truth: "pd.Series[float]", seed: int, k: int) -> dict[str, object]:
    sums = {"score": "mean", "seconds": "sum", "once_seconds": "sum"}
    each = part.groupby("genotype").agg(sums)
    name, reasons = str(part["predictor"].iloc[0]), part["error"].dropna()
    score = each["score"].reindex(truth.index)
    facts = {
        "predictor": name,
        "family": part["family"].iloc[0],
        "networks": int(score.notna().sum()),
        "failed": int(each["score"].isna().sum()),
        "seconds": float(each["seconds"].mean()),
        "once_seconds": float(each["once_seconds"].mean()),
        "error": next((reason for reason in reasons if reason), ""),
    }
    # the name is part of the seed, so that no interval depends on the other predictors of the table
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    intervals, error = dict.fromkeys(INTERVALS, Interval(np.nan)), ""
    try:
        found = ranking(score, truth, rng=rng, k=k)
        intervals |= {measure: getattr(found, measure) or Interval(np.nan) for measure in INTERVALS}
    except InvalidFileError as reason:
        error = str(reason)
    ends = {"": "value", "_low": "low", "_high": "high"}
    numbers = {f"{name}{end}": getattr(one, part) for name, one in intervals.items() for end, part in ends.items()}
    return facts | numbers | {"error": facts["error"] or error}
