"""Regularised evolution (Real, Aggarwal, Huang & Le 2019, arXiv:1802.01548, algorithm 1)."""

import math
from collections import deque
from collections.abc import Sequence

import numpy as np

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.strategy import Proposal


class Evolution:
    """Mutates the best of a random few; the oldest die, however good, so that luck is not inherited.

    It has one loss: the sum of the losses weighted by `weights`, by default the first loss alone. A failed trial dies
    of age like any other and wins no tournament. It may propose a genotype again; a search then looks the fact up.

    >>> from nasbench_pose.spaces import load
    >>> strategy = Evolution(load("simplebaseline"), np.random.default_rng(0), population=2, sample=2)
    >>> for _ in range(3):
    ...     proposal = strategy.ask()
    ...     strategy.tell(proposal, [float(len(proposal.genotype.text))])
    """

    def __init__(
        self,
        space: SearchSpace,
        rng: np.random.Generator,
        *,
        population: int = 20,
        sample: int = 5,
        weights: Sequence[float] = (1.0,),
    ) -> None:
        """Keep `population` alive and hold tournaments of `sample` (the paper has 100 and 25, for 20,000 trials)."""
        if not 1 <= sample <= population:
            raise InvalidFileError(f"Evolution needs 1 ≤ sample ≤ population; got sample={sample}, {population=}.")
        self._space, self._rng = space, rng
        self._size, self._sample, self._weights = population, sample, tuple(weights)
        self._drawn = 0
        self._alive: deque[tuple[float, Genotype]] = deque(maxlen=population)

    def ask(self) -> Proposal:
        """Propose a random genotype until the population is full, then a mutant of a tournament's winner."""
        if self._drawn < self._size or not self._alive:
            self._drawn += 1
            return Proposal(self._space.sample(self._rng))
        tournament = self._rng.integers(len(self._alive), size=self._sample)
        _, parent = min((self._alive[i] for i in tournament), key=lambda member: member[0])
        return Proposal(self._space.mutate(parent, self._rng))

    def tell(self, proposal: Proposal, losses: Sequence[float]) -> None:
        """Let the proposal live, and the oldest die if there are too many."""
        if len(self._weights) > len(losses):
            raise InvalidFileError(f"Evolution has {len(self._weights)} weights for {len(losses)} objectives.")
        loss = sum(weight * loss for weight, loss in zip(self._weights, losses, strict=False))
        self._alive.append((math.inf if math.isnan(loss) else loss, proposal.genotype))
