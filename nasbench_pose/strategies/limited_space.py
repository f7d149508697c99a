"""A search space without the members that cost too much: a strategy that draws from it keeps the limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nasbench_pose.cost import CostTable, Quantity, Window, count, countable, table, window
from nasbench_pose.cost.cost_window import OPEN
from nasbench_pose.errors import NasbenchPoseError, NoOtherNetworkError
from nasbench_pose.genotype import Genotype
from nasbench_pose.objective import Limit
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.spaces.draws import generator
from nasbench_pose.strategies.limits import COUNTED

if TYPE_CHECKING:
    from nasbench_pose.spaces.draws import Randomness

ATTEMPTS = 20
"""Mutants or children that are drawn until one is within the limits."""
BATCH, LARGEST_BATCH, MOST = 64, 16384, 1_000_000
"""Genotypes drawn at a time at first and at most, and in total until the limits count as too tight."""
MOST_ALONE = 1000
"""Genotypes drawn in total from a space whose members are counted one by one."""
LISTED = 4096
"""Members of a window that are decoded at a time."""


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class LimitedSpace(SearchSpace):
    """The members of a space within limits of MACs and parameters.

    Draws, mutants, children, neighbours and the enumeration stay within them; genes and encodings are those of the
    whole space. Draws are uniform over the genotypes within the limits: by their number in a window of costs, or by
    rejection where the costs cannot be counted, or for the second of two limits.
    """

    limits: tuple[Limit, ...]
    """Of `COUNTED` metrics."""

    @cached_property
    def size(self) -> int:
        """The number of genotypes within the limits; if it is not known, of those within the tighter one, or of all."""
        return super().size if self._window is None else self._window.size

    def keeps(self, codes: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Mark the option indices, shape (n, genes), that are within the limits."""
        kept = np.ones(len(codes), dtype=bool)
        for limit in self.limits:
            kept &= self._costs(codes, limit.column) <= limit.most
        return kept

    def holds(self, genotype: Genotype) -> bool:
        """Return whether a member of the whole space is within the limits."""
        return bool(self.keeps(self.encode([genotype]))[0])

    def sample(self, rng: Randomness) -> Genotype:
        """Draw a genotype within the limits uniformly; raise NasbenchPoseError if none is found."""
        return self.decode(self.sample_codes(1, rng))[0]

    def sample_codes(self, n: int, rng: Randomness) -> NDArray[np.int8]:
        """Draw `n` genotypes within the limits uniformly as option indices, shape (n, genes).

        Raises NasbenchPoseError if there are none, or if draws find too few.
        """
        rng, alone = generator(rng), self._table is None
        exact = self._window is not None and len(self.limits) == 1
        batch, most = n if exact or alone else max(n, BATCH), MOST_ALONE if alone else MOST
        found, drawn = np.empty((0, len(self.genes)), dtype=np.int8), 0
        while len(found) < n:
            if drawn >= most:
                raise NasbenchPoseError(
                    f"Of {drawn:,} genotypes of {self.name} that were drawn, {len(found)} are within "
                    f"{' and '.join(limit.amount for limit in self.limits)}; raise a limit."
                )
            codes = super().sample_codes(batch, rng) if self._window is None else self._window.sample(batch, rng)
            found = np.concatenate([found, codes if exact else codes[self.keeps(codes)]])
            drawn, batch = drawn + batch, batch if alone else min(2 * batch, LARGEST_BATCH)
        return found[:n]

    def enumerate(self) -> Iterator[Genotype]:
        """Yield every network within the limits once."""
        if self._window is None:
            yield from filter(self.holds, super().enumerate())
            return
        seen = set[Genotype]()
        for start in range(0, self._window.size, LISTED):
            codes = self._window.unrank(range(start, min(start + LISTED, self._window.size)))
            for genotype in self.decode(codes[self.keeps(codes)]):
                if genotype not in seen:
                    seen.add(genotype)
                    yield genotype

    def neighbours(self, genotype: Genotype) -> Iterator[Genotype]:
        """Yield every other network within the limits that differs in the value of one gene, once."""
        near = list(super().neighbours(genotype))
        return (other for other, kept in zip(near, self.keeps(self.encode(near)), strict=True) if kept)

    def mutate(self, genotype: Genotype, rng: Randomness) -> Genotype:
        """Return another network within the limits, different in one gene; if there is none, a random one.

        Raises NoOtherNetworkError if none is found.
        """
        rng = generator(rng)
        for _ in range(ATTEMPTS):
            if self.holds(child := super().mutate(genotype, rng)):
                return child
        if near := list(self.neighbours(genotype)):
            return near[rng.integers(len(near))]
        for _ in range(ATTEMPTS):
            if (other := self.sample(rng)) != genotype:
                return other
        raise NoOtherNetworkError(f"No other network of {self.name} than {genotype.text} was found within the limits.")

    def crossover(self, first: Genotype, second: Genotype, rng: Randomness) -> Genotype:
        """Return a child with genes of both parents; if none is found within the limits, one brought within them."""
        rng = generator(rng)
        for _ in range(ATTEMPTS):
            if self.holds(child := super().crossover(first, second, rng)):
                return child
        return self.brought_within(child, rng)

    def brought_within(self, genotype: Genotype, rng: Randomness) -> Genotype:
        """Return the first network within the limits on the way to a random member, gene by gene in random order."""
        rng = generator(rng)
        own, member = self.encode([genotype])[0], self.sample_codes(1, rng)[0]
        changed = rng.permutation(np.flatnonzero(own != member))
        way = np.tile(own, (len(changed) + 1, 1))
        for step, gene in enumerate(changed, start=1):
            way[step:, gene] = member[gene]
        return self.decode(way[[int(self.keeps(way).argmax())]])[0]

    @cached_property
    def _table(self) -> CostTable | None:
        """The costs of all members; None for a space whose members are counted one by one."""
        try:
            return table(self)
        except NasbenchPoseError:
            return None

    @cached_property
    def _window(self) -> Window | None:
        """The smallest window that one limit makes; None if no cost can be gone through."""
        known = self._table
        if known is None:
            return None
        windows = [
            window(known, low=min(0, high), high=high, quantity=quantity)
            for limit in self.limits
            for quantity in (_quantity(limit),)
            for high in (int(min(limit.most, OPEN)),)
            if countable(known, quantity)
        ]
        return min(windows, key=lambda window: window.size, default=None)

    def _costs(self, codes: NDArray[np.integer], quantity: str) -> NDArray[np.int64]:
        if self._table is not None:
            found: NDArray[np.int64] = getattr(self._table.count(codes), quantity)
            return found
        return np.array([getattr(count(self.graph(genotype)), quantity) for genotype in self.decode(codes)])


def _quantity(limit: Limit) -> Quantity:
    return "params" if limit.column == "params" else "macs"


def limited(space: SearchSpace, limits: Sequence[Limit], *, input: tuple[int, int], joints: int) -> SearchSpace:
    """Return the members of `space` within those of `limits` that are of counted costs, for this input.

    Returns `space` itself if there is no such limit. Raises NasbenchPoseError for limits that no member keeps.

    >>> from nasbench_pose.spaces import load
    >>> micro = load("efficientpose_micro")
    >>> limited(micro, [Limit("macs", 4e6)], input=(64, 64), joints=14).size
    340
    >>> limited(micro, [Limit("macs", 1e5)], input=(64, 64), joints=14)
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.NasbenchPoseError: No member has 100,000 or fewer MACs; the nearest have 1,860,608 above.
    """
    counted = tuple(limit for limit in limits if limit.column in COUNTED and limit.most < np.inf)
    if not counted:
        return space
    parts = {part.name: getattr(space, part.name) for part in fields(SearchSpace)}
    found = LimitedSpace(**{**parts, "input": input, "joints": joints}, limits=counted)
    found.sample(0)
    return found
