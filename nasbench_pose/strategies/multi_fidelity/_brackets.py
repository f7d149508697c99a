"""Brackets of successive halving, several of which may be open at once."""

import math
from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Sequence
from itertools import cycle

import numpy as np

from nasbench_pose.errors import pick
from nasbench_pose.evaluators.trial import SCHEDULES, Schedule
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace
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

Rungs = tuple[int | None, ...]


class Bracket:
    """Measures its members at the lowest rung and takes the best `1/eta` of them to the next, rung by rung.

    A rung is complete when all its members were told. A failed trial is never taken further.
    """

    def __init__(self, members: Sequence[Genotype], rungs: Rungs, eta: int) -> None:
        self._start, self._rungs, self._eta, self._level = len(members), rungs, eta, 0
        self._waiting = deque(members)
        self._under_way: Counter[Genotype] = Counter()
        self._told: list[tuple[float, Genotype]] = []

    @property
    def rung(self) -> int | None:
        """The fidelity at which members are measured now."""
        return self._rungs[self._level]

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to measure."""
        return not self._waiting and not self._under_way

    def ask(self) -> Genotype | None:
        """Return the next member to measure at `rung`; None while the others are under way."""
        if not self._waiting:
            return None
        genotype = self._waiting.popleft()
        self._under_way[genotype] += 1
        return genotype

    def awaits(self, genotype: Genotype, rung: int | None) -> bool:
        """Return whether a measurement of a member at this rung is under way."""
        return rung == self.rung and self._under_way[genotype] > 0

    def tell(self, genotype: Genotype, loss: float) -> None:
        """Learn a loss; after the last one of a rung, go on to the next."""
        self._under_way -= Counter([genotype])
        self._told.append((loss, genotype))
        if self.finished and self._level + 1 < len(self._rungs):
            self._level += 1
            best = sorted((each for each in self._told if math.isfinite(each[0])), key=lambda each: each[0])
            self._waiting.extend(genotype for _, genotype in best[: self._start // self._eta**self._level])
            self._told = []


class Brackets(ABC):
    """Base class of strategies that run bracket after bracket; `sizes` says how many members start at which rung.

    While a bracket waits for the measurements of its rung, a further one is opened: no worker is idle, and a search
    may be asked any number of times before it is told.
    """

    name: str
    """The strategy's name in messages."""

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
        self._loss_of = WeightedSum(self.name, tuple(weights))
        self._sizes = cycle(self.sizes(len(self._rungs), eta))
        self._open: list[Bracket] = []

    @staticmethod
    @abstractmethod
    def sizes(rungs: int, eta: int) -> Sequence[tuple[int, int]]:
        """Return (members, index of their first rung) of each bracket; after the last one the first follows again."""

    def ask(self) -> Proposal:
        """Propose a member of the oldest bracket that has one to measure; open a bracket if none has."""
        for bracket in self._open:
            rung = bracket.rung
            if (genotype := bracket.ask()) is not None:
                return proposal(genotype, rung, self._schedule)
        self._open.append(self._next())
        return self.ask()

    def tell(self, told: Proposal, losses: Sequence[float]) -> None:
        """Learn a loss for the bracket that waits for it."""
        loss = self._loss_of(losses)
        for bracket in self._open:
            if bracket.awaits(told.genotype, told.fidelity):
                bracket.tell(told.genotype, loss)
                break
        self._open = [bracket for bracket in self._open if not bracket.finished]

    def _next(self) -> Bracket:
        count, first = next(self._sizes)
        members: list[Genotype] = []
        for _ in range(count):
            members.append(self._member(set(members)))
        return Bracket(members, self._rungs[first:], self._eta)

    def _member(self, known: set[Genotype]) -> Genotype:
        """Return a member for a bracket that has the `known` ones."""
        return new_genotype(self._space, self._rng, known)
