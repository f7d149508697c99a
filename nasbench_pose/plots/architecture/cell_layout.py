"""Positions of a cell's nodes and operations; all lengths are inches, and y increases downwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from nasbench_pose.plots.architecture.boxes import Point, text_width
from nasbench_pose.plots.architecture.layered import Layered, Node, Pass, layered
from nasbench_pose.plots.architecture.operations import brief
from nasbench_pose.spaces.cell_wiring import Cell

WORD = 7.2
"""Font size, in points."""
RADIUS, END = 0.11, (0.42, 0.26)
"""Radius of a node; width and height of an input and of the output."""
OPERATION, BETWEEN = 0.20, 0.05
"""Height of an operation; distance between the two operations of a node."""
BEND, CLOSE = 0.34, 0.17
"""Distance from nodes to the operations after them, where edges cross; distance from operations to their node."""
AIR, LANE = 0.13, 0.10
"""Distance of two objects in a layer; width of the lane of a long edge through a layer."""
MARGIN = 0.06


class State(NamedTuple):
    """An input (0 and 1), a node with the operations before it, or the output (-1)."""

    number: int


OUTPUT = State(-1)
ENDS = (State(0), State(1), OUTPUT)


class Link(NamedTuple):
    """The edge of this `place` into `node`."""

    node: int
    place: int


@dataclass(frozen=True)
class CellLayout:
    """A cell in layers from left to right: the inputs, the nodes by their depth, the output."""

    cell: Cell
    least: float = 0.0
    """Least width of the operations, so that cells of the same wiring have the same layout."""

    @cached_property
    def links(self) -> dict[Link, tuple[str, int]]:
        """Every edge into a node, with its operation and the state it reads."""
        nodes = enumerate(self.cell.nodes, start=2)
        return {Link(node, place): edge for node, edges in nodes for place, edge in enumerate(edges)}

    @property
    def size(self) -> tuple[float, float]:
        """Width and height."""
        tops = [self._drawing.height[node] + _height(node) / 2 for layer in self._drawing.layers for node in layer]
        return self._left(len(self._drawing.layers) - 1) + END[0] + MARGIN, max(tops) - self._lowest + 2 * MARGIN

    def node(self, state: State) -> Point:
        """Return the middle of a node, an input or the output."""
        left = self._left(self._layers[state])
        return left + (END[0] / 2 if state in ENDS else self.wide + CLOSE + RADIUS), self._y(state)

    def operation(self, link: Link) -> Point:
        """Return the middle of an operation; operations of a node are sorted by the height their edges come from."""
        count = len(self.cell.nodes[link.node - 2])
        rank = self._ranks[link] - (count - 1) / 2
        x = self._left(self._layers[State(link.node)]) + self.wide / 2
        return x, self._y(State(link.node)) + rank * (OPERATION + BETWEEN)

    def passes(self, source: State, target: State) -> list[tuple[Point, Point]]:
        """Return the points at which an edge enters and leaves each layer that it goes through."""
        middle = self._drawing.route((source, target))[1:-1]
        whole = self.wide + CLOSE + 2 * RADIUS
        corners = [(self._left(node.layer), self._y(node)) for node in middle if isinstance(node, Pass)]
        return [((x, y), (x + whole, y)) for x, y in corners]

    @cached_property
    def wide(self) -> float:
        """The width of all operations."""
        return max(self.least, *(width(word) for word, _ in self.links.values()))

    @cached_property
    def _ranks(self) -> dict[Link, int]:
        ranks: dict[Link, int] = {}
        for node in range(2, 2 + len(self.cell.nodes)):
            links = [link for link in self.links if link.node == node]
            links.sort(key=lambda link: self._from(State(self.links[link][1]), State(link.node)))
            ranks |= {link: rank for rank, link in enumerate(links)}
        return ranks

    def _from(self, source: State, target: State) -> float:
        """Return the height from which an edge comes to its target."""
        return self._y(self._drawing.route((source, target))[-2])

    @cached_property
    def _layers(self) -> dict[State, int]:
        depth = {0: 0, 1: 0}
        for number, edges in enumerate(self.cell.nodes, start=2):
            depth[number] = 1 + max(depth[source] for _, source in edges)
        return {**{State(number): level for number, level in depth.items()}, OUTPUT: max(depth.values()) + 1}

    @cached_property
    def _drawing(self) -> Layered:
        edges = [(State(source), State(link.node)) for link, (_, source) in self.links.items()]
        edges += [(State(state), OUTPUT) for state in self.cell.concat]
        distinct: Sequence[tuple[State, State]] = list(dict.fromkeys(edges))
        return layered(self._layers, distinct, lambda a, b: (_height(a) + _height(b)) / 2 + AIR)

    @cached_property
    def _lowest(self) -> float:
        return min(height - _height(node) / 2 for node, height in self._drawing.height.items())

    def _y(self, node: Node) -> float:
        return self._drawing.height[node] - self._lowest + MARGIN

    def _left(self, layer: int) -> float:
        """Return the x at which a layer begins."""
        if not layer:
            return MARGIN
        return MARGIN + END[0] + BEND + (layer - 1) * (self.wide + CLOSE + 2 * RADIUS + BEND)


def width(operation: str) -> float:
    """Return the width that an operation needs."""
    return text_width(brief(operation), WORD, bold=True) + 0.1


def _height(node: Node) -> float:
    if isinstance(node, Pass):
        return LANE - AIR / 2
    return END[1] if node in ENDS else 2 * OPERATION + BETWEEN
