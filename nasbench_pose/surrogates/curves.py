"""Extrapolation of learning curves."""

import numpy as np

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.surrogates.encoding import Floats

RATES = np.linspace(0.05, 3.0, 60)
"""Exponents that are tried: with a fixed exponent, the best curve is a linear regression."""


def power_law(steps: Floats, percent: Floats, end: float) -> Floats:
    """Return the accuracy at step `end` of the power laws a - b·t^-c fitted to curves, shape (n,).

    pow3 of Domhan et al. (IJCAI 2015): `steps` are the points (p,), `percent` the accuracies there (n, p). b and c are
    positive, so a curve never falls; all curves are fitted at once by least squares, over a grid of c. Raises
    InvalidFileError for fewer than three points.

    >>> steps = np.array([50.0, 100.0, 200.0])
    >>> power_law(steps, np.array([30 - 40 * steps**-0.5]), 400.0).round(1)
    array([28.])
    """
    if len(steps) < 3:
        raise InvalidFileError(f"A power law is fitted to three points of a curve or more, not to {len(steps)}.")
    fitted = [_fitted(steps, percent, rate, end) for rate in RATES]
    errors, ends = (np.stack(part) for part in zip(*fitted, strict=True))
    found: Floats = np.take_along_axis(ends, errors.argmin(axis=0)[None], axis=0)[0]
    return found


def _fitted(steps: Floats, percent: Floats, rate: float, end: float) -> tuple[Floats, Floats]:
    """Return the squared error and the extrapolated end of each curve, with b at least zero."""
    fall = (steps / steps[0]) ** -rate
    centred = fall - fall.mean()
    mean = percent.mean(axis=1)
    slope = np.minimum(0.0, percent @ centred / (centred @ centred))  # -b
    errors = ((percent - mean[:, None] - slope[:, None] * centred) ** 2).sum(axis=1)
    return errors, mean + slope * ((end / steps[0]) ** -rate - fall.mean())
