"""The likeliest genotype whose cost is within a limit: a multiple-choice knapsack for each value of the shared genes.

The genes that change what others cost are enumerated; given these, the costs of all other decisions add, and SciPy's
integer program (HiGHS) finds the likeliest combination exactly.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.supernet.gene_costs import GeneCosts, codes_of, gene_options

Ways = tuple[int, ...]
"""The option of each decision, in the order of the space's decisions."""


@dataclass(frozen=True)
class WithinLimit:
    """The costs of a space's decisions, given the option of each decision on shared genes."""

    space: SearchSpace
    limit: float
    shared: tuple[int, ...]
    """Numbers of the decisions on genes that change what others cost."""
    common: Mapping[Ways, float]
    """Options of the shared decisions -> what is common to all their members."""
    own: Mapping[Ways, tuple[NDArray[np.float64], ...]]
    """Options of the shared decisions -> for each other decision, the cost of each of its options."""

    @classmethod
    def of(cls, space: SearchSpace, costs: GeneCosts, limit: float) -> "WithinLimit":
        """Return the costs; raise NasbenchPoseError if even the cheapest member is above the limit."""
        names, first = list(space.genes), set(costs.terms[0][0])
        places = [[(names.index(gene), codes) for gene, codes in gene_options(space, d)] for d in space.decisions]
        shared = tuple(i for i, genes in enumerate(places) if any(column in first for column, _ in genes))
        sizes = [range(len(space.decisions[i].options)) for i in shared]
        common, own = dict[Ways, float](), dict[Ways, tuple[NDArray[np.float64], ...]]()
        for ways in itertools.product(*sizes):
            codes = {c: int(at[way]) for i, way in zip(shared, ways, strict=True) for c, at in places[i]}
            common[ways] = float(costs.terms[0][1][tuple(codes[column] for column in costs.terms[0][0])])
            own[ways] = tuple(
                _costs(costs, codes, genes, len(space.decisions[i].options))
                for i, genes in enumerate(places)
                if i not in shared
            )
        cheapest = min(common[ways] + sum(float(part.min()) for part in own[ways]) for ways in common)
        if cheapest > limit:
            raise NasbenchPoseError(
                f"No network of {space.name} costs {limit:g} {costs.unit} or less; the cheapest costs {cheapest:g}."
            )
        return cls(space, limit, shared, common, own)

    def likeliest(self, shares: Mapping[str, NDArray[np.floating]]) -> Iterator[tuple[int, ...]]:
        """Yield the genotypes within the limit as option indices, from the likeliest to the least likely."""
        logs = [np.log(decision.likelihoods(shares).astype(float) + 1e-30) for decision in self.space.decisions]
        taken: set[Ways] = set()
        while (best := self._best(logs, taken)) is not None:
            taken.add(best)
            yield codes_of(self.space, best)

    def _best(self, logs: list[NDArray[np.float64]], taken: set[Ways]) -> Ways | None:
        """Return the likeliest ways within the limit that are not `taken`; None if there are no more."""
        others = [i for i in range(len(logs)) if i not in self.shared]
        most = sum(float(logs[i].max()) for i in others)
        given = {ways: sum(float(logs[i][w]) for i, w in zip(self.shared, ways, strict=True)) for ways in self.common}
        found, height = None, -np.inf
        for ways in sorted(given, key=lambda ways: (-given[ways], ways)):
            if given[ways] + most <= height:
                break
            before = {tuple(each[i] for i in others) for each in taken if tuple(each[i] for i in self.shared) == ways}
            picked = _knapsack([logs[i] for i in others], self.own[ways], self.limit - self.common[ways], before)
            if picked is None:
                continue
            likely = given[ways] + sum(float(logs[i][w]) for i, w in zip(others, picked, strict=True))
            if likely > height:
                merged = dict(zip(self.shared, ways, strict=True)) | dict(zip(others, picked, strict=True))
                found, height = tuple(merged[i] for i in range(len(logs))), likely
        return found


def _costs(
    costs: GeneCosts, shared: Mapping[int, int], genes: list[tuple[int, NDArray[np.int64]]], options: int
) -> NDArray[np.float64]:
    """Return the cost of each option of a decision, given the codes of the shared genes."""
    total, columns = np.zeros(options), dict(genes)
    for term, values in costs.terms[1:]:
        if any(column in columns for column in term):
            total = total + values[tuple(columns[c] if c in columns else shared[c] for c in term)]
    return total


def _knapsack(
    logs: list[NDArray[np.float64]], costs: tuple[NDArray[np.float64], ...], room: float, taken: set[Ways]
) -> Ways | None:
    """Return one option of each decision with the largest sum of `logs` whose costs fit into `room`; None if none."""
    if not logs:
        return () if room >= 0 and not taken else None
    ends = np.cumsum([0, *(len(part) for part in logs)])
    scale = max(abs(room), 1.0)
    taken = set(taken)
    while True:
        rows = np.zeros((len(logs), ends[-1]))
        for i, (start, end) in enumerate(itertools.pairwise(ends)):
            rows[i, start:end] = 1
        cuts = np.zeros((len(taken), ends[-1]))
        for row, ways in zip(cuts, sorted(taken), strict=True):
            row[[start + way for start, way in zip(ends, ways, strict=False)]] = 1
        limits = [LinearConstraint(rows, 1, 1), LinearConstraint(np.concatenate(costs) / scale, ub=room / scale)]
        if len(taken):
            limits.append(LinearConstraint(cuts, ub=len(logs) - 1))
        solved = milp(
            -np.concatenate(logs),
            constraints=limits,
            integrality=np.ones(int(ends[-1]), dtype=np.int64),
            bounds=Bounds(0, 1),
        )
        if solved.x is None:
            return None
        picked = tuple(int(solved.x[start:end].argmax()) for start, end in itertools.pairwise(ends))
        if sum(float(part[way]) for part, way in zip(costs, picked, strict=True)) <= room:
            return picked
        taken.add(picked)  # over the limit by less than the solver's tolerance
