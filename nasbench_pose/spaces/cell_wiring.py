"""The wiring of cells: conversion between genes and cells, and the canonical form of a wiring.

The genes `n3a` and `n3b` are the two edges into node 3 of the normal cell, `r3a` and `r3b` those of the reduction cell.
A value such as `sep_conv_3x3.1` is an operation and the state that it reads. States 0 and 1 are the outputs of the two
cells before; nodes are numbered from 2. `nodes`, a gene or `fixed`, is the number of nodes. `concat`, likewise, says
which nodes are concatenated to the cell's output: `all`, or `loose`, those that no other node reads.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from math import prod

from nasbench_pose.genotype import Value
from nasbench_pose.spaces.kinds import Genes, Template

TYPES = ("n", "r")
"""First letters of the genes of the normal and of the reduction cell."""

EDGE_GENE = re.compile(r"[nr]([2-9])[ab]")

Edge = tuple[str, int]
"""An operation and the state that it reads."""
Node = tuple[Edge, Edge]


@dataclass(frozen=True, slots=True)
class Cell:
    """A wiring: the edges into each node, and the states that are concatenated to the output.

    >>> Cell(((("skip_connect", 0), ("skip_connect", 1)), (("sep_conv_3x3", 0), ("skip_connect", 2))), (2, 3)).loose
    (3,)
    """

    nodes: tuple[Node, ...]
    """The edges into node 2, 3, …"""
    concat: tuple[int, ...]
    """Numbers of the states in the output."""

    @property
    def all(self) -> tuple[int, ...]:
        """The numbers of all nodes."""
        return tuple(range(2, 2 + len(self.nodes)))

    @property
    def loose(self) -> tuple[int, ...]:
        """The nodes that no other node reads."""
        read = {state for node in self.nodes for _, state in node}
        return tuple(node for node in self.all if node not in read)


@lru_cache
def slots(kind: str, node: int) -> tuple[str, str]:
    """Return the names of the two genes of a node.

    >>> slots("n", 3)
    ('n3a', 'n3b')
    """
    return f"{kind}{node}a", f"{kind}{node}b"


@lru_cache(maxsize=4096)
def edge(value: Value) -> Edge:
    """Return the operation and the state of a gene's value.

    >>> edge("sep_conv_3x3.1")
    ('sep_conv_3x3', 1)
    """
    operation, _, state = str(value).rpartition(".")
    return operation, int(state)


def cells_of(space: Template, genes: Genes) -> tuple[Cell, Cell]:
    """Return the normal and the reduction cell of these values, with nodes and edges in their order.

    >>> from nasbench_pose.spaces import find, load
    >>> normal, _ = cells_of(load("darts_pose"), dict(find("darts_pose/darts-v2").genes))
    >>> normal.nodes[0], normal.concat
    ((('sep_conv_3x3', 0), ('sep_conv_3x3', 1)), (2, 3, 4, 5))
    """
    concat = str(genes["concat"] if "concat" in genes else space.fixed["concat"])
    normal, reduction = (concatenated(Cell(nodes, ()), concat) for nodes in _wired(space, genes))
    return normal, reduction


def _wired(space: Template, genes: Genes) -> Iterator[tuple[Node, ...]]:
    """Yield the nodes of the normal and of the reduction cell."""
    last = 2 + int(genes["nodes"] if "nodes" in genes else space.fixed["nodes"])
    for kind in TYPES:
        pairs = [slots(kind, node) for node in range(2, last)]
        yield tuple([(edge(genes[first]), edge(genes[second])) for first, second in pairs])


def concatenated(cell: Cell, concat: str) -> Cell:
    """Return the cell with the output that `concat` names: `all` nodes or the `loose` ones."""
    return Cell(cell.nodes, cell.all if concat == "all" else cell.loose)


def genes_of(kind: str, nodes: Sequence[Node]) -> dict[str, Value]:
    """Return the genes of a cell of this kind with these nodes.

    >>> genes_of("r", [(("skip_connect", 1), ("max_pool_3x3", 0))])
    {'r2a': 'skip_connect.1', 'r2b': 'max_pool_3x3.0'}
    """
    genes: dict[str, Value] = {}
    for number, ((one, its_state), (other, other_state)) in enumerate(nodes, start=2):
        first, second = slots(kind, number)
        genes[first], genes[second] = f"{one}.{its_state}", f"{other}.{other_state}"
    return genes


def orders(nodes: Sequence[Node]) -> Iterator[tuple[int, ...]]:
    """Yield every order of the nodes in which each comes after the nodes it reads, as numbers from 2.

    >>> reads_both, reads_2 = (("skip_connect", 0), ("skip_connect", 1)), (("skip_connect", 0), ("skip_connect", 2))
    >>> list(orders([reads_both, reads_2, reads_both]))
    [(2, 3, 4), (2, 4, 3), (4, 2, 3)]
    """

    def further(placed: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if len(placed) == len(nodes):
            yield placed
        for number in _ready(nodes, placed):
            yield from further((*placed, number))

    return further(())


def reordered(nodes: Sequence[Node], order: Sequence[int]) -> tuple[Node, ...]:
    """Return the nodes in another order, numbered anew, with the two edges of each sorted by the state they read.

    >>> reordered([(("skip_connect", 1), ("skip_connect", 0)), (("sep_conv_3x3", 0), ("skip_connect", 1))], [3, 2])
    ((('sep_conv_3x3', 0), ('skip_connect', 1)), (('skip_connect', 0), ('skip_connect', 1)))
    """
    new = {0: 0, 1: 1} | {old: number for number, old in enumerate(order, start=2)}
    return tuple(_sorted_edges(*((operation, new[state]) for operation, state in nodes[old - 2])) for old in order)


def _sorted_edges(one: Edge, other: Edge) -> Node:
    return (one, other) if (one[1], one[0]) <= (other[1], other[0]) else (other, one)


def in_canonical_order(nodes: Sequence[Node]) -> list[Node]:
    """Return the nodes in their canonical order, numbered anew, with the edges of each sorted by the state they read.

    It is the first of all `orders` by what node 2 reads, then node 3, …: by states, then by operations.

    >>> reads_1, reads_0 = (("skip_connect", 1), ("skip_connect", 1)), (("skip_connect", 0), ("skip_connect", 1))
    >>> in_canonical_order([reads_1, reads_0])
    [(('skip_connect', 0), ('skip_connect', 1)), (('skip_connect', 1), ('skip_connect', 1))]
    """
    # Every draw, mutant and parsed text passes here, so it takes few steps: 6 µs for a cell of four nodes.
    numberings = [{0: 0, 1: 1}]  # old -> new number, of each of the beginnings that are equally good
    canonical: list[Node] = []
    for number in range(2, len(nodes) + 2):
        least, best = _BEYOND, list[dict[int, int]]()
        for numbering in numberings:
            for old, ((first, one), (second, other)) in enumerate(nodes, start=2):
                if old in numbering or one not in numbering or other not in numbering:
                    continue
                low, high = (numbering[one], first), (numbering[other], second)
                read = (low, high) if low <= high else (high, low)
                if read < least:
                    least, best = read, [{**numbering, old: number}]
                elif read == least:
                    best.append({**numbering, old: number})
        (low, high), numberings = least, best
        canonical.append(((low[1], low[0]), (high[1], high[0])))
    return canonical


_BEYOND = ((1 << 62, ""), (0, ""))
"""More than what any node reads."""


def _ready(nodes: Sequence[Node], placed: Sequence[int]) -> Iterator[int]:
    """Yield the nodes that can come next: those not placed yet whose inputs are all placed."""
    for number, node in enumerate(nodes, start=2):
        if number not in placed and all(state < 2 or state in placed for _, state in node):
            yield number


def canonical(space: Template, genes: Genes) -> Genes:
    """Return `genes` with edges and nodes in canonical order, and without the genes of absent nodes.

    Nodes in another order permute the channels of the cell's output, which the next layer's weights undo.
    """
    spelt = {gene: value for gene, value in genes.items() if not _is_edge_gene(gene)}
    cells = list(_wired(space, genes))
    for kind, nodes in zip(TYPES, cells, strict=True):
        spelt |= genes_of(kind, in_canonical_order(nodes))
    if "all" in space.genes.get("concat", ()) and all(map(_all_loose, cells)):
        spelt["concat"] = "all"
    return spelt


def _all_loose(nodes: Sequence[Node]) -> bool:
    """Return whether no node reads another one."""
    return all([one < 2 and other < 2 for (_, one), (_, other) in nodes])


@cache
def _is_edge_gene(gene: str) -> bool:
    return EDGE_GENE.fullmatch(gene) is not None


def spellings(space: Template, genes: Genes) -> int:
    """Return the number of full assignments that are the same network: its orders times all values of unused genes."""
    cells, used = cells_of(space, genes), canonical(space, genes)
    unused = prod(len(options) for gene, options in space.genes.items() if gene not in used)
    concats = len(space.genes.get("concat", ())) if all(_all_loose(cell.nodes) for cell in cells) else 1
    return unused * max(concats, 1) * prod(_spellings(cell.nodes) for cell in cells)


def _spellings(nodes: Sequence[Node]) -> int:
    different = {reordered(nodes, order) for order in orders(nodes)}
    return len(different) * prod(len(set(node)) for node in nodes)
