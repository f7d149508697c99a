"""Local search (White, Nolen & Savani 2021, arXiv:2005.02960; den Ottelander et al. 2021, arXiv:2004.08996)."""

from collections import deque
from collections.abc import Sequence
from typing import Annotated

import numpy as np

from nasbench_pose.errors import pick
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.black_box.random import RandomSearch
from nasbench_pose.strategies.declaration import Declaration, Setting
from nasbench_pose.strategies.strategy import Proposal
from nasbench_pose.strategies.weighted_sum import WeightedSum

MOVES = {"best": "when all neighbours are measured, to the best of them", "first": "to the first that is better"}


class LocalSearch:
    """Measures the neighbours of a network, moves to a better one, and restarts at random where none is better.

    Neighbours differ in one gene. No network is proposed twice, so the strategy is exhausted when it has proposed all
    of the space.

    >>> from nasbench_pose.spaces import load
    >>> strategy = LocalSearch(load("simplebaseline"), np.random.default_rng(0))
    >>> for _ in range(64):
    ...     proposal = strategy.ask()
    ...     strategy.tell(proposal, [float(len(proposal.genotype.text))])
    >>> strategy.ask()
    Traceback (most recent call last):
        ...
    nasbench_pose.strategies.strategy.Exhausted
    """

    declaration = Declaration(
        summary="Local search: measures all neighbours, moves to the best, restarts at random in a local optimum.",
        paper="White, Nolen & Savani 2021, arXiv:2005.02960",
        defaults="move=best as in the paper and in naszilla; move=first is their query-until-lower",
        limits="kept and learned",
        colour="#44AA99",
    )

    def __init__(
        self,
        space: SearchSpace,
        rng: np.random.Generator,
        *,
        move: Annotated[
            str, Setting("best: to the best of all neighbours; first: to the first that is better")
        ] = "best",
        weights: Annotated[Sequence[float], Setting("weights of the losses", per_objective=True)] = (1.0,),
    ) -> None:
        """Search by the rule `move`."""
        pick("rule of local search", move, MOVES)
        self._space, self._rng = space, rng
        self._first = move == "first"
        self._loss_of = WeightedSum("local", tuple(weights))
        self._starts = RandomSearch(space, rng)
        self._losses: dict[Genotype, float] = {}
        self._asked: set[Genotype] = set()
        self._centre: Genotype | None = None
        self._neighbours: list[Genotype] = []
        self._queue: deque[Genotype] = deque()

    def ask(self) -> Proposal:
        """Propose a neighbour that is not measured yet; a random network where there is none, or all are under way."""
        self._move()
        if self._queue:
            genotype = self._queue.popleft()
        else:
            genotype = self._random()
            if self._centre is None:
                self._go_to(genotype)
        self._asked.add(genotype)
        return Proposal(genotype)

    def tell(self, proposal: Proposal, losses: Sequence[float]) -> None:
        """Remember the loss; a failed trial is worse than every other."""
        self._losses[proposal.genotype] = self._loss_of(losses)

    def _move(self) -> None:
        """Move as far as the losses that are known allow."""
        while self._centre in self._losses:
            known = [genotype for genotype in self._neighbours if genotype in self._losses]
            best = min(known, key=self._losses.__getitem__, default=self._centre)
            complete = len(known) == len(self._neighbours)
            if self._losses[best] < self._losses[self._centre] and (complete or self._first):
                self._go_to(best)
            elif complete:  # a local optimum
                self._centre = None
            else:
                return

    def _go_to(self, genotype: Genotype) -> None:
        neighbours = list(self._space.neighbours(genotype))
        self._centre = genotype
        self._neighbours = [neighbours[place] for place in self._rng.permutation(len(neighbours))]
        self._queue = deque(other for other in self._neighbours if other not in self._asked and other != genotype)

    def _random(self) -> Genotype:
        """Return a network that was never proposed; raise Exhausted where there is none."""
        while (genotype := self._starts.ask().genotype) in self._asked:
            pass
        return genotype


STRATEGY = LocalSearch
