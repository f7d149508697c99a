"""Asynchronous successive halving (Li et al. 2020, arXiv:1810.05934, algorithm 2)."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from nasbench_pose.errors import pick
from nasbench_pose.evaluators.trial import SCHEDULES, Schedule
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.declaration import Declaration
from nasbench_pose.strategies.multi_fidelity._rungs import (
    Eta,
    Fidelities,
    MostRungs,
    Trainings,
    Weights,
    new_genotype,
    proposal,
    rungs,
)
from nasbench_pose.strategies.strategy import Proposal
from nasbench_pose.strategies.weighted_sum import WeightedSum


class ASHA:
    """Trains a network further as soon as it is among the best 1/eta of its rung; else draws a new one.

    It never waits for a rung to be complete. A failed trial is never taken further.

    >>> from nasbench_pose.spaces import load
    >>> strategy = ASHA(load("simplebaseline"), np.random.default_rng(0), fidelities=range(100, 801, 100))
    >>> asked = []
    >>> for loss in (3.0, 1.0, 2.0, 5.0):
    ...     proposal = strategy.ask()
    ...     asked.append(proposal.fidelity)
    ...     strategy.tell(proposal, [loss])
    >>> asked
    [100, 100, 100, 300]
    """

    declaration = Declaration(
        summary="Asynchronous successive halving: trains a network further once it is among the best of its rung.",
        paper="Li et al. 2020, arXiv:1810.05934",
        defaults="eta 3, one bracket, as in Syne Tune",
        needs=("fidelities",),
        limits="kept and learned",
        colour="#88CCEE",
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
        weights: Weights = (1.0,),
    ) -> None:
        """Compare networks at rungs of the measurement's `fidelities`."""
        pick("schedule", schedule, SCHEDULES)
        self._space, self._rng, self._eta = space, rng, eta
        self._schedule: Schedule = "own" if schedule == "own" else "whole"
        self._rungs = rungs(fidelities, eta, most_rungs)
        self._loss_of = WeightedSum("asha", tuple(weights))
        self._told: list[dict[Genotype, tuple[float, ...]]] = [{} for _ in self._rungs]
        self._asked: list[set[Genotype]] = [set() for _ in self._rungs]
        self._best: list[list[Genotype] | None] = [None for _ in self._rungs]
        """Those of each rung that may go on, the best first; None after the rung has learned something."""

    def ask(self) -> Proposal:
        """Propose the network to take furthest; a new one at the lowest rung if there is none."""
        for level in range(len(self._rungs) - 2, -1, -1):
            if (best := self._promotable(level)) is not None:
                self._asked[level + 1].add(best)
                return proposal(best, self._rungs[level + 1], self._schedule)
        genotype = new_genotype(self._space, self._rng, self._asked[0])
        self._asked[0].add(genotype)
        return proposal(genotype, self._rungs[0], self._schedule)

    def tell(self, told: Proposal, losses: Sequence[float]) -> None:
        """Learn the losses of a network at its rung."""
        level = self._rungs.index(told.fidelity)
        self._told[level][told.genotype] = self._kept(losses)
        self._best[level] = None

    def _kept(self, losses: Sequence[float]) -> tuple[float, ...]:
        return (self._loss_of(losses),)

    def _order(self, losses: NDArray[np.float64]) -> NDArray[np.intp]:
        return np.argsort(losses[:, 0], kind="stable")

    def _promotable(self, level: int) -> Genotype | None:
        """Return the best network of a rung that may go on and has not; None if there is none."""
        if (best := self._best[level]) is None:
            best = self._best[level] = self._best_of(self._told[level])
        return next((genotype for genotype in best if genotype not in self._asked[level + 1]), None)

    def _best_of(self, told: Mapping[Genotype, tuple[float, ...]]) -> list[Genotype]:
        """Return the best `1/eta` of a rung, without failed trials."""
        if not (most := len(told) // self._eta):
            return []
        losses, known = np.array(list(told.values())), list(told)
        return [known[place] for place in self._order(losses)[:most] if np.isfinite(losses[place]).all()]


STRATEGY = ASHA
