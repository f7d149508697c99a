"""Exact costs of whole populations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasbench_pose.cost.grouped_tables import CHUNK, GroupedTables, Tables
from nasbench_pose.cost.memory import alive_elements
from nasbench_pose.cost.terms import Term, terms_of
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.spaces import SearchSpace

WORD = 63
"""Bits of an int64, without the sign."""


@dataclass(frozen=True)
class Counts:
    """Exact costs of a population, one entry per genotype."""

    params: NDArray[np.int64]
    """Learnable numbers."""
    macs: NDArray[np.int64]
    """Multiply-accumulates of one forward pass on one image."""


@dataclass(frozen=True)
class Memory:
    """Activation memory of a population, one entry per genotype."""

    activations: NDArray[np.int64]
    """Output elements of all convolutions."""
    peak_elements: NDArray[np.int64]
    """Largest number of activation elements alive at once."""


@dataclass(frozen=True)
class CostTable:
    """The cost of every member of a space as a sum of terms; the peak of memory is their maximum."""

    sizes: tuple[int, ...]
    """Options of each gene."""
    terms: tuple[Term, ...]
    """First the term that depends only on the shared genes, then a term for each other gene with a choice."""
    peaks: Callable[[NDArray[np.uint8]], NDArray[np.int64]] | None = None
    """Option indices -> peaks, genotype by genotype, for kinds whose peak is not a maximum over blocks."""

    @property
    def shared(self) -> tuple[int, ...]:
        """Columns of the genes that change the cost of other genes."""
        return self.terms[0].genes

    @property
    def own(self) -> tuple[int, ...]:
        """Columns of the other genes with a choice; for fixed shared genes, a term depends on one of them."""
        return tuple(gene for term in self.terms[1:] for gene in term.genes if gene not in self.shared)

    def count(self, genes: ArrayLike) -> Counts:
        """Return the exact costs of option indices, shape (n, genes), from `SearchSpace.encode`.

        Raises InvalidFileError for a wrong number of columns or an index out of range.
        """
        codes, packed = self._checked(genes), self._packed
        total = self._grouped.read(codes, packed.tables, np.add)
        if not packed.shift:
            return Counts(self._grouped.read(codes, packed.params, np.add), total)
        macs = total >> packed.shift
        return Counts(params=total - (macs << packed.shift), macs=macs)

    def memory(self, genes: ArrayLike) -> Memory:
        """Return activations and peak of option indices, shape (n, genes); `count` is faster.

        The peak of a cell-based network depends on the wiring, so it is computed for each genotype, in milliseconds.
        """
        codes, grouped = self._checked(genes), self._grouped
        activations, peaks = self._memory_tables
        peak = grouped.read(codes, peaks, np.maximum) if self.peaks is None else self.peaks(codes)
        return Memory(grouped.read(codes, activations, np.add), peak)

    def _checked(self, genes: ArrayLike) -> NDArray[np.uint8]:
        codes = np.asarray(genes)
        if codes.ndim != 2 or codes.shape[1] != len(self.sizes):
            raise InvalidFileError(f"Encoded genotypes of shape {codes.shape}; expected (n, {len(self.sizes)}).")
        if not np.issubdtype(codes.dtype, np.integer):
            raise InvalidFileError(f"Encoded genotypes of type {codes.dtype}; expected whole numbers (option indices).")
        return self._as_bytes(codes)

    def _as_bytes(self, codes: NDArray[np.integer]) -> NDArray[np.uint8]:
        """Return the indices as bytes; raise if one is out of range. Wide integers are read from memory only once."""
        unsigned = np.dtype(f"u{codes.dtype.itemsize}")  # as an unsigned integer, a negative index is out of range, too
        sizes = np.array(self.sizes, dtype=unsigned)
        narrow = codes.view(np.uint8) if unsigned.itemsize == 1 else np.empty(codes.shape, dtype=np.uint8)
        for start in range(0, len(codes), CHUNK):
            chunk = codes[start : start + CHUNK].view(unsigned)
            if (chunk >= sizes).any():
                raise InvalidFileError(f"An option index is out of range; the genes have {list(self.sizes)} options.")
            if unsigned.itemsize > 1:
                narrow[start : start + CHUNK] = chunk
        return narrow

    @cached_property
    def _grouped(self) -> GroupedTables:
        return GroupedTables.of(self.sizes, self.terms)

    @cached_property
    def _packed(self) -> _Packed:
        return _Packed.of(self._grouped, self.terms)

    @cached_property
    def _memory_tables(self) -> tuple[Tables, Tables]:
        tables = self._grouped.tables
        return tables(lambda term: term.activations, np.add), tables(lambda term: term.peak_elements, np.maximum)


@dataclass(frozen=True)
class _Packed:
    """Tables of macs and params packed into one integer if 63 bits suffice; otherwise two sets of tables."""

    tables: Tables
    params: Tables
    shift: int
    """Bits of the params; 0 if both do not fit."""

    @classmethod
    def of(cls, grouped: GroupedTables, terms: tuple[Term, ...]) -> _Packed:
        params = sum(int(term.params.max()) for term in terms).bit_length()
        macs = sum(int(term.macs.max()) for term in terms).bit_length()
        shift = params if params + macs <= WORD else 0
        if not shift:
            return cls(
                grouped.tables(lambda term: term.macs, np.add), grouped.tables(lambda term: term.params, np.add), 0
            )
        return cls(grouped.tables(lambda term: (term.macs << shift) + term.params, np.add), (), shift)


def table(space: SearchSpace, *, input: tuple[int, int] | None = None, joints: int | None = None) -> CostTable:
    """Return the table that counts any population of `space`, with the same exact results as `count`.

    A kind names its coupled genes, which change the cost of other genes; for fixed coupled genes, the costs of the
    others add up. Raises NasbenchPoseError if all genes are coupled and the space is too large to enumerate.

    >>> from nasbench_pose.spaces import find, load
    >>> space = load("efficientpose_large")
    >>> costs, codes = table(space, input=(256, 256), joints=16), space.encode([find("efficientpose-b")])
    >>> costs.count(codes).params.tolist(), costs.count(codes).macs.tolist()
    ([3252912], [1394622464])
    >>> costs.memory(codes).peak_elements.tolist()
    [4718592]
    """
    sizes = tuple(len(options) for options in space.genes.values())
    terms = terms_of(space, input, joints)
    if space.kind.peak_by_block:
        return CostTable(sizes, terms)
    return CostTable(sizes, terms, lambda codes: _peaks(space, codes, input, joints))


def _peaks(
    space: SearchSpace, codes: NDArray[np.uint8], input: tuple[int, int] | None, joints: int | None
) -> NDArray[np.int64]:
    graphs = (space.graph(genotype, input=input, joints=joints) for genotype in space.decode(codes))
    return np.array([max(alive_elements(graph)) for graph in graphs], dtype=np.int64)
