"""The exact distribution of a cost over a whole space, however large."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasbench_pose.cost.cost_grid import Integers, Quantity, cost_grids, whole
from nasbench_pose.cost.cost_table import CostTable
from nasbench_pose.errors import NasbenchPoseError


@dataclass(frozen=True)
class Histogram:
    """The exact number of members of a space for each possible cost."""

    values: NDArray[np.int64]
    """All costs of members, in ascending order."""
    counts: Integers
    """The number of members with each cost; Python integers if they exceed 63 bits."""

    @cached_property
    def _below(self) -> Integers:
        """The number of members with a cost below values[0], values[1], …, and last the number of all members."""
        return np.concatenate([np.zeros(1, self.counts.dtype), np.cumsum(self.counts, dtype=self.counts.dtype)])

    @property
    def size(self) -> int:
        """The number of members."""
        return int(self._below[-1])

    @property
    def minimum(self) -> int:
        """The smallest cost."""
        return int(self.values[0])

    @property
    def maximum(self) -> int:
        """The largest cost."""
        return int(self.values[-1])

    def within(self, low: int, high: int) -> int:
        """Return the number of members with a cost from `low` to `high`, both included."""
        first, last = self.values.searchsorted(low, "left"), self.values.searchsorted(high, "right")
        return max(int(self._below[last]) - int(self._below[first]), 0)

    def bins(self, edges: ArrayLike) -> Integers:
        """Return the number of members in each bin: cost at least edges[i] and less than edges[i + 1]."""
        places: NDArray[np.intp] = self.values.searchsorted(np.asarray(edges), "left")
        return np.diff(self._below[places])

    def quantile(self, share: float) -> int:
        """Return the smallest cost that at least a fraction `share` (0 to 1) of the members do not exceed.

        Raises NasbenchPoseError for a share outside [0, 1].
        """
        if not 0 <= share <= 1:
            raise NasbenchPoseError(f"A share of {share} was asked for; shares are from 0 to 1.")
        numerator, denominator = share.as_integer_ratio()
        wanted = -(-numerator * self.size // denominator)  # rounded up in integers, because a float would lose digits
        return int(self.values[np.searchsorted(self._below[1:], max(wanted, 1), "left")])

    def nearest(self, value: int) -> tuple[int | None, int | None]:
        """Return the largest cost up to `value` and the smallest from `value` on; None if there is none."""
        below, above = self.values[self.values <= value], self.values[self.values >= value]
        return (int(below[-1]) if len(below) else None), (int(above[0]) if len(above) else None)


def histogram(table: CostTable, quantity: Quantity = "macs") -> Histogram:
    """Return the exact distribution of `quantity` (macs, params or activations) over a whole space.

    It takes tenths of a second for 10^28 members. Raises NasbenchPoseError if there are too many different costs, for
    example with an input whose height or width is not a multiple of 16.

    >>> from nasbench_pose import cost
    >>> from nasbench_pose.spaces import load
    >>> space = load("efficientpose_large")
    >>> macs = cost.histogram(cost.table(space))
    >>> macs.minimum, macs.maximum, macs.size == space.size
    (207675392, 2413936640, True)
    >>> macs.within(0, 10**9)
    8416559290507752577618720
    """
    parts = []
    for grid in cost_grids(table, quantity):
        counts = grid.members()
        found = np.flatnonzero(counts)
        parts.append((grid.base + grid.unit * found, counts[found]))
    return _joined(parts)


def _joined(parts: list[tuple[NDArray[np.int64], Integers]]) -> Histogram:
    if len(parts) == 1:
        return Histogram(*parts[0])
    values, where = np.unique(np.concatenate([values for values, _ in parts]), return_inverse=True)
    counts: Integers = np.zeros(len(values), dtype=whole(sum(int(part.sum()) for _, part in parts)))
    np.add.at(counts, where, np.concatenate([part for _, part in parts]))
    return Histogram(values, counts)


def bounds(table: CostTable, quantity: Quantity = "macs") -> tuple[int, int]:
    """Return the smallest and the largest cost in a space, exactly, for any input.

    >>> from nasbench_pose import cost
    >>> from nasbench_pose.spaces import load
    >>> cost.bounds(cost.table(load("efficientpose_small")))
    (131678208, 854900736)
    """
    parts = cost_grids(table, quantity)
    return min(grid.base for grid in parts), max(grid.highest for grid in parts)
