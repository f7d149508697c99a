"""Activation memory of a network while it runs."""

from math import prod

from nasbench_pose.graph import Graph


def alive_elements(graph: Graph) -> list[int]:
    """Return, for each layer, the elements in memory while it runs: its inputs, its output, and tensors that are read
    later.

    Layers run in the order of the graph, and none works in place.

    >>> from nasbench_pose.graph import GraphBuilder
    >>> net = GraphBuilder((3, 8, 8), {})
    >>> x = net.relu("relu", net.conv("conv", "image", 4, kernel=3))
    >>> alive_elements(net.graph())
    [192, 448, 512]
    """
    last_use = {source: i for i, layer in enumerate(graph) for source in layer.inputs}
    alive, elements = 0, []
    for i, layer in enumerate(graph):
        alive += prod(layer.shape)
        elements.append(alive)
        alive -= sum(prod(graph[name].shape) for name in dict.fromkeys(layer.inputs) if last_use[name] == i)
    return elements
