"""Mutation of the incumbent: the ablation of `predictor` that has no model."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np

from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.black_box._mutants import MutantSearch
from nasbench_pose.strategies.declaration import Declaration, Setting

ATTEMPTS = 20
"""Mutants that are drawn to find one that was not proposed."""


class Incumbent(MutantSearch):
    """Mutates the best networks so far, in random turns, and never proposes a network twice.

    What `predictor` gains over it is what its model is worth.

    >>> from nasbench_pose.spaces import load
    >>> strategy = Incumbent(load("simplebaseline"), np.random.default_rng(0), startup=2)
    >>> for _ in range(6):
    ...     proposal = strategy.ask()
    ...     strategy.tell(proposal, [float(len(proposal.genotype.text))])
    """

    declaration = Declaration(
        summary="Mutates the best networks so far: the predictor's ablation without a model.",
        paper="arXiv:2107.07343",
        defaults="those of predictor: 10 random networks, mutants of the best 2",
        limits="kept and learned",
        colour="#BCBD22",
    )

    def __init__(
        self,
        space: SearchSpace,
        rng: np.random.Generator,
        *,
        startup: Annotated[int, Setting("random networks before the first mutant", low=1)] = 10,
        parents: Annotated[int, Setting("best networks that are mutated", low=1)] = 2,
        weights: Annotated[Sequence[float], Setting("weights of the losses", per_objective=True)] = (1.0,),
    ) -> None:
        super().__init__("incumbent", space, rng, startup=startup, parents=parents, mutants=ATTEMPTS, weights=weights)

    def chosen(self, candidates: list[Genotype]) -> list[Genotype]:
        """Return one of the candidates, drawn uniformly."""
        return [candidates[self._rng.integers(len(candidates))]]


STRATEGY = Incumbent
