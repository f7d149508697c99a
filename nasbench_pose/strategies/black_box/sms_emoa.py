"""SMS-EMOA (Beume, Naujoks & Emmerich 2007, doi:10.1016/j.ejor.2006.08.008) over genes."""

from collections.abc import Sequence
from typing import Annotated

import moocore
import numpy as np
from numpy.typing import NDArray

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.black_box._breeding import child_of
from nasbench_pose.strategies.declaration import Declaration, Setting
from nasbench_pose.strategies.strategy import Proposal


class SMSEMOA:
    """Keeps the population with the largest hypervolume: each new trial pushes out the member that adds least.

    It follows all objectives at once, and changes its population after every trial, so workers never wait for a
    generation. Parents are drawn uniformly. The member that goes is on the last front (see `least_member`). A failed
    trial goes before every other.

    >>> from nasbench_pose.spaces import load
    >>> strategy = SMSEMOA(load("simplebaseline"), np.random.default_rng(0), population=4)
    >>> for _ in range(9):
    ...     proposal = strategy.ask()
    ...     strategy.tell(proposal, [float(len(proposal.genotype.text)), float(proposal.genotype.key < "8")])
    """

    declaration = Declaration(
        summary="SMS-EMOA: each trial replaces the member of the last front that adds least hypervolume.",
        paper="Beume, Naujoks & Emmerich 2007, doi:10.1016/j.ejor.2006.08.008, algorithm 1",
        defaults="those of nsga2, so that the two differ in their selection only; the paper has a population of 100",
        objectives="all",
        limits="kept and learned",
        colour="#8C564B",
    )

    def __init__(
        self,
        space: SearchSpace,
        rng: np.random.Generator,
        *,
        population: Annotated[int, Setting("members", low=2)] = 20,
        crossover: Annotated[float, Setting("share of children with two parents", low=0, high=1)] = 0.9,
    ) -> None:
        """Keep `population` members alive."""
        self._space, self._rng = space, rng
        self._size, self._crossover = population, crossover
        self._drawn = 0
        self._members: dict[Genotype, tuple[float, ...]] = {}
        self._asked: set[Genotype] = set()

    def ask(self) -> Proposal:
        """Propose a random genotype until so many were asked for as the population has, then a child."""
        if self._drawn < self._size or not self._members:
            self._drawn += 1
            genotype = self._space.sample(self._rng)
        else:
            genotype = self._child()
        self._asked.add(genotype)
        return Proposal(genotype)

    def tell(self, proposal: Proposal, losses: Sequence[float]) -> None:
        """Add the trial; remove the member that adds least if there are too many. A network counts once."""
        known = next(iter(self._members.values()), losses)
        if len(known) != len(losses):
            raise InvalidFileError(f"sms_emoa was told {len(known)} losses before, now {len(losses)}.")
        self._members[proposal.genotype] = tuple(losses)
        if len(self._members) > self._size:
            least = least_member(np.array(list(self._members.values())))
            del self._members[list(self._members)[least]]

    def _child(self) -> Genotype:
        everybody = list(self._members)

        def parents() -> tuple[Genotype, Genotype]:
            first, second = self._rng.integers(len(everybody), size=2)
            return everybody[first], everybody[second]

        return child_of(parents, self._space, self._rng, crossover=self._crossover, proposed=self._asked)


def least_member(losses: NDArray[np.float64]) -> int:
    """Return the row of `losses`, shape (rows, objectives), that a population loses: of several, the oldest.

    A row with a loss that is not finite goes first. Else it is the row of the last front without which the front's
    hypervolume shrinks least. The reference point is one range of the population beyond its worst loss in each
    objective, so that the ends of a front stay.

    >>> least_member(np.array([[0.0, 4.0], [1.0, 3.5], [2.0, 2.0], [4.0, 0.0]]))
    1
    >>> least_member(np.array([[0.0, 4.0], [1.0, np.inf], [3.0, 5.0], [4.0, 0.0]]))
    1
    """
    failed = np.flatnonzero(~np.isfinite(losses).all(axis=1))
    if failed.size:
        return int(failed[0])
    ranks = moocore.pareto_rank(losses)
    last = np.flatnonzero(ranks == ranks.max())
    if losses.shape[1] == 1:  # all of a front are equal
        return int(last[0])
    width = np.ptp(losses, axis=0)
    scaled = (losses[last] - losses.min(axis=0)) / np.where(width > 0, width, 1.0)
    return int(last[moocore.hv_contributions(scaled, ref=2.0).argmin()])


STRATEGY = SMSEMOA
