"""Regularised evolution (Real, Aggarwal, Huang & Le 2019, arXiv:1802.01548, algorithm 1)."""

from collections import deque
from collections.abc import Sequence
from typing import Annotated

import numpy as np

from nasbench_pose.errors import InvalidFileError, NoOtherNetworkError
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.declaration import Declaration, Setting
from nasbench_pose.strategies.strategy import Exhausted, Proposal
from nasbench_pose.strategies.weighted_sum import WeightedSum


class Evolution:
    """Mutates the winner of a tournament; the oldest member of the population dies, however good it is.

    Death by age prevents a noisy, too good measurement from dominating the population. Fitness is the sum of the
    losses weighted by `weights`, by default the first loss only. A failed trial wins no tournament and dies of age
    like any other member. A genotype may be proposed again; the search then looks its trial up. The strategy is
    exhausted when the winner has no other network to mutate to.

    >>> from nasbench_pose.spaces import load
    >>> strategy = Evolution(load("simplebaseline"), np.random.default_rng(0), population=2, sample=2)
    >>> for _ in range(3):
    ...     proposal = strategy.ask()
    ...     strategy.tell(proposal, [float(len(proposal.genotype.text))])
    """

    declaration = Declaration(
        summary="Regularised evolution: mutates the winner of a tournament; the oldest member dies.",
        paper="Real, Aggarwal, Huang & Le 2019, arXiv:1802.01548, algorithm 1",
        defaults="20/5 as NePS has it; Syne Tune and NASLib have 100/10, the paper 100/25 for 20,000 trials",
        limits="kept and learned",
        colour="#E69F00",
        presets={
            "20/5": {"population": 20, "sample": 5},
            "100/10": {"population": 100, "sample": 10},
            "100/25": {"population": 100, "sample": 25},
        },
    )

    def __init__(
        self,
        space: SearchSpace,
        rng: np.random.Generator,
        *,
        population: Annotated[int, Setting("members alive at once", low=1)] = 20,
        sample: Annotated[int, Setting("members of a tournament, no more than the population", low=1)] = 5,
        weights: Annotated[Sequence[float], Setting("weights of the losses", per_objective=True)] = (1.0,),
    ) -> None:
        """Raise InvalidFileError for a tournament larger than the population, or for weights that are not finite."""
        if not 1 <= sample <= population:
            raise InvalidFileError(f"Evolution needs 1 ≤ sample ≤ population; got sample={sample}, {population=}.")
        self._space, self._rng = space, rng
        self._size, self._sample = population, sample
        self._loss_of = WeightedSum("evolution", tuple(weights))
        self._drawn = 0
        self._alive: deque[tuple[float, Genotype]] = deque(maxlen=population)

    def ask(self) -> Proposal:
        """Propose random genotypes until the population is full, then mutants of tournament winners.

        The warm-up counts asks, not tells, so that parallel workers do not draw more random genotypes.
        """
        if self._drawn < self._size or not self._alive:
            self._drawn += 1
            return Proposal(self._space.sample(self._rng))
        tournament = self._rng.integers(len(self._alive), size=self._sample)
        _, parent = min((self._alive[i] for i in tournament), key=lambda member: member[0])
        try:
            return Proposal(self._space.mutate(parent, self._rng))
        except NoOtherNetworkError:
            raise Exhausted from None

    def tell(self, proposal: Proposal, losses: Sequence[float]) -> None:
        """Add the proposal to the population; the oldest member dies if the population is full."""
        self._alive.append((self._loss_of(losses), proposal.genotype))


STRATEGY = Evolution
