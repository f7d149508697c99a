"""BOHB (Falkner, Klein & Hutter 2018, arXiv:1807.01774), with the TPE of Optuna as its model."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

import numpy as np

from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.declaration import Declaration, Setting
from nasbench_pose.strategies.multi_fidelity._rungs import ATTEMPTS, Eta, Fidelities, MostRungs, Trainings, Weights
from nasbench_pose.strategies.multi_fidelity.hyperband import Hyperband
from nasbench_pose.strategies.optuna_sampler import OptunaSearch
from nasbench_pose.strategies.strategy import Exhausted, Proposal


class BOHB(Hyperband):
    """Hyperband whose members come from a model of the trials so far.

    There is a model of each rung. A member is drawn by that of the highest rung with enough trials, and at random
    before any has them and for a share of all members. The paper has a kernel density estimate of all genes together;
    the model here is Optuna's multivariate `TPESampler`, which is one, too.

    >>> from nasbench_pose.spaces import load
    >>> strategy = BOHB(load("simplebaseline"), np.random.default_rng(0), fidelities=range(100, 801, 100))
    >>> strategy.ask().fidelity
    100
    """

    name = "bohb"
    declaration = Declaration(
        summary="Hyperband whose networks are drawn by Optuna's TPE from the trials of the highest rung.",
        paper="Falkner, Klein & Hutter 2018, arXiv:1807.01774",
        defaults="the paper's: eta 3, a third of the members at random, a model from genes + 2 trials, 64 candidates",
        needs=("fidelities",),
        limits="kept and learned",
        colour="#8A6FB0",
    )

    def __init__(
        self,
        space: SearchSpace,
        rng: np.random.Generator,
        *,
        fidelities: Fidelities,
        eta: Eta = 3,
        most_rungs: MostRungs = 4,
        schedule: Trainings = "whole",
        random_share: Annotated[float, Setting("of the members that are drawn at random", low=0.0, high=1.0)] = 1 / 3,
        candidates: Annotated[int, Setting("candidates of each proposal of the model", low=1)] = 64,
        weights: Weights = (1.0,),
    ) -> None:
        """Compare networks at rungs of the measurement's `fidelities`."""
        super().__init__(
            space, rng, fidelities=fidelities, eta=eta, most_rungs=most_rungs, schedule=schedule, weights=weights
        )
        self._random_share, self._enough = random_share, len(space.genes) + 2
        self._told: Counter[int | None] = Counter()
        self._models = {rung: self._model(candidates, weights) for rung in self._rungs}

    def tell(self, told: Proposal, losses: Sequence[float]) -> None:
        """Learn a loss for the bracket that waits for it, and for the model of its rung."""
        super().tell(told, losses)
        if told.fidelity in self._models:  # others are trials that the search began with
            self._told[told.fidelity] += 1
            self._models[told.fidelity].tell(Proposal(told.genotype), losses)

    def _member(self, known: set[Genotype]) -> Genotype:
        modelled = [rung for rung in self._rungs if self._told[rung] >= self._enough]
        if not modelled or self._rng.random() < self._random_share:
            return super()._member(known)
        for _ in range(ATTEMPTS):
            try:
                genotype = self._models[modelled[-1]].ask().genotype
            except Exhausted:  # the model has proposed every network
                break
            if genotype not in known:
                return genotype
        return super()._member(known)

    def _model(self, candidates: int, weights: Sequence[float]) -> OptunaSearch:
        from optuna.samplers import TPESampler

        def sampler(seed: int) -> TPESampler:
            return TPESampler(n_startup_trials=self._enough, n_ei_candidates=candidates, multivariate=True, seed=seed)

        return OptunaSearch(self.name, sampler, self._space, self._rng, weights=weights)


STRATEGY = BOHB
