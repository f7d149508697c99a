"""Exact costs of whole populations: cost as a sum of small tables, each over a few genes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasbench_pose.cost.count import count
from nasbench_pose.errors import InvalidFileError, NasbenchPoseError
from nasbench_pose.genotype import Value
from nasbench_pose.spaces import SearchSpace

CHUNK = 8192
"""Genotypes counted at a time: the work arrays of a chunk stay in the processor's cache."""
GROUP = 4096
"""Entries of a joint table: larger ones would leave the first-level cache."""
ENUMERABLE = 200_000
"""Networks that may be counted one by one to fill a table."""


@dataclass(frozen=True)
class Counts:
    """Exact costs of a population, one entry per genotype."""

    params: NDArray[np.int64]
    """Learnable numbers."""
    macs: NDArray[np.int64]
    """Multiply-accumulates of one forward pass on one image."""


@dataclass(frozen=True)
class Term:
    """A part of the cost that only `genes` decide: one entry for each combination of their options."""

    genes: tuple[int, ...]
    """Columns of the encoded genotypes."""
    params: NDArray[np.int64]
    macs: NDArray[np.int64]
    """Both of shape (options of the first gene, options of the second, …)."""


@dataclass(frozen=True)
class CostTable:
    """The cost of every member of a space, as a sum of terms."""

    sizes: tuple[int, ...]
    """Options of each gene."""
    terms: tuple[Term, ...]

    def count(self, genes: ArrayLike) -> Counts:
        """Return exact costs of option indices, shape (n, genes), as `SearchSpace.encode` gives them.

        Raises InvalidFileError for a wrong number of columns or an index out of range.
        """
        codes = np.asarray(genes)
        if codes.ndim != 2 or codes.shape[1] != len(self.sizes):
            raise InvalidFileError(f"Encoded genotypes of shape {codes.shape}; expected (n, {len(self.sizes)}).")
        if not np.issubdtype(codes.dtype, np.integer):
            raise InvalidFileError(f"Encoded genotypes of type {codes.dtype}; expected whole numbers (option indices).")
        total = np.empty(len(codes), dtype=np.int64)
        for start in range(0, len(codes), CHUNK):
            chunk = self._checked(codes[start : start + CHUNK])
            self._packed.count(chunk, total[start : start + CHUNK])
        return self._packed.unpack(total)

    def _checked(self, codes: NDArray[np.integer]) -> NDArray[np.integer]:
        """Return `codes` if every index is in range; seen as unsigned, a negative one is too large as well."""
        unsigned = np.dtype(f"u{codes.dtype.itemsize}")
        if (codes.view(unsigned) >= np.array(self.sizes, dtype=unsigned)).any():
            raise InvalidFileError(f"An option index is out of range; the genes have {list(self.sizes)} options.")
        return codes

    @cached_property
    def _packed(self) -> _Packed:
        return _Packed.of(self)


@dataclass(frozen=True)
class _Packed:
    """Terms merged into joint tables that hold params and macs in one number each.

    The row of a genotype in every joint table is one matrix product: whole numbers below 2^24 are exact in float32.
    """

    radix: NDArray[np.float32]  # (genes, groups)
    tables: tuple[NDArray[np.int64], ...]
    shift: int

    @classmethod
    def of(cls, table: CostTable) -> _Packed:
        groups = _groups(table)
        params = sum(int(term.params.max()) for term in table.terms)
        shift = params.bit_length() + 1
        radix = np.zeros((len(table.sizes), len(groups)), dtype=np.float32)
        tables = []
        for column, (genes, terms) in enumerate(groups):
            sizes = [table.sizes[gene] for gene in genes]
            for place, gene in enumerate(genes):
                radix[gene, column] = math.prod(sizes[place + 1 :])
            tables.append(np.sum([_spread(term, genes, sizes, shift) for term in terms], axis=0).ravel())
        return cls(radix, tuple(tables), shift)

    def count(self, codes: NDArray[np.integer], out: NDArray[np.int64]) -> None:
        rows = (codes.astype(np.float32) @ self.radix).astype(np.intp)
        np.take(self.tables[0], rows[:, 0], out=out, mode="clip")
        for table, row in zip(self.tables[1:], rows.T[1:], strict=True):
            out += table.take(row, mode="clip")

    def unpack(self, total: NDArray[np.int64]) -> Counts:
        macs = total >> self.shift
        return Counts(params=total - (macs << self.shift), macs=macs)


def _spread(term: Term, genes: tuple[int, ...], sizes: list[int], shift: int) -> NDArray[np.int64]:
    """Return a term as an array over all genes of its group; negative macs cannot occur, params never carry."""
    shape = [size if gene in term.genes else 1 for gene, size in zip(genes, sizes, strict=True)]
    return np.broadcast_to(((term.macs << shift) + term.params).reshape(shape), sizes)


def _groups(table: CostTable) -> list[tuple[tuple[int, ...], list[Term]]]:
    """Merge terms, in order, while their joint table stays small."""
    groups: list[tuple[tuple[int, ...], list[Term]]] = []
    for term in table.terms:
        if groups:
            genes = tuple(sorted({*groups[-1][0], *term.genes}))
            if math.prod(table.sizes[gene] for gene in genes) <= GROUP:
                groups[-1] = (genes, [*groups[-1][1], term])
                continue
        groups.append((tuple(sorted(term.genes)), [term]))
    return groups


def table(space: SearchSpace, *, input: tuple[int, int] | None = None, joints: int | None = None) -> CostTable:
    """Return the table that counts any population of `space`, exactly as one by one.

    A kind says which genes are coupled (they change what others cost); given these, the others only add. Raises
    NasbenchPoseError where everything is coupled and the space too large to enumerate.

    >>> from nasbench_pose.spaces import find, load
    >>> space = load("efficientpose_large")
    >>> costs = table(space, input=(256, 256), joints=16).count(space.encode([find("efficientpose-b")]))
    >>> costs.params.tolist(), costs.macs.tolist()
    ([3252912], [1394622464])
    """
    counter = _Counter(space, input, joints)
    genes = list(space.genes)
    coupled = space.kind.coupled
    shared = [g for g in genes if len(space.genes[g]) > 1 and (coupled is None or g in coupled)]
    if (networks := math.prod(len(space.genes[g]) for g in shared)) > ENUMERABLE:
        raise NasbenchPoseError(f"{space.name} couples genes into {networks:.2g} combinations; count them one by one.")
    own = [g for g in genes if g not in shared]
    sizes = tuple(len(options) for options in space.genes.values())
    return CostTable(sizes, tuple(_terms(counter, genes, shared, own)))


@dataclass(frozen=True)
class _Counter:
    space: SearchSpace
    input: tuple[int, int] | None
    joints: int | None

    def __call__(self, values: Mapping[str, Value]) -> NDArray[np.int64]:
        genotype = self.space.genotype(values[gene] for gene in self.space.genes)
        cost = count(self.space.graph(genotype, input=self.input, joints=self.joints))
        return np.array([cost.params, cost.macs])


def _terms(counter: _Counter, genes: list[str], shared: list[str], own: list[str]) -> list[Term]:
    """Count a base network for each combination of shared genes, and what each option of each other gene adds to it.

    The base takes the cheapest of each gene's options, so that no entry is negative.
    """
    space = counter.space
    combinations = list(itertools.product(*(space.genes[g] for g in shared)))
    cheapest = _cheapest(counter, own)
    bases = np.empty((len(combinations), 2), dtype=np.int64)
    added = {gene: np.zeros((len(combinations), len(space.genes[gene]), 2), dtype=np.int64) for gene in own}
    for i, combination in enumerate(combinations):
        base = cheapest | dict(zip(shared, combination, strict=True))
        bases[i] = counter(base)
        for gene in own:
            for j, option in enumerate(space.genes[gene]):
                if option != base[gene]:
                    added[gene][i, j] = counter(base | {gene: option}) - bases[i]
    shape = [len(space.genes[g]) for g in shared]
    columns = tuple(genes.index(g) for g in shared)
    terms = [Term((*columns, genes.index(g)), *_split(added[g], [*shape, -1])) for g in own]
    return [Term(columns or (0,), *_split(_constant(bases, space, columns), shape or [-1])), *terms]


def _constant(bases: NDArray[np.int64], space: SearchSpace, columns: tuple[int, ...]) -> NDArray[np.int64]:
    """Give the base a gene to stand with where none is shared: the first, whose options it does not depend on."""
    return bases if columns else np.repeat(bases, len(next(iter(space.genes.values()))), axis=0)


def _split(values: NDArray[np.int64], shape: list[int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return values[..., 0].reshape(shape), values[..., 1].reshape(shape)


def _cheapest(counter: _Counter, own: list[str]) -> dict[str, Value]:
    """Return the option of each own gene with which the first combination of shared genes costs least."""
    values: dict[str, Value] = {g: options[0] for g, options in counter.space.genes.items()}
    chosen = dict(values)
    for gene in own:
        costs = {option: tuple(counter(values | {gene: option})) for option in counter.space.genes[gene]}
        chosen[gene] = min(costs, key=lambda option: costs[option])
    return {gene: chosen[gene] for gene in own}
