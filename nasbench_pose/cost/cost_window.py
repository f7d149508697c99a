"""Members of a space within a window of cost: their number, and uniform draws without rejection."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasbench_pose.cost.cost_grid import CostGrid, Integers, Quantity, cost_grids, whole
from nasbench_pose.cost.cost_histogram import histogram
from nasbench_pose.cost.cost_table import CostTable
from nasbench_pose.errors import NasbenchPoseError

CHUNK = 16384
"""Genotypes drawn at a time, which keeps the work arrays small."""
OPEN = 2**63 - 1
"""The upper end of a window without an upper limit; no cost is higher."""

NAMES: dict[Quantity, str] = {"macs": "MACs", "params": "parameters", "activations": "activations"}


@dataclass(frozen=True)
class Window:
    """All members of a space whose cost is from `low` to `high`, both included.

    They have the numbers 0 to size - 1. `unrank` finds the member of a number from the counts of possible completions
    (Nijenhuis & Wilf: Combinatorial Algorithms, 1978). So uniform numbers give uniform members.
    """

    table: CostTable
    low: int
    high: int
    quantity: Quantity

    @cached_property
    def _parts(self) -> list[tuple[CostGrid, list[Integers]]]:
        return [(part, part.completions(self.low, self.high)) for part in cost_grids(self.table, self.quantity)]

    @cached_property
    def _ends(self) -> list[int]:
        """The number after the last member of each part."""
        total, ends = 0, []
        for _, ways in self._parts:
            total += int(ways[0][0])
            ends.append(total)
        return ends

    @property
    def size(self) -> int:
        """The exact number of members."""
        return self._ends[-1]

    def sample(self, n: int, rng: np.random.Generator) -> NDArray[np.int8]:
        """Draw `n` members uniformly and independently, as option indices, shape (n, genes).

        Raises NasbenchPoseError, with the nearest possible costs, if the window is empty.
        """
        if not self.size:
            raise NasbenchPoseError(self._emptiness())
        return self.unrank(_uniform(self.size, n, rng))

    def unrank(self, ranks: ArrayLike) -> NDArray[np.int8]:
        """Return the members of these numbers, as option indices, shape (n, genes).

        Raises NasbenchPoseError for a number that is not from 0 to size - 1.
        """
        given = np.asarray(ranks)
        if given.dtype.kind not in "iuO" or ((given < 0) | (given >= self.size)).any():
            raise NasbenchPoseError(f"The members of this window are numbered with whole numbers below {self.size:,}.")
        numbers: Integers = given.astype(whole(self.size))
        codes = np.zeros((len(numbers), len(self.table.sizes)), dtype=np.int8)
        which = np.searchsorted(np.array(self._ends, dtype=numbers.dtype), numbers, side="right")
        for number in np.unique(which):
            grid, ways = self._parts[number]
            rows = np.flatnonzero(which == number)
            first = self._ends[number] - int(ways[0][0])
            codes[rows[:, None], _columns(self.table.shared)] = grid.place
            for start in range(0, len(rows), CHUNK):
                some = rows[start : start + CHUNK]
                codes[some[:, None], _columns(self.table.own)] = _unrank(grid, ways, numbers[some] - first)
        return codes

    def _emptiness(self) -> str:
        possible = histogram(self.table, self.quantity)
        below, above = possible.nearest(self.low)[0], possible.nearest(self.high)[1]
        near = [f"{value:,} {side}" for value, side in ((below, "below"), (above, "above")) if value is not None]
        return f"No member has {self._range()} {NAMES[self.quantity]}; the nearest have {' and '.join(near)}."

    def _range(self) -> str:
        if self.high == OPEN:
            return f"{self.low:,} or more"
        return f"{self.low:,} to {self.high:,}" if self.low > 0 else f"{self.high:,} or fewer"


def window(table: CostTable, low: int = 0, high: int | None = None, quantity: Quantity = "macs") -> Window:
    """Return all members whose `quantity` (macs, params or activations) is from `low` to `high`, both included.

    It takes tenths of a second; a draw from 10^28 members takes some twenty microseconds. Raises NasbenchPoseError if
    `low` is above `high`, and when `histogram` does.

    >>> from nasbench_pose import cost
    >>> from nasbench_pose.spaces import load
    >>> table = cost.table(load("efficientpose_large"))
    >>> middling = cost.window(table, 500_000_000, 510_000_000)
    >>> f"{middling.size:.4g}"
    '1.171e+15'
    >>> codes = middling.sample(3, np.random.default_rng(0))
    >>> table.count(codes).macs.tolist()
    [507330560, 500965376, 502194176]
    """
    if high is not None and low > high:
        raise NasbenchPoseError(f"A window from {low:,} to {high:,} is upside down; the lower end comes first.")
    return Window(table, low, OPEN if high is None else high, quantity)


def _unrank(grid: CostGrid, ways: list[Integers], ranks: Integers) -> NDArray[np.int8]:
    """Return, for each rank, the option of each own gene: the one whose interval of completions contains the rank."""
    codes = np.empty((len(ranks), len(grid.steps)), dtype=np.int8)
    sums, rows = np.zeros(len(ranks), dtype=np.int64), np.arange(len(ranks))
    for gene, step in enumerate(grid.steps):
        ranks = ranks.astype(ways[gene].dtype)
        shares = ways[gene + 1][sums[:, None] + step].astype(ranks.dtype)
        ends = shares.cumsum(axis=1)
        option = (ends <= ranks[:, None]).sum(axis=1)
        ranks = ranks - (ends - shares)[rows, option]
        sums += step[option]
        codes[:, gene] = option
    return codes


def _columns(genes: tuple[int, ...]) -> NDArray[np.intp]:
    return np.array(genes, dtype=np.intp)


def _uniform(size: int, n: int, rng: np.random.Generator) -> Integers:
    """Draw `n` integers below `size` uniformly; `size` has no limit."""
    if size < 2**63:
        return rng.integers(size, size=n)
    words = -(-size.bit_length() // 32)
    drawn = np.zeros(0, dtype=object)
    while len(drawn) < n:  # at least half of the integers of so many bits are below `size`
        bits = rng.integers(2**32, size=(n, words)).astype(object)
        numbers = (bits * [2 ** (32 * word) for word in range(words)]).sum(axis=1) >> (32 * words - size.bit_length())
        drawn = np.concatenate([drawn, numbers[numbers < size]])
    return drawn[:n]
