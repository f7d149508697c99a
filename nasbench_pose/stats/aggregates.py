"""Median and interquartile mean over searches, with stratified bootstrap intervals (Agarwal et al. 2021, rliable)."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from nasbench_pose.errors import InvalidFileError, pick
from nasbench_pose.stats.intervals import Interval
from nasbench_pose.stats.score_table import checked

Floats = NDArray[np.float64]
CONFIDENCE, RESAMPLES = 0.95, 2000


def iqm(values: ArrayLike, axis: int = -1) -> Any:
    """Return the interquartile mean: the mean of the middle half. It is less noisy than the median, and outliers of
    both ends are left out.

    >>> float(iqm([0, 1, 2, 3, 4, 5, 6, 700]))
    3.5
    """
    from scipy import stats  # takes a second to load

    return stats.trim_mean(np.asarray(values, dtype=np.float64), 0.25, axis=axis)


STATISTICS: dict[str, Callable[..., Any]] = {"iqm": iqm, "median": np.median, "mean": np.mean}
"""Name -> function of values and an axis."""


def stratified(
    strata: Sequence[ArrayLike],
    statistic: str = "iqm",
    *,
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
    confidence: float = CONFIDENCE,
) -> Interval:
    """Return a statistic of all values together, with a percentile bootstrap interval.

    `strata` has one array of values, such as one per seed, for each task. Every resample draws seeds anew within each
    task, so that the tasks keep their shares. Raises UnknownNameError for another statistic than `iqm`, `median` and
    `mean`, InvalidFileError for a task without values or with one that is not finite.

    >>> found = stratified([[1.0, 2.0, 3.0], [2.0, 3.0, 4.0]], "mean", rng=np.random.default_rng(0))
    >>> found.value, 1.5 <= found.low < 2.5 < found.high <= 3.5
    (2.5, True)
    """
    of = pick("statistic", statistic, STATISTICS)
    samples = [np.asarray(values, dtype=np.float64) for values in strata]
    if not samples or not all(map(len, samples)):
        raise InvalidFileError("Each task needs one value or more.")
    if not np.isfinite(together := np.concatenate(samples)).all():
        wrong = together[~np.isfinite(together)]
        raise InvalidFileError(
            f"{len(wrong)} of {len(together)} values are not finite, such as {wrong[0]}; leave them out."
        )
    value = float(of(together))
    drawn = np.concatenate([s[rng.integers(len(s), size=(resamples, len(s)))] for s in samples], axis=1)
    low, high = np.quantile(of(drawn, axis=1), [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(value, float(low), float(high))


def aggregate(
    scores: pd.DataFrame, statistic: str = "iqm", *, rng: np.random.Generator, resamples: int = RESAMPLES
) -> pd.DataFrame:
    """Return one row per strategy: value, low, high, seeds; over all tasks, stratified by task.

    `scores` has the columns strategy, run_seed, score and, for several tasks, task.

    >>> scores = pd.DataFrame({"strategy": ["a"] * 4, "run_seed": range(4), "score": [1.0, 2.0, 3.0, 9.0]})
    >>> aggregate(scores, rng=np.random.default_rng(0))[["strategy", "value", "seeds"]].values.tolist()
    [['a', 2.5, 4]]
    """
    rows = []
    for name, part in checked(scores, "strategy", "score").groupby("strategy", sort=False):
        strata = [group["score"].to_numpy() for _, group in part.groupby("task")] if "task" in part else [part["score"]]
        found = stratified(strata, statistic, rng=rng, resamples=resamples)
        rows.append((name, found.value, found.low, found.high, min(map(len, strata))))
    return pd.DataFrame(rows, columns=["strategy", "value", "low", "high", "seeds"])
