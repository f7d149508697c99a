"""Sizes of differences: Vargha and Delaney's A12, probability of improvement, relative improvement over random."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from nasbench_pose.errors import InvalidFileError, pick
from nasbench_pose.scalar import whole
from nasbench_pose.stats.aggregates import STATISTICS
from nasbench_pose.stats.inputs import numbers
from nasbench_pose.stats.intervals import Interval
from nasbench_pose.stats.score_table import checked

Floats = NDArray[np.float64]


def a12(a: ArrayLike, b: ArrayLike) -> float:
    """Return the chance that a search of `a` has a lower loss than one of `b`, ties counting half (Vargha & Delaney
    2000): 0.5 is no difference, above 0.71 a large one. Raises InvalidFileError for no values, or what is no number.

    >>> a12([1, 2, 3], [2, 3, 4]), a12([1, 1], [1, 1])
    (0.7777777777777778, 0.5)
    """
    from scipy import stats  # takes a second to load

    x, y = _two(a, b)
    return float(stats.mannwhitneyu(y, x, method="asymptotic").statistic / (len(x) * len(y)))


def probability_of_improvement(
    a: Sequence[ArrayLike], b: Sequence[ArrayLike], *, rng: np.random.Generator, resamples: int = 1000
) -> Interval:
    """Return the mean of A12 over tasks, with a 95 % interval of a bootstrap within tasks (Agarwal et al. 2021).

    `a` and `b` have an array of losses, one per seed, for each task. Raises InvalidFileError for another number of
    tasks, for no task or no losses, and for what is no number.

    >>> found = probability_of_improvement([[1, 2, 3]], [[2, 3, 4]], rng=np.random.default_rng(0))
    >>> round(found.value, 3), found.low <= found.value <= found.high
    (0.778, True)
    """
    if not len(a) or len(a) != len(b):
        raise InvalidFileError(
            f"Strategies are compared in the same tasks, one or more; here are {len(a)} and {len(b)}."
        )
    wins = [_wins(*_two(x, y)) for x, y in zip(a, b, strict=True)]
    times = whole(resamples, "number of resamples", least=1)
    drawn = np.mean([_resampled(each, rng, times) for each in wins], axis=0)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Interval(float(np.mean([each.mean() for each in wins])), float(low), float(high))


def improvement_table(scores: pd.DataFrame, *, rng: np.random.Generator, resamples: int = 1000) -> pd.DataFrame:
    """Return the probability of improvement of each strategy (`strategy`) over each other one (`over`).

    `scores` has the columns strategy, score (less is better) and, for several tasks, task; pairs without a common task
    are left out.

    >>> scores = pd.DataFrame({"strategy": list("aabb"), "score": [1, 2, 3, 4]})
    >>> improvement_table(scores, rng=np.random.default_rng(0))[["strategy", "over", "value"]].values.tolist()
    [['a', 'b', 1.0], ['b', 'a', 0.0]]
    """
    scores = checked(scores, "strategy", "score", finite=False)
    per_task = scores if "task" in scores else scores.assign(task=0)
    names = list(dict.fromkeys(per_task["strategy"]))
    values = {key: part["score"].to_numpy() for key, part in per_task.groupby(["strategy", "task"])}
    tasks = list(dict.fromkeys(per_task["task"]))
    rows = []
    for number, one in enumerate(names):
        for other in names[number + 1 :]:
            shared = [task for task in tasks if (one, task) in values and (other, task) in values]
            if not shared:
                continue
            sides = [[values[name, task] for task in shared] for name in (one, other)]
            found = probability_of_improvement(*sides, rng=rng, resamples=resamples)
            rows.append((one, other, found.value, found.low, found.high))
            rows.append((other, one, 1 - found.value, 1 - found.high, 1 - found.low))
    return pd.DataFrame(rows, columns=["strategy", "over", "value", "low", "high"])


def relative_improvement(scores: pd.DataFrame, over: str = "random", statistic: str = "median") -> "pd.Series[float]":
    """Return the share of the loss of `over` that each strategy saves, mean over tasks: 1 is all of it, 0 none.

    `scores` has the columns strategy, score (a regret: 0 is perfect) and, for several tasks, task. Tasks in which
    `over` has no regret left are left out; the share is NaN if none remains. Raises UnknownNameError if the strategy
    `over` is not there, InvalidFileError for a score below 0.

    >>> scores = pd.DataFrame({"strategy": ["random", "evolution"], "score": [2.0, 0.5]})
    >>> relative_improvement(scores).to_dict()
    {'random': 0.0, 'evolution': 0.75}
    """
    of, scores = pick("statistic", statistic, STATISTICS), checked(scores, "strategy", "score")
    if (scores["score"] < 0).any():
        raise InvalidFileError(f"A regret is 0 or more, and the least score is {scores['score'].min():g}.")
    per_task = scores if "task" in scores else scores.assign(task=0)
    wide = per_task.groupby(["task", "strategy"], sort=False)["score"].agg(of).unstack("strategy")
    base = wide[pick("strategy", over, {str(name): name for name in wide})]
    wide, base = wide[base > 0], base[base > 0]
    return (1 - wide.div(base, axis=0)).mean().rename("relative_improvement")


def _two(a: ArrayLike, b: ArrayLike) -> tuple[Floats, Floats]:
    x, y = numbers(a, finite=False), numbers(b, finite=False)
    if not (len(x) and len(y)):
        raise InvalidFileError(f"A comparison needs a loss of each; here are {len(x)} and {len(y)}.")
    return x, y


def _wins(x: Floats, y: Floats) -> Floats:
    """Return 1, ½ or 0 for each pair: whether the loss of the row is below that of the column."""
    row, column = x[:, None], y[None, :]
    wins: Floats = (row < column) + 0.5 * (row == column)  # two infinite losses are equal
    return wins


def _resampled(wins: Floats, rng: np.random.Generator, resamples: int) -> Floats:
    """Return the mean of `wins` over resampled rows and columns, shape (resamples,)."""
    rows, columns = (
        rng.multinomial(size, np.full(size, 1 / size), resamples).astype(np.float64) for size in wins.shape
    )
    means: Floats = np.einsum("ri,ri->r", rows @ wins, columns) / wins.size
    return means
