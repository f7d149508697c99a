"""A genotype in canonical form is the same function: equal outputs, once the weights are carried over."""

from collections import Counter
from collections.abc import Iterator

import networkx as nx
import numpy as np
import pytest
import torch
from networkx.algorithms.isomorphism import DiGraphMatcher
from torch import Tensor

from nasbench_pose.graph import Graph, Layer
from nasbench_pose.graph.operations import BatchNorm, Concat, Conv, ConvTranspose, Identity, Linear
from nasbench_pose.network import Network
from nasbench_pose.spaces import SearchSpace, load, names
from nasbench_pose.spaces.kinds import as_given

COUNTED = ("hrnet", "hrnet_heads")
"""Branches whose modules are counted: every spelling is another network."""
SPELT = [name for name in names() if load(name).kind.canonical is not as_given and name not in COUNTED]
SMALL = {"darts_pose": (64, 64), "nasnet_pose": (64, 64), "darts_imagenet": (64, 64)}
"""Inputs on which the big ones run fast; the others run on their own."""
BIG = ("darts_cifar", "darts_imagenet", "darts_pose", "nasnet_pose")


def wired(graph: Graph) -> "nx.DiGraph[str]":
    """Return the layers that the output needs, but for identities, and how often each reads another."""
    drawn: nx.DiGraph[str] = nx.DiGraph()
    needed = [graph.output.name]
    for name in needed:
        layer = graph[name]
        drawn.add_node(name, operation=layer.operation, shape=layer.shape)
        sources = [behind(graph, source) for source in layer.inputs]
        in_order = isinstance(layer.operation, Concat) and layer.operation.wide
        for source, times in Counter(sources).items():
            drawn.add_edge(source, name, times=times, place=sources.index(source) if in_order else None)
            if source not in drawn.nodes or "operation" not in drawn.nodes[source]:
                needed.append(source)
    return drawn


def behind(graph: Graph, name: str) -> str:
    """Return the layer itself, or what an identity reads."""
    return behind(graph, graph[name].inputs[0]) if isinstance(graph[name].operation, Identity) else name


def same_place(first: Graph, second: Graph) -> dict[str, str]:
    """Return layer of `second` -> layer of `first` that does the same; fail if there is no such match."""
    matcher = DiGraphMatcher(
        wired(second), wired(first), node_match=lambda a, b: a == b, edge_match=lambda a, b: a == b
    )
    assert matcher.is_isomorphic(), "two networks, not one"
    return dict(matcher.mapping)


def carried(first: Network, second: Network) -> Network:
    """Return `second` with the weights of `first`, in the order in which its layers find their channels."""
    place = same_place(first.graph, second.graph)
    weights = first.state_dict()
    moved = dict(second.state_dict())
    for layer in second.graph.layers[1:]:
        if layer.name in place:
            order = channels(first.graph, second.graph, place, layer.inputs[0])
            for key in [key for key in moved if key.rpartition(".")[0] == layer.name]:
                value = weights[place[layer.name] + key[len(layer.name) :]]
                moved[key] = ordered(layer, value, order)
    second.load_state_dict(moved)
    return second


def ordered(layer: Layer, value: Tensor, order: Tensor) -> Tensor:
    if isinstance(layer.operation, Conv) and value.ndim == 4:
        return value[:, order] if layer.operation.groups == 1 else value[order]
    if isinstance(layer.operation, ConvTranspose) and value.ndim == 4:
        return value[order]
    if isinstance(layer.operation, Linear) and value.ndim == 2 and value.shape[1] == len(order):
        return value[:, order]
    return value[order] if isinstance(layer.operation, BatchNorm) and value.ndim else value


def channels(first: Graph, second: Graph, place: dict[str, str], name: str) -> Tensor:
    """Return, for each channel of a layer of `second`, the channel of `first` that it is."""
    layer = second[behind(second, name)]
    mixes = isinstance(layer.operation, Conv | ConvTranspose | Linear) and getattr(layer.operation, "groups", 1) == 1
    if mixes or not layer.inputs:
        return torch.arange(layer.shape[0])
    if not isinstance(layer.operation, Concat):
        return channels(first, second, place, layer.inputs[0])
    read = [behind(first, source) for source in first[place[layer.name]].inputs]
    starts = dict(zip(read, sizes(first, first[place[layer.name]]), strict=True))
    sources = [(source, behind(second, source)) for source in layer.inputs]
    parts = [channels(first, second, place, source) + starts[place[found]] for source, found in sources]
    return torch.cat(parts)


def sizes(graph: Graph, concat: Layer) -> Iterator[int]:
    start = 0
    for source in concat.inputs:
        yield start
        start += graph[source].shape[0]


@pytest.mark.parametrize("name", [name for name in SPELT if name not in BIG])
def test_the_canonical_form_is_the_same_function(name: str) -> None:
    for seed in range(3):
        check(load(name), seed)


@pytest.mark.slow
@pytest.mark.parametrize("name", BIG)
def test_the_canonical_form_of_a_big_network_is_the_same_function(name: str) -> None:
    check(load(name), 0)


def check(space: SearchSpace, seed: int) -> None:
    values = dict(zip(space.genes, next(iter(codes(space, seed))), strict=True))
    size = SMALL.get(space.name, (64, 64) if space.input[0] > 64 else space.input)
    image = torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(0))
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(seed)
        spelt = Network(space.build(values, input=size)).eval()
        plain = carried(spelt, Network(space.graph(space.canonical(values), input=size)).eval())
        first, second = spelt(image), plain(image)
    assert first.abs().max() > 0
    torch.testing.assert_close(first, second, rtol=1e-4, atol=1e-5 * float(first.abs().max()))


def codes(space: SearchSpace, seed: int) -> Iterator[list[object]]:
    for code in space.sample_codes(1, np.random.default_rng(seed)):
        yield [options[i] for options, i in zip(space.genes.values(), code, strict=True)]
