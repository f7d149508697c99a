"""The noise of a table: how much accuracies and ranks depend on the training seed."""

from dataclasses import dataclass
from statistics import harmonic_mean
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nasbench_pose.benchmark.arrays import Floats
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.stats.agreement import agreement
from nasbench_pose.stats.intervals import Interval

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

BEST = 0.1
"""Share of the genotypes that count as the best."""

FEWEST = 5
"""Fewest genotypes for a rank correlation: with three, one swap already turns 1 into 0.3."""


@dataclass(frozen=True)
class Noise:
    """Agreement between seeds, and the standard deviations over genotypes and over seeds."""

    genotypes: int
    """Size of the sample: all genotypes if all have several seeds, else those spread evenly over the space."""
    members: int
    """Genotypes of the space."""
    seeds: int
    """Seeds per genotype of the sample."""
    trainings_each: float
    """Effective number of trainings per genotype of the table (harmonic mean), which sets the noise of its means."""
    tau: Interval
    """Mean Kendall's tau between two seeds on the sample; 95 % bootstrap interval."""
    spread_genotypes: float
    """Standard deviation of the genotypes' means, points of PCKh, corrected for the noise of a mean."""
    spread_seeds: float
    """Standard deviation of the trainings of one genotype, points of PCKh."""
    best_genotypes: int
    """Genotypes of the best tenth by the first seed that were trained with every seed."""
    best_tau: Interval | None
    """Mean tau on these between the other seeds; the first seed selected them and is left out. None: too few."""
    best_trainings: float
    """Effective number of trainings per genotype of the best tenth (harmonic mean)."""

    def expected(self, seeds: float, other: float | None = None) -> float:
        """Return the expected tau between means over `seeds` and over `other` trainings (default: the same number).

        Assumes normal genotype effects and normal noise. The correlation is that of Spearman and Brown; tau is
        2/π·arcsin of it (Greiner). Infinitely many trainings give the true ranking.
        """
        both = self._reliability(seeds) * self._reliability(seeds if other is None else other)
        return float(2 / np.pi * np.arcsin(np.sqrt(both)))

    @property
    def best_expected(self) -> Interval | None:
        """The expected tau on the best tenth between the table's means and those of another like it. None: too few.

        `best_tau` gives the correlation of single trainings (Greiner), Spearman and Brown that of means over
        `best_trainings`. A negative correlation counts as none.
        """
        if self.best_tau is None:
            return None
        found = self.best_tau
        return Interval(*(_of_means(tau, self.best_trainings) for tau in (found.value, found.low, found.high)))

    def _reliability(self, seeds: float) -> float:
        """Return the share of the variance of such means that is due to the genotypes."""
        signal, noise = self.spread_genotypes**2, self.spread_seeds**2 / seeds
        return signal / (signal + noise) if signal else 0.0

    @property
    def lines(self) -> list[tuple[str, str]]:
        """(description, value) of each number, for the command line."""
        best, of_best = (str(found or "too few to say") for found in (self.best_tau, self.best_expected))
        alike, means = self.expected(self.trainings_each), [f"{self.expected(seeds):.2f}" for seeds in (1, 2, 3)]
        which = "" if self.genotypes == self.members else " spread over the space"
        ratio = f"{self.spread_genotypes / self.spread_seeds:.1f}" if self.spread_seeds else "no noise"
        return [
            (f"Kendall's τ between two seeds, {self.genotypes} genotypes{which}", str(self.tau)),
            (f"the same on the best tenth, {self.best_genotypes} genotypes", best),
            ("expected τ between single seeds, means of two, means of three", ", ".join(means)),
            ("expected τ of this table's means and those of another like it", f"{alike:.2f}"),
            (f"the same on the best tenth, of {self.best_trainings:.1f} trainings", of_best),
            ("standard deviation over genotypes (points)", f"{self.spread_genotypes:.2f}"),
            ("standard deviation over seeds (points)", f"{self.spread_seeds:.2f}"),
            ("ratio of the two", ratio),
        ]


def noise(
    accuracy: Floats,
    trained: NDArray[np.bool_],
    rng: np.random.Generator,
    *,
    members: int,
    spread: "Callable[[], list[int]]",
    name: str,
) -> Noise:
    """Measure the noise of a table's accuracies; raise InvalidFileError if too few genotypes have several seeds.

    `accuracy` (percent, NaN where a training failed) and `trained` (whether there was a training) have shape
    (genotypes, seeds); the first `members` rows are those of the space. The sample is all members with the seeds that
    all of them have. If that is only one seed, it is the rows that `spread` returns, which lie evenly over the space:
    networks near the front, which also have several seeds, are more similar than a random sample. `name` is the name of
    the table in errors.
    """
    sample = _sample(accuracy, trained, members, spread)
    if len(sample) < FEWEST or sample.shape[1] < 2:
        several = len(sample) if sample.shape[1] > 1 else 0
        raise InvalidFileError(
            f"{name} cannot tell its noise: of the genotypes spread over the space {several} were trained "
            f"with several seeds, and {FEWEST} are needed."
        )
    of_members = accuracy[:members]
    best = _best(of_members)
    between, within = _deviations(sample)
    return Noise(
        genotypes=len(sample),
        members=members,
        seeds=sample.shape[1],
        trainings_each=effective_trainings(np.isfinite(of_members).sum(axis=1)),
        tau=agreement(sample, rng=rng),
        spread_genotypes=between,
        spread_seeds=within,
        best_genotypes=len(best),
        best_tau=agreement(best, rng=rng) if len(best) >= FEWEST and best.shape[1] > 1 else None,
        best_trainings=effective_trainings(np.isfinite(of_members[_is_best(of_members)]).sum(axis=1)),
    )


def deviations(
    accuracy: Floats, trained: NDArray[np.bool_], members: int, spread: "Callable[[], list[int]]"
) -> tuple[float, float]:
    """Return the standard deviations over genotypes and over seeds of a `Noise`; NaN if too few have several seeds.

    The arguments are those of `noise`.
    """
    sample = _sample(accuracy, trained, members, spread)
    return _deviations(sample) if len(sample) >= FEWEST and sample.shape[1] > 1 else (float("nan"), float("nan"))


def effective_trainings(counts: "Iterable[float]") -> float:
    """Return the harmonic mean of numbers of trainings: as many trainings each would give the same average noise.

    Zeros are left out. NaN if there are no others.

    >>> effective_trainings([1, 3, 0])
    1.5
    """
    some = [float(count) for count in counts if count > 0]
    return harmonic_mean(some) if some else float("nan")


def _deviations(sample: Floats) -> tuple[float, float]:
    """Return the deviations over genotypes, corrected for the noise of a mean, and over seeds (columns)."""
    within = float(sample.var(axis=1, ddof=1).mean())
    between = float(sample.mean(axis=1).var(ddof=1)) - within / sample.shape[1]
    return float(np.sqrt(max(0.0, between))), float(np.sqrt(within))


def _sample(accuracy: Floats, trained: NDArray[np.bool_], members: int, spread: "Callable[[], list[int]]") -> Floats:
    """Return accuracies of a representative sample of the space, without gaps, shape (genotypes, seeds)."""
    of_all = trained[:members].all(axis=0)
    if of_all.sum() > 1:
        return _without_gaps(accuracy[:members, of_all])
    rows = spread()
    begun = trained[rows].cumprod(axis=0).astype(bool)  # the sample ends before the first that lacks a seed: the others
    return _densest(np.where(begun, accuracy[rows], np.nan))  # were trained because they are near the front


def _densest(accuracy: Floats) -> Floats:
    """Return the rows without gaps of the first seeds, for the number of seeds with the most pairs of trainings.

    >>> _densest(np.array([[1, 2, np.nan], [3, 4, np.nan], [5, 6, 7.0]])).shape
    (3, 2)
    """
    whole = [_without_gaps(accuracy[:, :k]) for k in range(accuracy.shape[1] + 1)]
    return max(whole, key=lambda part: len(part) * part.shape[1] * (part.shape[1] - 1))


def _without_gaps(accuracy: Floats) -> Floats:
    return accuracy[np.isfinite(accuracy).all(axis=1)]


def _best(accuracy: Floats) -> Floats:
    """Return the accuracies of the best tenth by the first seed with the other seeds, shape (genotypes, seeds - 1)."""
    return _densest(accuracy[_is_best(accuracy), 1:])


def _is_best(accuracy: Floats) -> NDArray[np.bool_]:
    """Return which rows are in the best tenth by the first seed."""
    first = accuracy[:, 0]
    return np.asarray(first >= np.quantile(first[np.isfinite(first)], 1 - BEST))


def _of_means(tau: float, trainings: float) -> float:
    """Return the expected tau between means over `trainings`, given that between single ones.

    >>> round(_of_means(0.5, 3), 2), _of_means(0.5, 1)
    (0.68, 0.5)
    """
    single = max(0.0, np.sin(np.pi / 2 * tau))
    return float(2 / np.pi * np.arcsin(trainings * single / (1 + (trainings - 1) * single)))
