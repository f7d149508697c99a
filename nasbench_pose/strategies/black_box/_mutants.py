"""Search among mutants of the best networks, with or without a model that chooses one of them."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Container, Sequence

import numpy as np

from nasbench_pose.errors import NoOtherNetworkError
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.black_box.random import RandomSearch
from nasbench_pose.strategies.limits import BEYOND
from nasbench_pose.strategies.strategy import Proposal
from nasbench_pose.strategies.weighted_sum import WeightedSum

RANKS = 10
"""Groups of parents that are mutated, from the best down, before a random network is proposed."""


class MutantSearch(ABC):
    """Proposes `startup` random networks, then mutants of the best ones; `chosen` says which of them.

    No network is proposed twice. Where the best networks have no mutant left, the next best are mutated, and then
    random networks are proposed. The strategy is exhausted when it has proposed the whole space.
    """

    def __init__(
        self,
        name: str,
        space: SearchSpace,
        rng: np.random.Generator,
        *,
        startup: int,
        parents: int,
        mutants: int,
        weights: Sequence[float],
    ) -> None:
        """Mutate the best `parents` networks, `mutants` times in total."""
        self._space, self._rng = space, rng
        self._startup, self._parents, self._mutants = startup, parents, mutants
        self._loss_of = WeightedSum(name, tuple(weights))
        self._random = RandomSearch(space, rng)
        self._losses: dict[Genotype, float] = {}
        self._asked: set[Genotype] = set()
        self._queue: deque[Genotype] = deque()

    @abstractmethod
    def chosen(self, candidates: list[Genotype]) -> list[Genotype]:
        """Return those of the candidates, one or more, that are proposed next, in that order."""

    def ask(self) -> Proposal:
        """Propose the next network of the last choice; choose again if there is none."""
        if not self._queue and len(self._asked) >= self._startup and self._losses:
            self._queue.extend(self._next())
        genotype = self._queue.popleft() if self._queue else self._drawn()
        self._asked.add(genotype)
        return Proposal(genotype)

    def tell(self, proposal: Proposal, losses: Sequence[float]) -> None:
        """Remember the loss; a failed trial is worse than every other."""
        self._losses[proposal.genotype] = self._loss_of(losses)

    def _next(self) -> list[Genotype]:
        ranked = sorted(self._losses, key=self._losses.__getitem__)  # stable: of equal ones the first that was told
        groups = [ranked[first : first + self._parents] for first in range(0, len(ranked), self._parents)]
        for group in groups[:RANKS]:
            if found := mutants_of(group, self._mutants, self._space, self._rng, proposed=self._asked):
                return self.chosen(found)
        return []

    def _drawn(self) -> Genotype:
        while (genotype := self._random.ask().genotype) in self._asked:
            pass
        return genotype


def mutants_of(
    parents: Sequence[Genotype],
    count: int,
    space: SearchSpace,
    rng: np.random.Generator,
    *,
    proposed: Container[Genotype],
) -> list[Genotype]:
    """Return different mutants that were not proposed, out of `count` in turns of the parents.

    >>> from nasbench_pose.spaces import find, load
    >>> space, parent = load("simplebaseline"), find("simplebaseline-r50")
    >>> len(mutants_of([parent], 100, space, np.random.default_rng(0), proposed={parent}))
    9
    """
    found: dict[Genotype, None] = {}
    for number in range(count):
        try:
            child = space.mutate(parents[number % len(parents)], rng)
        except NoOtherNetworkError:
            continue
        if child not in proposed:
            found[child] = None
    return list(found)


def finite(losses: Sequence[float]) -> list[float]:
    """Return losses that a model can be fitted to: an infinite one is the worst finite one; all 0 if none is finite.

    A loss beyond a limit is the worst one within; if none is within, losses are shares of excess.

    >>> finite([1.0, np.inf, 2.0, 1.5 * BEYOND]), finite([np.inf]), finite([2 * BEYOND, 4 * BEYOND])
    ([1.0, 2.0, 2.0, 2.0], [0.0], [1.0, 3.0])
    """
    if min(losses, default=0.0) >= BEYOND:
        losses = [loss / BEYOND - 1 for loss in losses]
    worst = max((loss for loss in losses if loss < BEYOND), default=0.0)
    return [loss if loss < BEYOND else worst for loss in losses]
