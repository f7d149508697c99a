"""Exact numbers of networks for each possible cost of a space, on a grid of evenly spaced costs.

The costs of layers have large common divisors. So the costs of 10^28 networks, up to billions, are some 10^5 different
numbers. Dynamic programming over the genes visits each number once per option (Bellman: Dynamic Programming, 1957).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property
from math import gcd, prod
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from nasbench_pose.cost.cost_table import CostTable
from nasbench_pose.errors import NasbenchPoseError, pick

POINTS = 2_000_000
"""The largest number of grid points; counting over them takes seconds and some 16 MB per gene."""

Quantity = Literal["macs", "params", "activations"]
"""Costs that are sums over layers."""

Integers = NDArray[Any]
"""Exact integers: int64 if a bound shows that they fit, else Python integers."""


@dataclass(frozen=True)
class CostGrid:
    """The costs of all members with the same shared genes: `base` plus `unit` times the sum of one step per own
    gene."""

    place: tuple[int, ...]
    """Options of the shared genes."""
    base: int
    unit: int
    steps: tuple[NDArray[np.int64], ...]
    """For each own gene, the cost that each option adds, in units; the smallest is 0."""

    @property
    def size(self) -> int:
        """The number of members."""
        return prod(len(step) for step in self.steps)

    @cached_property
    def reach(self) -> tuple[int, ...]:
        """The largest sum, in units, of the steps of the first 0, 1, 2, … own genes."""
        return tuple(itertools.accumulate((int(step.max()) for step in self.steps), initial=0))

    @property
    def highest(self) -> int:
        """The largest cost."""
        return self.base + self.unit * self.reach[-1]

    def members(self) -> Integers:
        """Return the numbers of members with the costs base, base + unit, base + 2 units, …"""
        self._check()
        counts: Integers = np.ones(1, dtype=np.int64)
        for number, step in enumerate(self.steps, start=1):
            dtype = whole(prod(len(s) for s in self.steps[:number]))
            narrow: Integers = counts.astype(dtype)
            counts = np.zeros(self.reach[number] + 1, dtype=dtype)
            for units in step.tolist():
                counts[units : units + len(narrow)] += narrow
        return counts

    def completions(self, low: int, high: int) -> list[Integers]:
        """Return, for 0, 1, 2, … own genes chosen and each sum of their steps, how many ways lead to [low, high]."""
        self._check()
        units = np.arange(self.reach[-1] + 1)
        inside = (units >= -((self.base - low) // self.unit)) & (units <= (high - self.base) // self.unit)
        ways: list[Integers] = [inside.astype(np.int64)]
        for number in range(len(self.steps) - 1, -1, -1):
            dtype = whole(prod(len(s) for s in self.steps[number:]))
            later: Integers = ways[-1].astype(dtype)
            sums = self.reach[number] + 1
            ways.append(np.sum([later[u : u + sums] for u in self.steps[number].tolist()], axis=0, dtype=dtype))
        return ways[::-1]

    def _check(self) -> None:
        if self.reach[-1] >= POINTS:
            raise NasbenchPoseError(
                f"These costs are multiples of only {self.unit:,}, which makes {self.reach[-1] + 1:,} different ones; "
                f"at most {POINTS:,} are counted. An input with sides that are multiples of 16 or 32 makes fewer."
            )


def whole(bound: int) -> type:
    """Return the dtype that represents integers up to `bound` exactly."""
    return np.int64 if bound < 2**63 else object


def cost_grids(table: CostTable, quantity: Quantity) -> list[CostGrid]:
    """Return one grid for each combination of shared genes; raise UnknownNameError for another quantity."""
    pick("cost that is a sum", quantity, dict.fromkeys(get_args(Quantity)))
    common, *own = table.terms
    values = getattr(common, quantity)
    last = [
        np.moveaxis(getattr(term, quantity), term.genes.index(gene), -1)
        for gene, term in zip(table.own, own, strict=True)
    ]
    return [_cost_grid(place, int(values[place]), [term[place] for term in last]) for place in np.ndindex(values.shape)]


def countable(table: CostTable, quantity: Quantity = "macs") -> bool:
    """Return whether the costs of all members can be counted, as `histogram` and `window` do."""
    return all(grid.reach[-1] < POINTS for grid in cost_grids(table, quantity))


def _cost_grid(place: tuple[int, ...], common: int, own: list[NDArray[np.int64]]) -> CostGrid:
    above = [values - values.min() for values in own]
    unit = gcd(*(int(value) for values in above for value in values)) or 1
    base = common + sum(int(values.min()) for values in own)
    return CostGrid(place, base, unit, tuple(values // unit for values in above))
