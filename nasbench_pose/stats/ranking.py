"""How far a cheap score can be trusted to rank what is dear to measure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.stats.intervals import Interval, rank_correlation

TOP = 0.1
"""Share of the items that are the best."""
FEWEST = 3


@dataclass(frozen=True)
class Ranking:
    """How alike a score and the truth rank the same items; higher is better in both."""

    items: int
    tau: Interval
    """Kendall's tau-b over all items, with a 95 % bootstrap interval."""
    rho: Interval
    """Spearman's rho, likewise."""
    top_tau: Interval | None
    """Kendall's tau over the truly best tenth; None: too few items to say."""
    k: int
    precision: float
    """Share of the k best by score that are among the k truly best."""
    best_rank: int
    """True rank, from 1, of the best item among the k best by score: what choosing k to measure would find."""
    lost: float
    """By how much that item is worse than the best of all, in the unit of the truth."""


def ranking(score: ArrayLike, truth: ArrayLike, *, rng: np.random.Generator, k: int = 5) -> Ranking:
    """Return how far `score` ranks as `truth` does, both of shape (items,).

    Items that lack the truth are left out. Those that only lack a score have no part in the correlations, but are among
    the truly best that `precision`, `best_rank` and `lost` are about: not to choose them is a loss.

    Raises InvalidFileError for fewer than three items, or if all are equal in one measure, or for a `k` below 1.

    >>> found = ranking([1, 2, 3, 4, 5, 6], [1, 3, 2, 4, 6, 5], rng=np.random.default_rng(0), k=2)
    >>> round(found.tau.value, 2), found.precision, found.best_rank
    (0.73, 1.0, 1)
    """
    if k < 1:
        raise InvalidFileError(f"The {k} best were asked for; k is at least 1.")
    everything = np.stack([np.asarray(score, dtype=np.float64), np.asarray(truth, dtype=np.float64)], axis=1)
    everything = everything[np.isfinite(everything[:, 1])]
    scored = np.isfinite(everything[:, 0])
    pairs = everything[scored]
    tau, rho = (rank_correlation(*pairs.T, rng=rng, method=method) for method in ("kendall", "spearman"))
    rank = _ranks(everything[:, 1])[scored]
    chosen = np.argsort(-pairs[:, 0], kind="stable")[:k]
    return Ranking(
        items=len(pairs),
        tau=tau,
        rho=rho,
        top_tau=_top(pairs, rng),
        k=k,
        precision=float(np.mean(rank[chosen] <= k)),
        best_rank=int(rank[chosen].min()),
        lost=float(everything[:, 1].max() - pairs[chosen, 1].max()),
    )


def _ranks(truth: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the rank of each item, 1 for the highest; equal ones share the better rank."""
    ranks: NDArray[np.intp] = 1 + (truth[None, :] > truth[:, None]).sum(axis=1)
    return ranks


def _top(pairs: NDArray[np.float64], rng: np.random.Generator) -> Interval | None:
    best = pairs[pairs[:, 1] >= np.quantile(pairs[:, 1], 1 - TOP)]
    if len(best) < FEWEST or not np.ptp(best, axis=0).all():
        return None
    return rank_correlation(*best.T, rng=rng)
