"""The wiring of cells: conversion between genes and cells, and the canonical form of a wiring.

The genes `n3a` and `n3b` are the two edges into node 3 of the normal cell, `r3a` and `r3b` those of the reduction cell.
A value such as `sep_conv_3x3.1` is an operation and the state that it reads. States 0 and 1 are the outputs of the two
cells before; nodes are numbered from 2. `nodes`, a gene or `fixed`, is the number of nodes. `concat`, likewise, says
which nodes are concatenated to the cell's output: `all`, or `loose`, those that no other node reads.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from nasbench_pose.genotype import Value
from nasbench_pose.spaces.kinds import Genes, Template

TYPES = ("n", "r")
"""First letters of the genes of the normal and of the reduction cell."""

EDGE_GENE = re.compile(r"[nr]([2-9])[ab]")

Edge = tuple[str, int]
"""An operation and the state that it reads."""
Node = tuple[Edge, ...]


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


def slots(kind: str, node: int) -> tuple[str, str]:
    """Return the names of the two genes of a node.

    >>> slots("n", 3)
    ('n3a', 'n3b')
    """
    return f"{kind}{node}a", f"{kind}{node}b"


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
    value: Mapping[str, Any] = {**space.fixed, **genes}
    numbers = range(2, 2 + value["nodes"])
    wired = (tuple(tuple(edge(value[slot]) for slot in slots(kind, node)) for node in numbers) for kind in TYPES)
    normal, reduce = (Cell(nodes, ()) for nodes in wired)
    return concatenated(normal, value["concat"]), concatenated(reduce, value["concat"])


def concatenated(cell: Cell, concat: str) -> Cell:
    """Return the cell with the output that `concat` names: `all` nodes or the `loose` ones."""
    return Cell(cell.nodes, cell.all if concat == "all" else cell.loose)


def genes_of(kind: str, nodes: Sequence[Node]) -> dict[str, Value]:
    """Return the genes of a cell of this kind with these nodes.

    >>> genes_of("r", [(("skip_connect", 1), ("max_pool_3x3", 0))])
    {'r2a': 'skip_connect.1', 'r2b': 'max_pool_3x3.0'}
    """
    return {
        slot: f"{operation}.{state}"
        for number, node in enumerate(nodes, start=2)
        for slot, (operation, state) in zip(slots(kind, number), node, strict=True)
    }


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
    return tuple(_renumbered(nodes[number - 2], order) for number in order)


def _renumbered(node: Node, order: Sequence[int]) -> Node:
    states = [state if state < 2 else 2 + order.index(state) for _, state in node]
    return tuple(sorted(((operation, new) for (operation, _), new in zip(node, states, strict=True)), key=_by_state))


def _by_state(edge: Edge) -> tuple[int, str]:
    return edge[1], edge[0]


def canonical_order(nodes: Sequence[Node]) -> tuple[int, ...]:
    """Return the canonical order of the nodes: the lexicographically first by the edges of node 2, then node 3, …

    >>> reads_1, reads_0 = (("skip_connect", 1), ("skip_connect", 1)), (("skip_connect", 0), ("skip_connect", 1))
    >>> canonical_order([reads_1, reads_0])
    (3, 2)
    """
    best: list[tuple[int, ...]] = [()]
    for _ in nodes:
        longer = [(*order, number) for order in best for number in _ready(nodes, order)]
        reads = [list(map(_by_state, _renumbered(nodes[order[-1] - 2], order))) for order in longer]
        best = [order for order, read in zip(longer, reads, strict=True) if read == min(reads)]
    return best[0]


def _ready(nodes: Sequence[Node], placed: Sequence[int]) -> Iterator[int]:
    """Yield the nodes that can come next: those not placed yet whose inputs are all placed."""
    for number, node in enumerate(nodes, start=2):
        if number not in placed and all(state < 2 or state in placed for _, state in node):
            yield number


def canonical(space: Template, genes: Genes) -> Genes:
    """Return `genes` with edges and nodes in canonical order, and without the genes of absent nodes.

    Nodes in another order permute the channels of the cell's output, which the next layer's weights undo.
    """
    spelt = {gene: value for gene, value in genes.items() if not EDGE_GENE.fullmatch(gene)}
    cells = cells_of(space, genes)
    for kind, cell in zip(TYPES, cells, strict=True):
        spelt |= genes_of(kind, reordered(cell.nodes, canonical_order(cell.nodes)))
    if "all" in space.genes.get("concat", ()) and all(cell.loose == cell.all for cell in cells):
        spelt["concat"] = "all"
    return spelt


def spellings(space: Template, genes: Genes) -> int:
    """Return the number of full assignments that are the same network: its orders times all values of unused genes."""
    cells, used = cells_of(space, genes), canonical(space, genes)
    unused = prod(len(options) for gene, options in space.genes.items() if gene not in used)
    concats = len(space.genes.get("concat", ())) if all(cell.loose == cell.all for cell in cells) else 1
    return unused * max(concats, 1) * prod(_spellings(cell.nodes) for cell in cells)


def _spellings(nodes: Sequence[Node]) -> int:
    different = {reordered(nodes, order) for order in orders(nodes)}
    return len(different) * prod(len(set(node)) for node in nodes)
