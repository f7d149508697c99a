"""Evolution of the members of a supernet on a score (Single Path One-Shot, arXiv 1904.00420, section 3.4)."""

from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass

import numpy as np

from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.supernet.derivation import drawn
from nasbench_pose.strategies.supernet.gene_costs import GeneCosts, codes_of

ATTEMPTS = 10
"""Attempts for each child that is wanted; whatever is missing then is drawn at random."""


@dataclass(frozen=True)
class PathEvolution:
    """The settings of an evolution; the defaults are those of the paper."""

    population: int = 50
    generations: int = 20
    parents: int = 10
    mutation: float = 0.1


def evolve(
    space: SearchSpace,
    score: Callable[[Genotype], float],
    rng: np.random.Generator,
    evolution: PathEvolution,
    *,
    costs: GeneCosts,
    limit: float = 0.0,
) -> dict[Genotype, float]:
    """Return the scores, larger is better, of all members that were visited, in the order of their visits.

    The first generation is drawn: every decision uniformly. In each of the others, half of the population are mutants
    of the best members so far, half are children of two of them, and random members fill up. No member is visited
    twice, and with a `limit` none that costs more. The evolution ends early when no new member is found. Raises
    NasbenchPoseError if no member is within the limit.

    >>> from nasbench_pose.spaces import load
    >>> from nasbench_pose.strategies.supernet.gene_costs import gene_costs
    >>> space = load("efficientpose_micro")
    >>> costs = gene_costs(space, "macs", input=(64, 64), joints=14)
    >>> small = PathEvolution(population=10, generations=8, parents=3)
    >>> cost = lambda genotype: float(costs.count(space.encode([genotype]))[0])
    >>> scores = evolve(space, lambda one: -cost(one), np.random.default_rng(0), small, costs=costs)
    >>> len(scores), max(scores, key=scores.get).text
    (80, 'efficientpose_micro:s1b1=k3_e3,s2b1=k3_e3,s2b2=skip,s3b1=k3_e3,w1=50,w2=50,w3=50')
    """
    even = {choice: np.full(len(options), 1 / len(options)) for choice, options in space.choices.items()}
    visited: dict[Genotype, float] = {}
    for generation in range(evolution.generations):
        found: dict[Genotype, None] = {}
        if generation:
            best = sorted(visited, key=lambda one: -visited[one])[: evolution.parents]
            half = evolution.population // 2
            for make, wanted in ((_mutant, half), (_child, evolution.population - half)):
                children = (make(space, best, rng, evolution.mutation) for _ in range(ATTEMPTS * wanted))
                found |= _new(children, wanted, {*visited, *found}, _within(space, costs, limit))
        missing = evolution.population - len(found)
        at_random = drawn(space, even, rng, costs=costs, limit=limit)
        found |= _new(at_random, missing, {*visited, *found}, lambda _: True)
        if not found:
            break
        visited |= {one: score(one) for one in found}
    return visited


def _new(
    candidates: Iterator[Genotype], wanted: int, known: Set[Genotype], fits: Callable[[Genotype], bool]
) -> dict[Genotype, None]:
    """Return the first so many candidates that are new and fit; fewer if there are no more."""
    found: dict[Genotype, None] = {}
    for candidate in candidates if wanted > 0 else ():
        if candidate not in known and candidate not in found and fits(candidate):
            found[candidate] = None
            if len(found) == wanted:
                break
    return found


def _within(space: SearchSpace, costs: GeneCosts, limit: float) -> Callable[[Genotype], bool]:
    return lambda genotype: not limit or bool(costs.count(space.encode([genotype]))[0] <= limit)


def _mutant(space: SearchSpace, best: list[Genotype], rng: np.random.Generator, rate: float) -> Genotype:
    """Return one of the best with each decision drawn anew with probability `rate`."""
    ways = _ways(space, best[rng.integers(len(best))])
    anew = rng.random(len(ways)) < rate
    ways = [
        int(rng.integers(len(decision.options))) if new else way
        for decision, way, new in zip(space.decisions, ways, anew, strict=True)
    ]
    return space.decode([codes_of(space, ways)])[0]


def _child(space: SearchSpace, best: list[Genotype], rng: np.random.Generator, _: float) -> Genotype:
    """Return the child of two of the best: each decision is that of either."""
    first, second = (_ways(space, best[rng.integers(len(best))]) for _ in range(2))
    ways = [one if own else other for one, other, own in zip(first, second, rng.random(len(first)) < 0.5, strict=True)]
    return space.decode([codes_of(space, ways)])[0]


def _ways(space: SearchSpace, genotype: Genotype) -> list[int]:
    """Return the option of each decision that leads to a member."""
    genes = space.complete(genotype)
    return [decision.option_of(genes) or 0 for decision in space.decisions]
