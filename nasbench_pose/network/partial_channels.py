"""Partial channels: the options of a choice compute a K-th of the channels, and the other channels bypass them.

PC-DARTS (Xu et al., arXiv 1907.05737) uses less memory, so batches can be larger, and is less biased towards operations
without weights. The channels are shuffled after the choice, so that the next choice computes other channels.
"""

from dataclasses import dataclass, replace

from nasbench_pose.graph import Graph, Layer
from nasbench_pose.graph.operations import (
    ChannelShuffle,
    Choice,
    Concat,
    Conv,
    Mask,
    MaxPool,
    Operation,
    Slice,
)


@dataclass(frozen=True)
class Region:
    """The layers of the options of a choice."""

    source: str | None
    """The only layer outside that they read, directly or through each other; None if there are several."""
    layers: tuple[str, ...]


def region_of(graph: Graph, choice: Layer) -> Region:
    """Return the layers between a choice and the last common ancestor of all of its options.

    >>> from nasbench_pose.spaces import load
    >>> graph = load("efficientpose_micro").open_graph()
    >>> region = region_of(graph, graph["blocks.stages.x2"])
    >>> region.source, len(region.layers)
    ('blocks.stages.x1.mask', 21)
    """
    number = {layer.name: i for i, layer in enumerate(graph)}
    before = [_ancestors(graph, name) for name in choice.inputs]
    common = set.intersection(*before)
    source = max(common, key=lambda name: number[name])
    inside = {name for seen in before for name in seen if number[name] > number[source]}
    whole = all(read == source or read in inside for name in inside for read in graph[name].inputs)
    ordered = tuple(sorted(inside, key=lambda name: number[name]))
    return Region(source if whole and len(choice.inputs) > 1 else None, ordered)


def _ancestors(graph: Graph, name: str) -> set[str]:
    found, waiting = {name}, [name]
    while waiting:
        fresh = [source for source in graph[waiting.pop()].inputs if source not in found]
        found.update(fresh)
        waiting += fresh
    return found


def with_partial_channels(graph: Graph, k: int) -> Graph:
    """Return the open graph in which the options of every suitable choice compute a K-th of the channels.

    A choice is suitable if its options read only one layer, its output has the width of this layer, K divides all
    widths, and the size of the map stays or is halved. The bypass of a halved map is a 2×2 max pooling, as in PC-DARTS.

    >>> from nasbench_pose.spaces import load
    >>> cells = load("darts_micro").open_graph()
    >>> len(with_partial_channels(cells, 4)) - len(cells) > 0, with_partial_channels(cells, 1) is cells
    (True, True)
    """
    if k == 1:
        return graph
    regions = {layer.name: region_of(graph, layer) for layer in graph if isinstance(layer.operation, Choice)}
    narrowed = {name: region for name, region in regions.items() if _allows(graph, graph[name], region, k)}
    owner = {inside: name for name, region in narrowed.items() for inside in region.layers}
    made: dict[str, Layer] = {}
    renamed: dict[str, str] = {}

    def add(like: Layer, name: str, operation: Operation, *inputs: str) -> str:
        shape = operation.shape(*(made[source].shape for source in inputs)) if inputs else like.shape
        made[name] = Layer(name, operation, inputs, shape, like.block)
        return name

    for layer in graph:
        choice = layer.name if layer.name in narrowed else owner.get(layer.name)
        if choice is None:
            add(layer, layer.name, layer.operation, *(renamed.get(source, source) for source in layer.inputs))
            continue
        outside = str(narrowed[choice].source)
        source, width = renamed.get(outside, outside), graph[outside].shape[0]
        seen, rest = f"{choice}.seen", f"{choice}.rest"
        if seen not in made:
            add(layer, seen, Slice(0, width // k), source)
            add(layer, rest, Slice(width // k, width), source)
        inputs = (seen if read == outside else read for read in layer.inputs)
        add(layer, layer.name, _narrow(layer.operation, graph, layer, k), *inputs)
        if layer.name == choice:
            if graph[outside].shape[1:] != layer.shape[1:]:
                rest = add(layer, f"{choice}.pooled", MaxPool(2, 2, 0), rest)
            joined = add(layer, f"{choice}.joined", Concat(), choice, rest)
            renamed[choice] = add(layer, f"{choice}.shuffled", ChannelShuffle(k), joined)
    return Graph(tuple(made.values()))


def _allows(graph: Graph, choice: Layer, region: Region, k: int) -> bool:
    if region.source is None:
        return False
    source = graph[region.source].shape
    widths = [graph[name].shape[0] for name in region.layers]
    sizes = [(2 * side, side) for side in choice.shape[1:]]
    halved = all(before == twice for before, (twice, _) in zip(source[1:], sizes, strict=True))
    private = all(
        reader.name in region.layers or reader.name == choice.name
        for reader in graph
        for read in reader.inputs
        if read in region.layers
    )
    fits = source[0] == choice.shape[0] and not any(width % k for width in (source[0], *widths))
    return private and fits and (source[1:] == choice.shape[1:] or halved)


def _narrow(operation: Operation, graph: Graph, layer: Layer, k: int) -> Operation:
    """Return the operation on a K-th of the channels."""
    if isinstance(operation, Conv):
        depthwise = operation.groups > 1 and operation.groups == graph[layer.inputs[0]].shape[0]
        return replace(
            operation,
            channels=operation.channels // k,
            groups=operation.groups // k if depthwise else operation.groups,
        )
    if isinstance(operation, Mask):
        return replace(operation, channels=tuple(max(1, width // k) for width in operation.channels))
    if isinstance(operation, Slice):
        return Slice(operation.start // k, operation.stop // k)
    return operation
