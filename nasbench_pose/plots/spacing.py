"""Positions along a line, moved as little as possible until neighbours have a minimum distance."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray


def with_gaps(wanted: ArrayLike, gaps: Sequence[float], weights: Sequence[float] | None = None) -> NDArray[np.float64]:
    """Return positions that rise by at least `gaps`, one fewer than positions, nearest to `wanted` by least squares.

    This is the isotonic regression of `wanted` minus the cumulated gaps; `weights` are the weights of the squares.

    >>> with_gaps([0, 0, 9], [2, 2]).tolist()
    [-1.0, 1.0, 9.0]
    """
    target = np.asarray(wanted, dtype=np.float64)
    if not len(target):
        return target
    offsets = np.concatenate([[0.0], np.cumsum(gaps)])[: len(target)]
    shifted = target - offsets
    if (np.diff(shifted) < 0).any():
        from scipy.optimize import isotonic_regression  # takes a quarter of a second to load

        shifted = isotonic_regression(shifted, weights=weights).x
    positions: NDArray[np.float64] = shifted + offsets
    return positions
