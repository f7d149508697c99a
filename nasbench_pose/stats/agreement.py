"""Agreement of several raters, such as training seeds, that rank the same items."""

from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import kendalltau

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.stats.intervals import Interval


def agreement(
    scores: ArrayLike, *, rng: np.random.Generator, resamples: int = 1000, confidence: float = 0.95
) -> Interval:
    """Return the mean Kendall's tau-b over all pairs of raters, with a percentile bootstrap interval over the items.

    `scores` has shape (items, raters); items that lack a score are left out. Raises InvalidFileError for fewer than two
    raters or three items, or if all scores of a rater are equal.

    >>> tau = agreement([[1, 1, 2], [2, 3, 1], [3, 2, 3], [4, 4, 4]], rng=np.random.default_rng(0))
    >>> round(tau.value, 2), tau.low <= tau.value <= tau.high
    (0.56, True)
    """
    table = np.asarray(scores, dtype=np.float64)
    table = table[np.isfinite(table).all(axis=1)]
    if table.shape[1] < 2 or len(table) < 3 or not np.ptp(table, axis=0).all():
        raise InvalidFileError(
            f"{len(table)} items, each with {table.shape[1]} scores, cannot show agreement; it needs three items with "
            "two scores each, and no rater whose scores are all equal."
        )
    drawn = table[rng.integers(len(table), size=(resamples, len(table)))]
    # a resample in which one rater's scores are all equal has no correlation
    found = [_mean_tau(each) for each in drawn[np.ptp(drawn, axis=1).all(axis=1)]]
    low, high = np.quantile(found, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(_mean_tau(table), float(low), float(high))


def _mean_tau(table: NDArray[np.float64]) -> float:
    return float(np.mean([kendalltau(*pair).statistic for pair in combinations(table.T, 2)]))
