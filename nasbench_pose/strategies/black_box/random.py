"""Random search, the baseline every strategy must beat (Li & Talwalkar 2019, arXiv:1902.07638)."""

from collections.abc import Sequence

import numpy as np

from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.spaces.distinct import ENUMERABLE
from nasbench_pose.strategies.declaration import Declaration
from nasbench_pose.strategies.strategy import Exhausted, Proposal

PATIENCE = 100
"""Draws that found nothing new before it is worth looking what is left."""
MANY = 20
"""A small space is drawn from so many times its size: a network that is left is missed with a chance of exp(-20)."""


class RandomSearch:
    """Draws from the space without replacement; exhausted when it has proposed every network.

    A space may have fewer networks than genotypes. When many draws in a row find nothing new, it looks what is left:
    in a small space by going through all of it, in a large one among the neighbours of what was proposed.

    >>> from nasbench_pose.spaces import load
    >>> strategy = RandomSearch(load("simplebaseline"), np.random.default_rng(0))
    >>> strategy.ask().genotype.space
    'simplebaseline'
    """

    declaration = Declaration(
        summary="Draws uniformly from the space, without replacement.",
        paper="Li & Talwalkar 2019, arXiv:1902.07638",
        colour="#7a7a7a",
    )

    def __init__(self, space: SearchSpace, rng: np.random.Generator) -> None:
        self._space, self._rng = space, rng
        self._proposed: dict[Genotype, None] = {}  # a dict keeps the order, so that the seed decides
        self._small = space.size <= ENUMERABLE
        self._patience = MANY * space.size if self._small else 10 * PATIENCE
        self._left: dict[Genotype, None] | None = None
        self._looked_around = 0

    def ask(self) -> Proposal:
        """Propose a genotype that was not proposed before."""
        if len(self._proposed) >= self._space.size:
            raise Exhausted
        genotype = self._draw()
        self._proposed[genotype] = None
        if self._left is not None:
            self._left.pop(genotype, None)
        return Proposal(genotype)

    def tell(self, proposal: Proposal, losses: Sequence[float]) -> None:
        """Random search learns nothing."""

    def _draw(self) -> Genotype:
        for draws in range(self._patience):
            if draws == PATIENCE and not self._look():
                raise Exhausted
            if (genotype := self._space.sample(self._rng)) not in self._proposed:
                return genotype
        left = list(self._look())
        if not left:
            raise Exhausted
        return left[self._rng.integers(len(left))]

    def _look(self) -> dict[Genotype, None]:
        """Return networks that were not proposed; none only if there are none."""
        if self._left is None:
            self._left = dict.fromkeys(self._space.enumerate()) if self._small else {}
            for genotype in self._proposed:
                self._left.pop(genotype, None)
        if not self._left and not self._small:
            for genotype in list(self._proposed)[self._looked_around :]:
                self._looked_around += 1
                around = self._space.neighbours(genotype)
                self._left |= dict.fromkeys(near for near in around if near not in self._proposed)
                if self._left:
                    break
        return self._left


STRATEGY = RandomSearch
