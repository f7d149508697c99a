"""How far each predictor can be trusted."""

import numpy as np
import pandas as pd

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.plan import drawn
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.genotype import Genotype
from nasbench_pose.stats import ranking


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


def trust(scores: pd.DataFrame, truth: "pd.Series[float]", *, rng: np.random.Generator, k: int = 5) -> pd.DataFrame:
    """Return one row per predictor, the most trustworthy first.

    `scores` has rows with predictor, family, genotype, score (higher is better), seconds and once_seconds; several of a
    genotype (seeds) are averaged. `truth` has the accuracy of each genotype's full training, by its text. Columns:
    predictor, family, networks, failed, seconds, once_seconds, tau, rho and top_tau with _low and _high (95 % bootstrap
    intervals; NaN if there are too few of the best), precision (of the k best by score, the share that is among the k
    best), best_rank (true rank of the best of these) and lost (points by which that one is worse than the best).
    Raises InvalidFileError if a predictor has fewer than three genotypes to be ranked, or ranks none above another.

    >>> scores = pd.DataFrame({"genotype": list("abcd"), "score": [1, 2, 4, 3], "seconds": 0.1, "once_seconds": 0})
    >>> truth = pd.Series([5, 6, 7, 8], list("abcd"))
    >>> table = trust(scores.assign(predictor="p", family="zero-cost"), truth, k=1, rng=np.random.default_rng(0))
    >>> table[["predictor", "networks", "best_rank", "lost"]].to_numpy().tolist(), round(float(table["tau"][0]), 2)
    ([['p', 4, 2, 1.0]], 0.67)
    """
    lines = [_line(part, truth, rng, k) for _, part in scores.groupby("predictor", sort=False)]
    if not lines:
        raise InvalidFileError("There are no scores to be trusted or not.")
    return pd.DataFrame(lines).sort_values("tau", ascending=False, kind="stable", ignore_index=True)


def _line(part: pd.DataFrame, truth: "pd.Series[float]", rng: np.random.Generator, k: int) -> dict[str, object]:
    means = part.groupby("genotype")[["score", "seconds", "once_seconds"]].mean()
    both = means.join(truth.rename("truth"), how="inner").dropna()
    name = part["predictor"].iloc[0]
    try:
        found = ranking(both["score"], both["truth"], rng=rng, k=k)
    except InvalidFileError as error:
        raise InvalidFileError(f"{name}: {error}") from None
    reached = both.nlargest(k, "score")["truth"].max()
    intervals = {"tau": found.tau, "rho": found.rho, "top_tau": found.top_tau}
    return {
        "predictor": name,
        "family": part["family"].iloc[0],
        "networks": found.items,
        "failed": len(means) - len(means.dropna()),
        "seconds": float(means["seconds"].mean()),
        "once_seconds": float(means["once_seconds"].mean()),
        **{column: np.nan if one is None else one.value for column, one in intervals.items()},
        **{f"{column}_low": np.nan if one is None else one.low for column, one in intervals.items()},
        **{f"{column}_high": np.nan if one is None else one.high for column, one in intervals.items()},
        "precision": found.precision,
        "best_rank": found.best_rank,
        "lost": float(both["truth"].max() - reached),
    }
