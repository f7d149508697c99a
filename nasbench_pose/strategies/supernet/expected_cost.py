"""The expected cost of a genotype that is drawn by the probabilities of its choices, exact and differentiable."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from nasbench_pose.spaces import SearchSpace
from nasbench_pose.spaces.decisions import Decision
from nasbench_pose.strategies.supernet.gene_costs import GeneCosts, gene_options

Probabilities = Mapping[str, Tensor]
"""Choice -> probability of each of its options; of most spaces, the choices are the genes."""


def shares(decision: Decision, probability: Probabilities) -> Tensor:
    """Return the probability of each option of a decision; differentiable."""
    if decision.is_single_choice:
        return probability[next(iter(decision.choices))]
    every = torch.cat([probability[choice] for choice in decision.choices])
    likely = every[torch.from_numpy(decision.places)].prod(dim=1)
    return likely / likely.sum()


@dataclass(frozen=True)
class ExpectedCost:
    """The expectation over genotypes drawn decision by decision.

    It is the sum of the expectations of the terms of `GeneCosts`. This requires that no term has two genes of the same
    decision; there are no such terms, as the costs of those genes add.
    """

    genes: tuple[tuple[Decision, tuple[tuple[str, int, Tensor], ...]], ...]
    """For each decision its genes: name, number of options, and for each option of the decision the gene's option."""
    terms: tuple[tuple[tuple[str, ...], Tensor], ...]

    @classmethod
    def of(cls, space: SearchSpace, costs: GeneCosts) -> "ExpectedCost":
        """Return the expectation over `space`."""
        names = list(space.genes)
        terms = ((tuple(names[i] for i in genes), torch.from_numpy(values).double()) for genes, values in costs.terms)
        return cls(tuple((decision, _columns(space, decision)) for decision in space.decisions), tuple(terms))

    def __call__(self, probability: Probabilities) -> Tensor:
        """Return E[cost] as a scalar tensor (double)."""
        chance = {
            gene: share if decision.is_single_choice else share.new_zeros(size).index_add(0, options, share)
            for decision, genes in self.genes
            for share in (shares(decision, probability),)
            for gene, size, options in genes
        }
        total = torch.zeros((), dtype=torch.double)
        for genes, values in self.terms:
            for gene in reversed(genes):
                values = values @ chance[gene].double()
            total = total + values
        return total


def _columns(space: SearchSpace, decision: Decision) -> tuple[tuple[str, int, Tensor], ...]:
    return tuple(
        (gene, len(space.genes[gene]), torch.from_numpy(places)) for gene, places in gene_options(space, decision)
    )
