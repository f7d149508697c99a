"""Sums of terms for ten million genotypes per second, from fewer and larger tables that fit in the processor's
cache."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nasbench_pose.cost.terms import Term

CHUNK = 8192
"""Genotypes counted at a time: the work arrays of a chunk stay in the processor's cache."""
GROUP = 16_384
"""Largest number of entries of a joint table: a larger table does not fit in the cache."""

Tables = tuple[NDArray[np.int64], ...]


@dataclass(frozen=True)
class GroupedTables:
    """Terms in groups; each group is one table over all of its genes.

    One matrix product gives the rows of a genotype in all tables; integers below 2^24 are exact in float32.
    """

    sizes: tuple[int, ...]
    """Options of each gene."""
    groups: tuple[tuple[tuple[int, ...], tuple[Term, ...]], ...]
    """Genes and terms of each group."""
    radix: NDArray[np.float32]
    """Strides: the increase of the row for an increase of an option index by one, shape (genes, groups)."""

    @classmethod
    def of(cls, sizes: tuple[int, ...], terms: Sequence[Term]) -> GroupedTables:
        """Merge consecutive terms as long as their joint table is small."""
        groups: list[tuple[tuple[int, ...], tuple[Term, ...]]] = []
        for term in terms:
            last, members = groups[-1] if groups else ((), ())
            genes = tuple(sorted({*last, *term.genes}))
            if groups and math.prod(sizes[gene] for gene in genes) <= GROUP:
                groups[-1] = (genes, (*members, term))
            else:
                groups.append((term.genes, (term,)))
        radix = np.zeros((len(sizes), len(groups)), dtype=np.float32)
        for column, (genes, _) in enumerate(groups):
            for place, gene in enumerate(genes):
                radix[gene, column] = math.prod(sizes[other] for other in genes[place + 1 :])
        return cls(sizes, tuple(groups), radix)

    def tables(self, quantity: Callable[[Term], NDArray[np.int64]], fold: np.ufunc) -> Tables:
        """Return one flat table per group: `quantity` of its terms, combined by `fold`."""
        return tuple(
            fold.reduce([self._spread(quantity(term), term, genes) for term in terms]).ravel()
            for genes, terms in self.groups
        )

    def _spread(self, values: NDArray[np.int64], term: Term, genes: tuple[int, ...]) -> NDArray[np.int64]:
        """Return a term's values as an array over all genes of its group."""
        shape = [self.sizes[gene] if gene in term.genes else 1 for gene in genes]
        return np.broadcast_to(values.reshape(shape), [self.sizes[gene] for gene in genes])

    def read(self, codes: NDArray[np.integer], tables: Tables, fold: np.ufunc) -> NDArray[np.int64]:
        """Return the entries of each genotype in all tables, combined by `fold`; indices must be in range."""
        total = np.empty(len(codes), dtype=np.int64)
        for start in range(0, len(codes), CHUNK):
            out = total[start : start + CHUNK]
            rows = (codes[start : start + CHUNK].astype(np.float32) @ self.radix).astype(np.intp)
            np.take(tables[0], rows[:, 0], out=out, mode="clip")
            for table, row in zip(tables[1:], rows.T[1:], strict=True):
                fold(out, table.take(row, mode="clip"), out=out)
        return total
