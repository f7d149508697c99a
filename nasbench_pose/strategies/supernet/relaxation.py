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
from nasbench_pose.spaces.decisions import Decision

Probabilities = Mapping[str, Tensor]
"""Choice -> probability of each of its options; of most spaces, the choices are the genes."""


def new_logits(space: SearchSpace, generator: torch.Generator) -> dict[str, Tensor]:
    """Return trainable logits near zero (1e-3 times a standard normal number, as in DARTS)."""
    sizes = {choice: len(options) for choice, options in space.choices.items()}
    return {choice: (1e-3 * torch.randn(size, generator=generator)).requires_grad_() for choice, size in sizes.items()}


def probabilities(logits: Mapping[str, Tensor], temperature: float) -> dict[str, Tensor]:
    """Return softmax(logits / temperature) of each choice: uniform at high temperature, one-hot at low temperature.

    >>> probabilities({"a": torch.tensor([1.0, 1.0])}, temperature=0.1)["a"]
    tensor([0.5000, 0.5000])
    """
    return {choice: torch.softmax(values / temperature, dim=0) for choice, values in logits.items()}


def shares(decision: Decision, probability: Probabilities) -> Tensor:
    """Return the probability of each option of a decision; differentiable."""
    if decision.is_single_choice:
        return probability[next(iter(decision.choices))]
    every = torch.cat([probability[choice] for choice in decision.choices])
    likely = every[torch.from_numpy(decision.places)].prod(dim=1)
    return likely / likely.sum()


def draw(space: SearchSpace, probability: Probabilities, rng: torch.Generator) -> dict[str, int]:
    """Draw a path through the supernet, decision by decision: choice -> index of its option."""
    path: dict[str, int] = {}
    for decision in space.decisions:
        path |= decision.path(int(torch.multinomial(shares(decision, probability), 1, generator=rng)))
    return path


@dataclass(frozen=True)
class ExpectedMacs:
    """The expected MACs of a genotype drawn decision by decision, exact and differentiable.

    It is the sum of the expectations of the terms of a `CostTable`. This requires that no term has two genes of the
    same decision; `CostTable` has no such terms, as the costs of those genes add.
    """

    genes: tuple[tuple[Decision, tuple[tuple[str, int, Tensor], ...]], ...]
    """For each decision its genes: name, number of options, and for each option of the decision the gene's option."""
    terms: tuple[tuple[tuple[str, ...], Tensor], ...]

    @classmethod
    def of(cls, space: SearchSpace, table: CostTable) -> "ExpectedMacs":
        """Return the expectation over `space`, whose costs are in `table`."""
        names = list(space.genes)
        terms = ((tuple(names[i] for i in term.genes), torch.from_numpy(term.macs).double()) for term in table.terms)
        return cls(tuple((decision, _columns(space, decision)) for decision in space.decisions), tuple(terms))

    def __call__(self, probability: Probabilities) -> Tensor:
        """Return E[MACs] as a scalar tensor (double)."""
        chance = {
            gene: share if decision.is_single_choice else share.new_zeros(size).index_add(0, options, share)
            for decision, genes in self.genes
            for share in (shares(decision, probability),)
            for gene, size, options in genes
        }
        total = torch.zeros((), dtype=torch.double)
        for genes, macs in self.terms:
            for gene in reversed(genes):
                macs = macs @ chance[gene].double()
            total = total + macs
        return total


def _columns(space: SearchSpace, decision: Decision) -> tuple[tuple[str, int, Tensor], ...]:
    number = {gene: {v: i for i, v in enumerate(space.genes[gene])} for gene, _ in decision.options[0].genes}
    return tuple(
        (gene, len(numbers), torch.tensor([numbers[dict(way.genes)[gene]] for way in decision.options]))
        for gene, numbers in number.items()
    )


def likeliest(space: SearchSpace, probability: Mapping[str, np.ndarray]) -> Iterator[tuple[int, ...]]:
    """Yield the genotypes of `space` as option indices, from the likeliest to the least likely.

    Best-first search over the rank of each decision's option; ties go to the option that is listed first.

    >>> from nasbench_pose.spaces import load
    >>> shares = {"depth": [1.0, 0, 0, 0], "base": [0.1, 0.8, 0.1, 0], "filters": [0, 0, 0.3, 0.7]}
    >>> order = likeliest(load("simplebaseline"), {gene: np.array(share) for gene, share in shares.items()})
    >>> next(order), next(order)
    ((0, 1, 3), (0, 1, 2))
    """
    likely = [decision.likelihoods(probability) for decision in space.decisions]
    ranked = [np.argsort(-share, kind="stable") for share in likely]
    logs = [np.log(share[order] + 1e-30) for share, order in zip(likely, ranked, strict=True)]
    start = (0,) * len(ranked)
    queue, seen = [(-math.fsum(log[0] for log in logs), start)], {start}
    while queue:
        _, ranks = heapq.heappop(queue)
        yield _codes(space, [int(order[rank]) for order, rank in zip(ranked, ranks, strict=True)])
        for place, rank in enumerate(ranks):
            further = (*ranks[:place], rank + 1, *ranks[place + 1 :])
            if rank + 1 < len(logs[place]) and further not in seen:
                seen.add(further)
                cost = -math.fsum(log[r] for log, r in zip(logs, further, strict=True))
                heapq.heappush(queue, (cost, further))


def _codes(space: SearchSpace, ways: list[int]) -> tuple[int, ...]:
    """Return the option index of each gene, in the order of the space's genes."""
    decided = zip(space.decisions, ways, strict=True)
    genes = dict(gene for decision, way in decided for gene in decision.options[way].genes)
    return tuple(options.index(genes[gene]) for gene, options in space.genes.items())
