"""NSGA-II (Deb, Pratap, Agarwal & Meyarivan 2002, doi:10.1109/4235.996017) over genes."""

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

Losses = NDArray[np.float64]
Member = tuple[Genotype, tuple[float, ...]]
"""A genotype and its losses."""


class NSGA2:
    """Keeps the members of the best fronts, the less crowded ones first, and breeds children of tournament winners.

    It follows all objectives at once. A child takes each gene from either of two parents with equal chance, then one
    gene mutates. Survivors are selected when as many children were told as the population has members. A failed trial
    survives only if nothing else does.

    >>> from nasbench_pose.spaces import load
    >>> strategy = NSGA2(load("simplebaseline"), np.random.default_rng(0), population=4)
    >>> for _ in range(9):
    ...     proposal = strategy.ask()
    ...     strategy.tell(proposal, [float(len(proposal.genotype.text)), float(proposal.genotype.key < "8")])
    """

    declaration = Declaration(
        summary="NSGA-II: non-dominated ranks and crowding, uniform crossover of genes, one mutation.",
        paper="Deb, Pratap, Agarwal & Meyarivan 2002, doi:10.1109/4235.996017",
        defaults="population 20 for searches of 100 to 200 trials; Optuna has 50, pymoo 100; crossover 0.9 as both",
        objectives="all",
        limits="kept and learned",
        colour="#AA4499",
    )

    def __init__(
        self,
        space: SearchSpace,
        rng: np.random.Generator,
        *,
        population: Annotated[int, Setting("members that survive a generation", low=2)] = 20,
        crossover: Annotated[float, Setting("share of children with two parents", low=0, high=1)] = 0.9,
    ) -> None:
        """Keep `population` members alive."""
        self._space, self._rng = space, rng
        self._size, self._crossover = population, crossover
        self._drawn = 0
        self._members: list[Member] = []
        self._children: list[Member] = []
        self._asked: set[Genotype] = set()

    def ask(self) -> Proposal:
        """Propose a random genotype until so many were asked for as the population has, then a child."""
        if self._drawn < self._size or not (self._members or self._children):
            self._drawn += 1
            genotype = self._space.sample(self._rng)
        else:
            genotype = self._child()
        self._asked.add(genotype)
        return Proposal(genotype)

    def tell(self, proposal: Proposal, losses: Sequence[float]) -> None:
        """Add the trial to its generation, and select survivors when the generation is complete."""
        known = self._members or self._children
        if known and len(known[0][1]) != len(losses):
            raise InvalidFileError(f"nsga2 was told {len(known[0][1])} losses before, now {len(losses)}.")
        self._children.append((proposal.genotype, tuple(losses)))
        if len(self._children) >= self._size:
            self._members, self._children = self._survivors(), []

    def _survivors(self) -> list[Member]:
        """Return the best of the members and children, best first; a network that was told twice counts once."""
        everybody = list(dict([*self._members, *self._children]).items())
        order = survival_order(np.array([losses for _, losses in everybody]))
        return [everybody[place] for place in order[: self._size]]

    def _child(self) -> Genotype:
        everybody = self._members or self._survivors()  # several workers ask before the first generation is told

        def parents() -> tuple[Genotype, Genotype]:
            # they are sorted: the lower of two places wins a tournament of two
            first, second = self._rng.integers(len(everybody), size=(2, 2)).tolist()
            return everybody[min(first)][0], everybody[min(second)][0]

        return child_of(parents, self._space, self._rng, crossover=self._crossover, proposed=self._asked)


def survival_order(losses: Losses) -> NDArray[np.int64]:
    """Return the rows of `losses`, shape (rows, objectives), best first: by rank, then the least crowded first.

    Rows with a loss that is not finite come last.

    >>> survival_order(np.array([[0.0, 4.0], [1.0, 3.5], [2.0, 2.0], [4.0, 0.0], [5.0, 5.0]])).tolist()
    [0, 3, 2, 1, 4]
    """
    finite = np.isfinite(losses).all(axis=1)
    rank = np.full(len(losses), len(losses))
    if finite.any():
        rank[finite] = moocore.pareto_rank(losses[finite])
    crowding = np.zeros(len(losses))
    for front in range(int(rank[finite].max(initial=-1)) + 1):
        rows = np.flatnonzero(finite & (rank == front))
        crowding[rows] = crowding_distance(losses[rows])
    return np.lexsort((np.arange(len(losses)), -crowding, rank))


def crowding_distance(losses: Losses) -> Losses:
    """Return the crowding distance of each row of a front, infinite at the ends of every objective.

    The sum over objectives of the gap between a row's two neighbours, as a share of the range.

    >>> crowding_distance(np.array([[0.0, 4.0], [1.0, 3.0], [4.0, 0.0]])).tolist()
    [inf, 2.0, inf]
    """
    distance = np.zeros(len(losses))
    for column in losses.T:
        order = np.argsort(column, kind="stable")
        ordered = column[order]
        width = ordered[-1] - ordered[0]
        distance[order[[0, -1]]] = np.inf
        if width > 0:
            distance[order[1:-1]] += (ordered[2:] - ordered[:-2]) / width
    return distance


STRATEGY = NSGA2
