"""Layered graph drawing after Sugiyama, Tagawa & Toda (1981): few crossings, straight long edges."""

import itertools
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nasbench_pose.plots.spacing import with_gaps

Node = Hashable
Edge = tuple[Node, Node]
SWEEPS = 12


@dataclass(frozen=True, slots=True)
class Pass:
    """The point at which a long edge goes through a layer between its ends."""

    edge: Edge
    layer: int


@dataclass(frozen=True)
class Layered:
    """Nodes and passes of long edges in layers, each from top to bottom, and their heights."""

    layers: tuple[tuple[Node, ...], ...]
    height: Mapping[Node, float]

    def route(self, edge: Edge) -> list[Node]:
        """Return the passes of an edge, with its two ends."""
        passes = [node for layer in self.layers for node in layer if isinstance(node, Pass) and node.edge == edge]
        return [edge[0], *passes, edge[1]]


def layered(layer_of: Mapping[Any, int], edges: Sequence[Edge], gap: Callable[[Node, Node], float]) -> Layered:
    """Return the drawing of a graph; `layer_of` says the layer of each node, and every edge leads to a later layer.

    `gap` returns the minimum distance of two neighbours in a layer, from middle to middle. The algorithm is
    deterministic.
    """
    layers, links = _with_passes(layer_of, edges)
    best = min(_orders(layers, links), key=lambda order: crossings(order, links))
    best = _swap_neighbours(best, links)
    return Layered(tuple(map(tuple, best)), _heights(best, links, gap))


def _with_passes(layer_of: Mapping[Any, int], edges: Sequence[Edge]) -> tuple[list[list[Node]], list[Edge]]:
    """Return the layers with the passes added, and the edges cut into links between neighbouring layers."""
    layers: list[list[Node]] = [[] for _ in range(max(layer_of.values()) + 1)]
    for node, layer in layer_of.items():
        layers[layer].append(node)
    links: list[Edge] = []
    for edge in edges:
        between = [Pass(edge, layer) for layer in range(layer_of[edge[0]] + 1, layer_of[edge[1]])]
        for each in between:
            layers[each.layer].append(each)
        links += itertools.pairwise([edge[0], *between, edge[1]])
    return layers, links


def crossings(layers: Sequence[Sequence[Node]], links: Sequence[Edge]) -> int:
    """Return the number of pairs of links that cross.

    >>> crossings([["a", "b"], ["x", "y"]], [("a", "y"), ("b", "x"), ("b", "y")])
    1
    """
    at = {node: (number, place) for number, layer in enumerate(layers) for place, node in enumerate(layer)}
    spans = [(at[a], at[b]) for a, b in links]
    return sum(
        a[0] == b[0] and (a[1] - b[1]) * (x[1] - y[1]) < 0 for (a, x), (b, y) in itertools.combinations(spans, 2)
    )


def _orders(layers: list[list[Node]], links: Sequence[Edge]) -> Iterator[list[list[Node]]]:
    """Yield better and better orders: sweeps in both directions sort each layer by the mean place of its neighbours."""
    ahead, back = _neighbours(links)
    for start in (layers, [layer[::-1] for layer in layers]):
        order = [list(layer) for layer in start]
        for sweep in range(SWEEPS):
            forth = sweep % 2 == 0
            for number in range(1, len(order)) if forth else range(len(order) - 2, -1, -1):
                places = {node: i for i, node in enumerate(order[number - 1 if forth else number + 1])}
                near = back if forth else ahead
                order[number] = _sorted(order[number], near, places)
            yield [list(layer) for layer in order]


def _sorted(layer: list[Node], near: Mapping[Node, list[Node]], places: Mapping[Node, int]) -> list[Node]:
    def mean(item: tuple[int, Node]) -> float:
        found = [places[other] for other in near.get(item[1], []) if other in places]
        return sum(found) / len(found) if found else float(item[0])

    return [node for _, node in sorted(enumerate(layer), key=mean)]


def _swap_neighbours(order: list[list[Node]], links: Sequence[Edge]) -> list[list[Node]]:
    """Swap neighbours in a layer as long as that removes crossings."""
    fewest = crossings(order, links)
    better = True
    while better:
        better = False
        for layer in order:
            for i in range(len(layer) - 1):
                layer[i], layer[i + 1] = layer[i + 1], layer[i]
                if (now := crossings(order, links)) < fewest:
                    fewest, better = now, True
                else:
                    layer[i], layer[i + 1] = layer[i + 1], layer[i]
    return order


def _heights(order: list[list[Node]], links: Sequence[Edge], gap: Callable[[Node, Node], float]) -> dict[Node, float]:
    """Return heights near the mean of all neighbours; long edges weigh most, so that they are straight."""
    ahead, back = _neighbours(links)
    height = {node: float(place) for layer in order for place, node in enumerate(layer)}
    near = {node: (*ahead.get(node, ()), *back.get(node, ())) for node in height}
    pulls = {node: [_pull(node, other) for other in others] for node, others in near.items()}
    weights = [[sum(pulls[node]) or 0.1 for node in layer] for layer in order]
    gaps = [[gap(a, b) for a, b in itertools.pairwise(layer)] for layer in order]
    for sweep in range(4 * SWEEPS):
        for number in range(len(order)) if sweep % 2 == 0 else reversed(range(len(order))):
            wanted = [_wanted(height, node, near[node], pulls[node]) for node in order[number]]
            found = with_gaps(wanted, gaps[number], weights[number])
            height.update(zip(order[number], found.tolist(), strict=True))
    lowest = min(height.values())
    return {node: value - lowest for node, value in height.items()}


def _pull(node: Node, other: Node) -> float:
    """Return how much a node wants the height of a neighbour."""
    return 4.0 ** (isinstance(node, Pass) + isinstance(other, Pass))


def _wanted(height: Mapping[Node, float], node: Node, near: Sequence[Node], pulls: Sequence[float]) -> float:
    """Return the height that a node should have: the mean of its neighbours', or its own without any."""
    if not near:
        return height[node]
    return sum([pull * height[other] for pull, other in zip(pulls, near, strict=True)]) / sum(pulls)


def _neighbours(links: Sequence[Edge]) -> tuple[dict[Node, list[Node]], dict[Node, list[Node]]]:
    ahead: dict[Node, list[Node]] = {}
    back: dict[Node, list[Node]] = {}
    for a, b in links:
        ahead.setdefault(a, []).append(b)
        back.setdefault(b, []).append(a)
    return ahead, back
