"""Heights that keep their order and their distance."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray


def apart(wanted: ArrayLike, gaps: Sequence[float], weights: ArrayLike | None = None) -> NDArray[np.float64]:
    """Return heights that rise by at least `gaps`, one fewer than heights, as near to `wanted` as least squares can be.

    Pools adjacent violators (isotonic regression), after the gaps have been taken out.

    >>> apart([0, 0, 9], [2, 2]).tolist()
    [-1.0, 1.0, 9.0]
    """
    target = np.asarray(wanted, dtype=float)
    weight = np.ones(len(target)) if weights is None else np.asarray(weights, dtype=float)
    steps = np.concatenate([[0.0], np.cumsum(gaps)])[: len(target)]
    blocks: list[tuple[float, float, int]] = []  # weighted total, weight, how many
    for value, w in zip(target - steps, weight, strict=True):
        total, heavy, count = float(value * w), float(w), 1
        while blocks and blocks[-1][0] / blocks[-1][1] > total / heavy:
            before = blocks.pop()
            total, heavy, count = total + before[0], heavy + before[1], count + before[2]
        blocks.append((total, heavy, count))
    fitted = [np.full(count, total / heavy) for total, heavy, count in blocks]
    heights: NDArray[np.float64] = np.concatenate([np.empty(0), *fitted]) + steps
    return heights
