"""How well a cheap score ranks items whose true value is expensive to measure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.stats.intervals import ENDS, RESAMPLES, Floats, Interval, rank_correlation

TOP = 0.1
"""Share of the items that `top_tau` is computed on."""
FEWEST = 3
"""Items that a rank correlation needs."""


@dataclass(frozen=True)
class Ranking:
    """Agreement of a score and the truth in ranking the same items; higher is better in both."""

    items: int
    tau: Interval
    """Kendall's tau-b over all items, with a 95 % bootstrap interval."""
    rho: Interval
    """Spearman's rho, likewise."""
    top_tau: Interval | None
    """Kendall's tau over the truly best tenth; None if these are too few."""
    k: int
    precision: Interval
    """Share of the k best by score that are among the k truly best."""
    best_rank: Interval
    """True rank, from 1, of the best item among the k best by score: the result of measuring these k."""
    lost: Interval
    """Difference between that item and the best of all, in the unit of the truth."""


def ranking(score: ArrayLike, truth: ArrayLike, *, rng: np.random.Generator, k: int = 5) -> Ranking:
    """Return how well `score` ranks the items that `truth` ranks, both of shape (items,).

    Intervals hold 95 % of 1,000 resamples of the items. Items without a truth are left out. Items without a score are
    left out of the correlations, but `precision`, `best_rank` and `lost` still count them among the truly best, because
    a score that cannot choose them loses them.

    Raises InvalidFileError for fewer than three items, for a `k` below 1, or if all items are equal in one measure.

    >>> found = ranking([1, 2, 3, 4, 5, 6], [1, 3, 2, 4, 6, 5], rng=np.random.default_rng(0), k=2)
    >>> round(found.tau.value, 2), found.precision.value, found.best_rank.value
    (0.73, 1.0, 1.0)
    """
    if k < 1:
        raise InvalidFileError(f"k is {k}; it has to be 1 or more.")
    everything = np.stack([np.asarray(score, dtype=np.float64), np.asarray(truth, dtype=np.float64)], axis=1)
    everything = everything[np.isfinite(everything[:, 1])]
    pairs = everything[np.isfinite(everything[:, 0])]
    tau, rho = (rank_correlation(*pairs.T, rng=rng, method=method) for method in ("kendall", "spearman"))
    top = _top(pairs, rng)
    precision, best_rank, lost = _choice(everything, k, rng)
    return Ranking(len(pairs), tau, rho, top, k, precision, best_rank, lost)


def _choice(items: Floats, k: int, rng: np.random.Generator) -> tuple[Interval, Interval, Interval]:
    """Return precision, best rank and loss of choosing the k best by score, with intervals.

    `items` are pairs of score, which may be missing, and truth. Ties between scores are broken by `rng`.
    """
    (values,) = _chosen(rng.permutation(items)[None], k)
    resamples = _chosen(items[rng.integers(len(items), size=(RESAMPLES, len(items)))], k)
    low, high = np.nanquantile(resamples, ENDS, axis=0)  # a resample may have no item with a score
    precision, best_rank, lost = map(Interval, values.tolist(), low.tolist(), high.tolist())
    return precision, best_rank, lost


def _chosen(items: Floats, k: int) -> Floats:
    """Return precision, best rank and loss of each resample: (resamples, items, 2) gives (resamples, 3).

    Ties between scores are broken by the order of the items; items of equal truth share the better rank.
    """
    scored, truth, k = np.isfinite(items[..., 0]), items[..., 1], min(k, items.shape[1])
    order = np.argsort(np.where(scored, -items[..., 0], np.inf), axis=1, kind="stable")[:, :k]
    taken, found = np.take_along_axis(scored, order, 1), np.take_along_axis(truth, order, 1)
    best = np.where(taken, found, -np.inf).max(axis=1)
    least = -np.partition(-truth, k - 1, axis=1)[:, k - 1]  # the truth of the worst of the k truly best
    right = (taken & (found >= least[:, None])).sum(axis=1) / np.maximum(1, taken.sum(axis=1))
    numbers = [right, 1 + (truth > best[:, None]).sum(axis=1), truth.max(axis=1) - best]
    return np.where(taken.any(axis=1), numbers, np.nan).T


def _top(pairs: Floats, rng: np.random.Generator) -> Interval | None:
    best = pairs[pairs[:, 1] >= np.quantile(pairs[:, 1], 1 - TOP)]
    if len(best) < FEWEST or not np.ptp(best, axis=0).all():
        return None
    return rank_correlation(*best.T, rng=rng)
