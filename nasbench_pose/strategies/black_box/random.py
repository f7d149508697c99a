"""Random search, the baseline every strategy must beat (Li & Talwalkar 2019, arXiv:1902.07638)."""

from collections.abc import Sequence

import numpy as np

from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.spaces.distinct import ENUMERABLE
from nasbench_pose.strategies.declaration import Declaration
from nasbench_pose.strategies.strategy import Exhausted, Proposal

PATIENCE = 100
"""Consecutive draws without a new network after which the remaining networks are listed."""
MAX_DRAWS_PER_GENOTYPE = 20
"""Draws from a small space, in multiples of its size: a remaining network is missed with probability exp(-20)."""


class RandomSearch:
    """Draws from the space without replacement; exhausted when it has proposed every network.

    A space may have fewer networks than genotypes. After many draws without a new network, the remaining networks are
    listed: a small space is enumerated, in a large one the neighbours of proposed networks are searched.

    >>> from nasbench_pose.spaces import load
    >>> strategy = RandomSearch(load("simplebaseline"), np.random.default_rng(0))
    >>> strategy.ask().genotype.space
    'simplebaseline'
    """

    declaration = Declaration(
        summary="Draws uniformly from the space, without replacement.",
        paper="Li & Talwalkar 2019, arXiv:1902.07638",
        objectives="none",
        limits="kept",
        colour="#7a7a7a",
    )

    def __init__(self, space: SearchSpace, rng: np.random.Generator) -> None:
        self._space, self._rng = space, rng
        self._proposed: dict[Genotype, None] = {}  # a dict, not a set: its order is the same for the same seed
        self._small = space.size <= ENUMERABLE
        self._max_draws = MAX_DRAWS_PER_GENOTYPE * space.size if self._small else 10 * PATIENCE
        self._remaining: dict[Genotype, None] | None = None
        self._expanded = 0
        """Proposed networks whose neighbours were listed."""

    def ask(self) -> Proposal:
        """Propose a genotype that was not proposed before."""
        if len(self._proposed) >= self._space.size:
            raise Exhausted
        genotype = self._draw()
        self._proposed[genotype] = None
        if self._remaining is not None:
            self._remaining.pop(genotype, None)
        return Proposal(genotype)

    def tell(self, proposal: Proposal, losses: Sequence[float]) -> None:
        """Ignore the losses: random search does not learn."""

    def _draw(self) -> Genotype:
        for draws in range(self._max_draws):
            if draws == PATIENCE and not self._list_remaining():
                raise Exhausted
            if (genotype := self._space.sample(self._rng)) not in self._proposed:
                return genotype
        remaining = list(self._list_remaining())
        if not remaining:
            raise Exhausted
        return remaining[self._rng.integers(len(remaining))]

    def _list_remaining(self) -> dict[Genotype, None]:
        """Return some networks that were not proposed; empty only if all were proposed."""
        if self._remaining is None:
            self._remaining = dict.fromkeys(self._space.enumerate()) if self._small else {}
            for genotype in self._proposed:
                self._remaining.pop(genotype, None)
        if not self._remaining and not self._small:
            for genotype in list(self._proposed)[self._expanded :]:
                self._expanded += 1
                neighbours = self._space.neighbours(genotype)
                self._remaining |= dict.fromkeys(near for near in neighbours if near not in self._proposed)
                if self._remaining:
                    break
        return self._remaining


STRATEGY = RandomSearch
