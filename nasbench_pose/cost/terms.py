"""The cost of a space's members as terms: one common to all members, and one for each gene."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nasbench_pose.cost.memory import alive_elements
from nasbench_pose.cost.network_cost import count
from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.genotype import Value
from nasbench_pose.large_numbers import approximately
from nasbench_pose.spaces import SearchSpace

MOST_NETWORKS = 200_000
"""Largest number of networks to count one by one to compute the terms."""

COMMON = ""
"""Name of the part that does not depend on a single gene; no gene has this name."""


@dataclass(frozen=True)
class Term:
    """A part of the network that depends only on `genes`, and its cost for each combination of their options.

    A member's params, macs and activations are sums over all terms; its peak_elements is their maximum. The latter is
    zero for a kind whose peak is not a maximum over blocks.
    """

    genes: tuple[int, ...]
    """Columns of the encoded genotypes, in ascending order; empty for a constant part."""
    params: NDArray[np.int64]
    macs: NDArray[np.int64]
    activations: NDArray[np.int64]
    peak_elements: NDArray[np.int64]
    """All of shape (options of the first gene, options of the second, …)."""


@dataclass(frozen=True)
class TermCounter:
    """Counts the networks of a space part by part."""

    space: SearchSpace
    input: tuple[int, int] | None
    joints: int | None
    own: tuple[str, ...]
    """Genes that determine a part alone for fixed shared genes."""

    def parts(self, values: Mapping[str, Value]) -> dict[str, NDArray[np.int64]]:
        """Return gene -> (params, macs, activations, peak_elements) of its block's layers; COMMON is all other
        layers."""
        graph = self.space.build(values, input=self.input, joints=self.joints)
        parts = {gene: np.zeros(4, dtype=np.int64) for gene in (COMMON, *self.own)}
        for layer, cost, alive in zip(graph, count(graph).layers, alive_elements(graph), strict=True):
            decider = layer.block.part or layer.block.name
            part = parts[decider if decider in self.own else COMMON]
            part[:3] += (cost.params, cost.macs, cost.activations)
            part[3] = max(part[3], alive) if self.space.kind.peak_by_block else 0
        return parts


def terms_of(space: SearchSpace, input: tuple[int, int] | None, joints: int | None) -> tuple[Term, ...]:
    """Return the terms of a space: first the one of the shared genes, then one for each other gene.

    It relies on a property of kinds with `coupled` genes: for fixed coupled genes, a layer depends on at most one other
    gene and is in the block or part with that gene's name. Raises NasbenchPoseError if a kind violates this, or if all
    genes are coupled and the space is too large to enumerate.
    """
    coupled = space.coupled
    choices = [gene for gene, options in space.genes.items() if len(options) > 1]
    shared = [gene for gene in choices if coupled is None or gene in coupled]
    own = tuple(gene for gene in choices if gene not in shared)
    counter = TermCounter(space, input, joints, own)
    rounds = max((len(space.genes[gene]) for gene in own), default=1)
    if (networks := rounds * math.prod(len(space.genes[gene]) for gene in shared)) > MOST_NETWORKS:
        raise NasbenchPoseError(
            f"Costs of {space.name} come from {approximately(networks)} networks, as its genes are coupled; at most "
            f"{MOST_NETWORKS:,} are counted. Count the members you need one by one."
        )
    return _terms(counter, shared, rounds)


def _terms(counter: TermCounter, shared: Sequence[str], rounds: int) -> tuple[Term, ...]:
    genes, columns = counter.space.genes, list(counter.space.genes)
    shape = [len(genes[gene]) for gene in shared]
    tables = {gene: np.zeros((*shape, len(genes[gene]), 4), dtype=np.int64) for gene in counter.own}
    tables[COMMON] = np.zeros((*shape, 4), dtype=np.int64)
    for place in np.ndindex(*shape):
        chosen = {gene: genes[gene][option] for gene, option in zip(shared, place, strict=True)}
        _fill(counter, chosen, rounds, {gene: table[place] for gene, table in tables.items()})
    terms = [_term([columns.index(gene) for gene in shared], tables[COMMON])]
    return *terms, *(_term([columns.index(g) for g in (*shared, gene)], tables[gene]) for gene in counter.own)


def _fill(counter: TermCounter, shared: dict[str, Value], rounds: int, tables: dict[str, NDArray[np.int64]]) -> None:
    """Count a few networks that together have every option of every gene."""
    genes = counter.space.genes
    for turn in range(rounds):
        places = {gene: (i + turn) % len(genes[gene]) for i, gene in enumerate(genes)}
        parts = counter.parts({gene: genes[gene][place] for gene, place in places.items()} | shared)
        for gene in counter.own:
            tables[gene][places[gene]] = parts[gene]
        if turn and (parts[COMMON] != tables[COMMON]).any():
            raise _broken_promise(counter)
        tables[COMMON][...] = parts[COMMON]
    if counter.own:
        first = counter.parts({gene: options[0] for gene, options in genes.items()} | shared)
        if any((first[gene] != tables[gene][0]).any() for gene in counter.own):
            raise _broken_promise(counter)


def _broken_promise(counter: TermCounter) -> NasbenchPoseError:
    kind = counter.space.kind
    return NasbenchPoseError(
        f"In {counter.space.name}, a gene changes what other genes' layers cost, and the kind {kind.name!r} does not "
        f"name it as coupled; it names {', '.join(counter.space.coupled or ()) or 'none'}."
    )


def _term(genes: list[int], values: NDArray[np.int64]) -> Term:
    """Transpose the axes of `values`, one per gene and one for the quantities, to the order of the genes."""
    ordered = np.moveaxis(values, -1, 0).transpose(0, *(1 + np.argsort(genes, kind="stable")))
    params, macs, activations, peak = (
        np.ascontiguousarray(quantity).reshape(ordered.shape[1:]) for quantity in ordered
    )
    return Term(tuple(sorted(genes)), params, macs, activations, peak)
