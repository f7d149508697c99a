"""Equivalence of strategies within a region of practical equivalence, such as the noise of a training seed."""

import warnings
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.stats.inputs import numbers, share
from nasbench_pose.stats.intervals import Interval
from nasbench_pose.stats.score_table import checked

Verdict = Literal["better", "worse", "equal", "not decided"]


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean difference of two strategies' losses, and what it says beside a region of practical equivalence."""

    interval: Interval
    """Mean loss of the first minus that of the second, at 1 − `alpha`: 95 %."""
    rope: float
    """Half of the width of the region of practical equivalence; 0: there is none."""
    p_better: float
    """Chance of such a difference if the first were no better than the second (Welch's t, one-sided)."""
    p_equal: float
    """The larger p-value of two one-sided tests (TOST, Schuirmann 1987): small if the difference is within `rope`."""
    verdict: Verdict


def difference(a: ArrayLike, b: ArrayLike, *, rope: float = 0.0, alpha: float = 0.05) -> Difference:
    """Compare the losses of two strategies, one value per seed.

    All tests are Welch's at the level `alpha`. The verdict is `equal` if two one-sided tests say that the difference of
    means is within ±`rope`; that is, if its interval at 1 − 2·`alpha` is. Otherwise it is `better` or `worse` if the
    interval at 1 − `alpha` excludes 0, a two-sided test, else `not decided`. A difference can exclude 0 and be equal
    for practical purposes: then it is called equal. Raises InvalidFileError for fewer than two values, for one that is
    not finite, or for a negative region.

    >>> rng = np.random.default_rng(0)
    >>> same, worse = rng.normal(1.0, 0.1, 30), rng.normal(3.0, 0.1, 30)
    >>> difference(same, same + 0.01, rope=0.5).verdict, difference(same, worse, rope=0.5).verdict
    ('equal', 'better')
    """
    x, y, alpha = numbers(a), numbers(b), share(alpha, "level of a test")
    if min(len(x), len(y)) < 2 or not rope >= 0:
        raise InvalidFileError(
            f"A difference needs two values of each and a region of 0 or more; here are {len(x)}, {len(y)} and {rope}."
        )
    mean = float(x.mean() - y.mean())
    if not (np.ptp(x) or np.ptp(y)):  # nothing varies: the difference is known
        interval, p_better, p_equal = Interval(mean, mean, mean), float(mean >= 0), float(abs(mean) > rope)
    else:
        interval, p_better, p_equal = _welch(x, y, mean, rope, alpha)
    return Difference(interval, rope, p_better, p_equal, _verdict(interval, rope > 0 and p_equal < alpha))


def equivalences(scores: pd.DataFrame, *, rope: float = 0.0, alpha: float = 0.05) -> pd.DataFrame:
    """Return one row per pair of strategies: strategy, other, value, low, high, p_equal, verdict (of `strategy`).

    `scores` has the columns strategy and score (less is better) of one task. The level `alpha` is divided by the number
    of pairs (Bonferroni), so that all verdicts hold together.

    >>> scores = pd.DataFrame({"strategy": list("aaabbb"), "score": [1.0, 1.1, 1.2, 3.0, 3.1, 3.2]})
    >>> equivalences(scores, rope=0.3)[["strategy", "other", "verdict"]].values.tolist()
    [['a', 'b', 'better']]
    """
    scores = checked(scores, "strategy", "score")
    tasks: list[object] = list(dict.fromkeys(scores["task"])) if "task" in scores else []
    if len(tasks) > 1:
        raise InvalidFileError(
            f"Equivalence is within one task, and here are {len(tasks)}: select one, such as "
            f"scores[scores.task == {str(tasks[0])!r}], or compare over all with rank_test(by_task(scores))."
        )
    values = {str(name): part["score"].to_numpy() for name, part in scores.groupby("strategy", sort=False)}
    pairs = list(combinations(values, 2))
    rows = []
    for one, other in pairs:
        found = difference(values[one], values[other], rope=rope, alpha=alpha / len(pairs))
        interval = found.interval
        rows.append((one, other, interval.value, interval.low, interval.high, found.p_equal, found.verdict))
    return pd.DataFrame(rows, columns=["strategy", "other", "value", "low", "high", "p_equal", "verdict"])


def _welch(x: np.ndarray, y: np.ndarray, mean: float, rope: float, alpha: float) -> tuple[Interval, float, float]:
    from scipy import stats  # takes a second to load

    with warnings.catch_warnings():
        # SciPy warns of a sample that does not vary, as of a strategy that always finds the best: its variance is 0.
        warnings.filterwarnings("ignore", "Precision loss", RuntimeWarning)
        ends = stats.ttest_ind(x, y, equal_var=False).confidence_interval(1 - alpha)
        lower = stats.ttest_ind(x + rope, y, equal_var=False, alternative="greater").pvalue
        upper = stats.ttest_ind(x - rope, y, equal_var=False, alternative="less").pvalue
        better = stats.ttest_ind(x, y, equal_var=False, alternative="less").pvalue
    return Interval(mean, float(ends.low), float(ends.high)), float(better), float(max(lower, upper))


def _verdict(interval: Interval, equal: bool) -> Verdict:
    if equal:
        return "equal"
    if interval.high < 0:
        return "better"
    return "worse" if interval.low > 0 else "not decided"
