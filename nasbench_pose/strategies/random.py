"""Random search, the baseline every strategy must beat (Li & Talwalkar 2019, arXiv:1902.07638)."""

from collections.abc import Sequence

import numpy as np

from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.strategy import Exhausted, Proposal


class RandomSearch:
    """Draws from the space without replacement; exhausted when it has proposed every genotype.

    >>> from nasbench_pose.spaces import load
    >>> strategy = RandomSearch(load("simplebaseline"), np.random.default_rng(0))
    >>> strategy.ask().genotype.space
    'simplebaseline'
    """

    def __init__(self, space: SearchSpace, rng: np.random.Generator) -> None:
        self._space, self._rng = space, rng
        self._proposed: set[Genotype] = set()

    def ask(self) -> Proposal:
        """Propose a genotype that was not proposed before."""
        if len(self._proposed) >= self._space.size:
            raise Exhausted
        while (genotype := self._space.sample(self._rng)) in self._proposed:
            pass
        self._proposed.add(genotype)
        return Proposal(genotype)

    def tell(self, proposal: Proposal, losses: Sequence[float]) -> None:
        """Random search learns nothing."""
