"""What genotypes cost as a sum over genes: MACs and parameters exactly, latency from a table of blocks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasbench_pose.cost import table
from nasbench_pose.errors import InvalidFileError, NasbenchPoseError
from nasbench_pose.genotype import Value
from nasbench_pose.latency.table import LatencyTable
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.spaces.decisions import Decision

COUNTED = ("macs", "params")
UNITS: Mapping[str, str] = {"macs": "MACs", "params": "parameters"}
CHECKED = 20
"""Drawn networks of which the sum over genes is compared with the latency table's own sum over blocks."""


@dataclass(frozen=True)
class GeneCosts:
    """Terms whose sum is the cost of a member: the first has the genes that change what others cost."""

    terms: tuple[tuple[tuple[int, ...], NDArray[np.float64]], ...]
    """(columns of the genes, cost of each combination of their options)."""
    unit: str

    def count(self, codes: ArrayLike) -> NDArray[np.float64]:
        """Return the costs of option indices, shape (n, genes), as `SearchSpace.encode` gives them."""
        rows = np.atleast_2d(np.asarray(codes)).astype(np.int64)
        parts = (values[tuple(rows[:, gene] for gene in genes)] for genes, values in self.terms)
        return sum(parts, start=np.zeros(len(rows)))


def gene_costs(space: SearchSpace, what: str, *, input: tuple[int, int], joints: int) -> GeneCosts:
    """Return the costs of a space at an input size: `macs`, `params`, or `latency:FILE` with a latency table, in ms.

    Raises InvalidFileError for another word or a file that is no latency table; NasbenchPoseError for a table of
    another space or size, and for a space in which latencies are no sum over genes.

    >>> from nasbench_pose.spaces import find, load
    >>> space = load("efficientpose_micro")
    >>> costs = gene_costs(space, "macs", input=(64, 64), joints=14)
    >>> costs.count(space.encode([find("micro-smallest")]))
    array([1860608.])
    """
    if what in COUNTED:
        terms = table(space, input=input, joints=joints).terms
        return GeneCosts(tuple((term.genes, getattr(term, what).astype(np.float64)) for term in terms), UNITS[what])
    kind, colon, place = what.partition(":")
    if kind != "latency" or not colon:
        raise InvalidFileError(f"The cost is {what!r}; expected macs, params, or latency:FILE with a latency table.")
    if not Path(place).is_file():
        raise InvalidFileError(f"The latency table {place!r} does not exist; `nasbench-pose latency table` makes one.")
    return latency_costs(space, LatencyTable.load(Path(place)), input=input, joints=joints)


def latency_costs(space: SearchSpace, known: LatencyTable, *, input: tuple[int, int], joints: int) -> GeneCosts:
    """Return the latencies of a space in ms: networks are built for each combination of the coupled genes."""

    def latency(codes: NDArray[np.int64]) -> float:
        values: dict[str, Value] = {
            gene: options[code] for (gene, options), code in zip(space.genes.items(), codes, strict=True)
        }
        return known.predict(space.build(values, input=input, joints=joints))

    names, sizes = list(space.genes), [len(options) for options in space.genes.values()]
    coupled = space.coupled
    shared = tuple(i for i, gene in enumerate(names) if sizes[i] > 1 and (coupled is None or gene in coupled))
    own = [i for i in range(len(names)) if sizes[i] > 1 and i not in shared]
    shape = [sizes[i] for i in shared]
    common, parts = np.zeros(shape), {gene: np.zeros((*shape, sizes[gene])) for gene in own}
    for place in np.ndindex(*shape):
        codes = np.zeros(len(names), dtype=np.int64)
        codes[list(shared)] = place
        common[place] = latency(codes)
        for gene in own:
            for option in range(1, sizes[gene]):
                other = codes.copy()
                other[gene] = option
                parts[gene][(*place, option)] = latency(other) - common[place]
    ordered = [_sorted((*shared, gene), values) for gene, values in parts.items()]
    costs = GeneCosts((_sorted(shared, common), *ordered), "ms")
    drawn = space.sample_codes(CHECKED, np.random.default_rng(0)).astype(np.int64)
    if not np.allclose(costs.count(drawn), [latency(codes) for codes in drawn]):
        raise NasbenchPoseError(
            f"The latencies of {space.name} are no sum over its genes, so that no expectation can be taken; use the "
            "cost macs or params."
        )
    return costs


def _sorted(genes: tuple[int, ...], values: NDArray[np.float64]) -> tuple[tuple[int, ...], NDArray[np.float64]]:
    """Bring the axes of `values`, one for each gene, into the order of the genes."""
    return tuple(sorted(genes)), values.transpose(np.argsort(genes, kind="stable")) if genes else values


def gene_options(space: SearchSpace, decision: Decision) -> list[tuple[str, NDArray[np.int64]]]:
    """Return each gene of a decision, and the number of its option for each option of the decision."""
    number = {gene: {v: i for i, v in enumerate(space.genes[gene])} for gene, _ in decision.options[0].genes}
    return [
        (gene, np.array([numbers[dict(way.genes)[gene]] for way in decision.options], dtype=np.int64))
        for gene, numbers in number.items()
    ]


def codes_of(space: SearchSpace, ways: Sequence[int]) -> tuple[int, ...]:
    """Return the option index of each gene, in the order of the space's genes, from the option of each decision."""
    decided = zip(space.decisions, ways, strict=True)
    genes = dict(gene for decision, way in decided for gene in decision.options[way].genes)
    return tuple(options.index(genes[gene]) for gene, options in space.genes.items())
