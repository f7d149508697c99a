"""Median and interquartile mean over searches, with stratified bootstrap intervals (Agarwal et al. 2021, rliable)."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from nasbench_pose.errors import InvalidFileError, pick
from nasbench_pose.scalar import whole
from nasbench_pose.stats.inputs import numbers, share
from nasbench_pose.stats.intervals import Interval
from nasbench_pose.stats.score_table import checked

Floats = NDArray[np.float64]
CONFIDENCE, RESAMPLES = 0.95, 2000


def iqm(values: ArrayLike, axis: int = -1) -> Any:
    """Return the interquartile mean: the mean of the middle half. It is less noisy than the median, and outliers of
    both ends are left out. Raises InvalidFileError if there are none.

    >>> float(iqm([0, 1, 2, 3, 4, 5, 6, 700]))
    3.5
    """
    from scipy import stats  # takes a second to load

    found = np.asarray(values, dtype=np.float64)
    if not found.size:
        raise InvalidFileError("There is no value to average.")
    return stats.trim_mean(found, 0.25, axis=axis)


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
    samples, times = [numbers(values) for values in strata], whole(resamples, "number of resamples", least=1)
    if not samples or not all(map(len, samples)):
        raise InvalidFileError("Each task needs one value or more.")
    value, inside = float(of(np.concatenate(samples))), share(confidence, "confidence")
    drawn = np.concatenate([s[rng.integers(len(s), size=(times, len(s)))] for s in samples], axis=1)
    low, high = np.quantile(of(drawn, axis=1), [(1 - inside) / 2, (1 + inside) / 2])
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
