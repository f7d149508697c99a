"""The continuous relaxation of a space: one logit per option, probabilities, expected cost, likeliest genotypes."""

import heapq
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from nasbench_pose.cost import CostTable
from nasbench_pose.spaces import SearchSpace

Probabilities = Mapping[str, Tensor]
"""Gene -> probability of each of its options."""


def new_logits(space: SearchSpace, generator: torch.Generator) -> dict[str, Tensor]:
    """Return logits close to zero (1e-3 times a normal number, as DARTS draws them), ready to be learnt."""
    sizes = {gene: len(options) for gene, options in space.genes.items()}
    return {gene: (1e-3 * torch.randn(size, generator=generator)).requires_grad_() for gene, size in sizes.items()}


def probabilities(logits: Mapping[str, Tensor], temperature: float) -> dict[str, Tensor]:
    """Return softmax(logits / temperature) of each gene: even when hot, one-hot when cold.

    >>> probabilities({"a": torch.tensor([1.0, 1.0])}, temperature=0.1)["a"]
    tensor([0.5000, 0.5000])
    """
    return {gene: torch.softmax(values / temperature, dim=0) for gene, values in logits.items()}


@dataclass(frozen=True)
class ExpectedMacs:
    """The mean MACs of genotypes drawn gene by gene, exact and differentiable: the sum over the table's terms."""

    terms: tuple[tuple[tuple[str, ...], Tensor], ...]

    @classmethod
    def of(cls, space: SearchSpace, table: CostTable) -> "ExpectedMacs":
        """Return the expectation over `space`, whose costs are in `table`."""
        genes = list(space.genes)
        terms = ((tuple(genes[i] for i in term.genes), torch.from_numpy(term.macs).double()) for term in table.terms)
        return cls(tuple(terms))

    def __call__(self, probability: Probabilities) -> Tensor:
        """Return E[MACs] as a scalar tensor (double)."""
        total = torch.zeros((), dtype=torch.double)
        for genes, macs in self.terms:
            for gene in reversed(genes):
                macs = macs @ probability[gene].double()
            total = total + macs
        return total


def likeliest(space: SearchSpace, probability: Mapping[str, np.ndarray]) -> Iterator[tuple[int, ...]]:
    """Yield the genotypes of `space` as option indices, from the likeliest to the least likely.

    Best-first search over how far each gene is from its favourite; ties go to the option named first.

    >>> from nasbench_pose.spaces import load
    >>> shares = {"depth": [1.0, 0, 0, 0], "base": [0.1, 0.8, 0.1, 0], "filters": [0, 0, 0.3, 0.7]}
    >>> order = likeliest(load("simplebaseline"), {gene: np.array(share) for gene, share in shares.items()})
    >>> next(order), next(order)
    ((0, 1, 3), (0, 1, 2))
    """
    ranked = [np.argsort(-probability[gene], kind="stable") for gene in space.genes]
    logs = [np.log(probability[gene][order] + 1e-30) for gene, order in zip(space.genes, ranked, strict=True)]
    start = (0,) * len(ranked)
    queue, seen = [(-math.fsum(log[0] for log in logs), start)], {start}
    while queue:
        _, ranks = heapq.heappop(queue)
        yield tuple(int(order[rank]) for order, rank in zip(ranked, ranks, strict=True))
        for gene, rank in enumerate(ranks):
            further = (*ranks[:gene], rank + 1, *ranks[gene + 1 :])
            if rank + 1 < len(logs[gene]) and further not in seen:
                seen.add(further)
                cost = -math.fsum(log[r] for log, r in zip(logs, further, strict=True))
                heapq.heappush(queue, (cost, further))
