"""From the probabilities of the options to genotypes: the likeliest first, the likeliest within a limit, or drawn."""

import heapq
import math
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.supernet.gene_costs import GeneCosts, codes_of
from nasbench_pose.strategies.supernet.within_limit import WithinLimit

Shares = Mapping[str, NDArray[np.floating]]
"""Choice -> probability of each of its options."""

MOST_DRAWS = 1000
"""Draws without a new genotype after which the likeliest new one is taken."""


def derived(
    space: SearchSpace, shares: Shares, *, costs: GeneCosts | None = None, limit: float = 0.0
) -> Iterator[Genotype]:
    """Yield genotypes from the likeliest to the least likely; with a `limit`, those that cost no more.

    Raises NasbenchPoseError if no network of the space is within the limit. Several paths may lead to one genotype,
    which is yielded for each of them.

    >>> from nasbench_pose.spaces import load
    >>> space = load("efficientpose_micro")
    >>> even = {choice: np.full(len(options), 1 / len(options)) for choice, options in space.choices.items()}
    >>> next(derived(space, even)) == space.genotype(options[0] for options in space.genes.values())
    True
    """
    if not limit:
        return (space.decode([codes])[0] for codes in likeliest(space, shares))
    if costs is None:
        raise NasbenchPoseError("A limit needs the costs of the space.")
    return (space.decode([codes])[0] for codes in WithinLimit.of(space, costs, limit).likeliest(shares))


def drawn(
    space: SearchSpace,
    shares: Shares,
    rng: np.random.Generator,
    *,
    costs: GeneCosts | None = None,
    limit: float = 0.0,
) -> Iterator[Genotype]:
    """Yield genotypes drawn decision by decision; after `MOST_DRAWS` draws, the likeliest ones."""
    likely = [decision.likelihoods(shares).astype(float) for decision in space.decisions]
    for _ in range(MOST_DRAWS):
        ways = [int(rng.choice(len(share), p=share / share.sum())) for share in likely]
        codes = codes_of(space, ways)
        if not limit or costs is None or costs.count([codes])[0] <= limit:
            yield space.decode([codes])[0]
    yield from derived(space, shares, costs=costs, limit=limit)


def likeliest(space: SearchSpace, shares: Shares) -> Iterator[tuple[int, ...]]:
    """Yield the genotypes of `space` as option indices, from the likeliest to the least likely.

    Best-first search over the rank of each decision's option; ties go to the option that is listed first.

    >>> from nasbench_pose.spaces import load
    >>> shares = {"depth": [1.0, 0, 0, 0], "base": [0.1, 0.8, 0.1, 0], "filters": [0, 0, 0.3, 0.7]}
    >>> order = likeliest(load("simplebaseline"), {gene: np.array(share) for gene, share in shares.items()})
    >>> next(order), next(order)
    ((0, 1, 3), (0, 1, 2))
    """
    likely = [decision.likelihoods(shares) for decision in space.decisions]
    ranked = [np.argsort(-share, kind="stable") for share in likely]
    logs = [np.log(share[order] + 1e-30) for share, order in zip(likely, ranked, strict=True)]
    start = (0,) * len(ranked)
    queue, seen = [(-math.fsum(log[0] for log in logs), start)], {start}
    while queue:
        _, ranks = heapq.heappop(queue)
        yield codes_of(space, [int(order[rank]) for order, rank in zip(ranked, ranks, strict=True)])
        for place, rank in enumerate(ranks):
            further = (*ranks[:place], rank + 1, *ranks[place + 1 :])
            if rank + 1 < len(logs[place]) and further not in seen:
                seen.add(further)
                cost = -math.fsum(log[r] for log, r in zip(logs, further, strict=True))
                heapq.heappush(queue, (cost, further))
