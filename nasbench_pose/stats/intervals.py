"""Confidence intervals of means and of rank correlations."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasbench_pose.errors import InvalidFileError, pick

Floats = NDArray[np.float64]
RESAMPLES, ENDS = 1000, (0.025, 0.975)
"""Number of resamples of a bootstrap interval, and the quantiles that are its ends."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A value and the ends of its interval, printed with as many digits as the interval's width allows.

    Ends that differ only by rounding are printed as no interval: every resample gave the same value.

    >>> str(Interval(88.1372, 87.7, 88.5744)), str(Interval(0.6213, 0.5422, 0.6801)), str(Interval(88.1372))
    ('88.1 ± 0.4', '0.62 [0.54, 0.68]', '88.14')
    >>> str(Interval(1 - 1e-16, 1 - 2e-16, 1.0)), str(Interval(-0.001, -0.041, 0.039))
    ('1', '0.00 ± 0.04')
    """

    value: float
    low: float = math.nan
    high: float = math.nan

    @property
    def half_width(self) -> float:
        """Half of the distance between the ends."""
        return (self.high - self.low) / 2

    def __str__(self) -> str:
        if not self.half_width > 1e-9 * max(1.0, abs(self.value)):
            return f"{self.value:.4g}"
        digits = max(0, -int(f"{self.half_width:.0e}".partition("e")[2]))
        if math.isclose(self.value, (self.low + self.high) / 2, abs_tol=10.0**-digits / 10):
            return f"{self.value:z.{digits}f} ± {self.half_width:.{digits}f}"
        return f"{self.value:z.{digits}f} [{self.low:z.{digits}f}, {self.high:z.{digits}f}]"


def mean_interval(values: ArrayLike, *, confidence: float = 0.95) -> Interval:
    """Return the mean of one value per seed and its Student's t interval; one value has no interval.

    Missing values are left out; raises InvalidFileError if none is left.

    >>> str(mean_interval([88.0, 88.4, 88.2]))
    '88.2 ± 0.5'
    """
    sample = _finite(values)
    if not len(sample):
        raise InvalidFileError("There is no finite value to average.")
    mean = float(sample.mean())
    if len(sample) == 1:
        return Interval(mean)
    from scipy import stats  # takes a second to load, and most importers of this module need no test

    half = float(stats.t.ppf((1 + confidence) / 2, len(sample) - 1) * stats.sem(sample))
    return Interval(mean, mean - half, mean + half)


def rank_correlation(
    x: ArrayLike,
    y: ArrayLike,
    *,
    rng: np.random.Generator,
    method: str = "kendall",
    resamples: int = RESAMPLES,
) -> Interval:
    """Return the rank correlation of two measures, from -1 to 1, with a 95 % percentile bootstrap interval.

    `method` is `kendall` (tau-b, Kendall 1945) or `spearman`. `x` and `y` have shape (items,); items without one of the
    two are left out. Raises InvalidFileError if fewer than three items are left or if all are equal in one measure.

    >>> tau = rank_correlation([1, 2, 3, 4, 5], [1, 3, 2, 4, 5], rng=np.random.default_rng(0))
    >>> round(tau.value, 1), -1 <= tau.low <= tau.value <= tau.high <= 1
    (0.8, True)
    """
    statistic = pick("rank correlation", method, STATISTICS)
    pairs = np.stack([np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)], axis=1)
    pairs = pairs[np.isfinite(pairs).all(axis=1)]
    if len(pairs) < 3 or not np.ptp(pairs, axis=0).all():
        raise InvalidFileError(f"{len(pairs)} pairs cannot be ranked; three are needed, not all equal in one measure.")
    drawn = rng.integers(len(pairs), size=(resamples, len(pairs)))
    times = np.stack([np.bincount(rows, minlength=len(pairs)) for rows in drawn]).astype(np.float64)
    x_known, y_known = pairs.T
    (value,), values = statistic(x_known, y_known, np.ones((1, len(pairs)))), statistic(x_known, y_known, times)
    # a resample that is constant in one measure has no correlation
    low, high = np.nanquantile(values, ENDS)
    return Interval(float(value), float(low), float(high))


def _kendall(x: Floats, y: Floats, times: Floats) -> Floats:
    """Return tau-b of resamples; `times` (resamples, items) says how often each item is in each resample.

    A pair of items has the product of their `times` as its weight: one matrix product serves all resamples.
    """
    signs = [np.sign(values[:, None] - values[None, :]) for values in (x, y)]
    agreeing, untied_in_x, untied_in_y = (
        np.einsum("ri,ri->r", times @ pairs, times) for pairs in (signs[0] * signs[1], *map(np.abs, signs))
    )
    return _ratio(agreeing, np.sqrt(untied_in_x * untied_in_y))


def _spearman(x: Floats, y: Floats, times: Floats) -> Floats:
    """Return rho of such resamples: Pearson's correlation of ranks, where equal items share their mean rank."""
    count = times.sum(axis=1, keepdims=True)
    lower = (np.heaviside(values[:, None] - values[None, :], 0.5) for values in (x, y))
    a, b = (times @ below.T - count / 2 for below in lower)  # ranks, of mean zero
    products = (np.einsum("ri,ri,ri->r", times, *pair) for pair in ((a, b), (a, a), (b, b)))
    both, in_x, in_y = products
    return _ratio(both, np.sqrt(in_x * in_y))


def _ratio(over: Floats, under: Floats) -> Floats:
    """Return the quotients, NaN where the denominator is 0."""
    quotients: Floats = np.divide(over, under, out=np.full(len(over), np.nan), where=under > 0)
    return quotients


Statistic = Callable[[Floats, Floats, Floats], Floats]
"""(x, y, how often each item is in each resample) -> the correlation of each resample."""
STATISTICS: dict[str, Statistic] = {"kendall": _kendall, "spearman": _spearman}


def _finite(values: ArrayLike) -> Floats:
    sample = np.asarray(values, dtype=np.float64)
    return sample[np.isfinite(sample)]
