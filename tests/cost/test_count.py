"""Counts against torch's own counter and modules, and the errors of counting."""

from math import prod

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from nasbench_pose.cost import count
from nasbench_pose.errors import NasbenchPoseError, UnknownNameError
from nasbench_pose.network import build
from nasbench_pose.spaces import find, load, names

INPUT = {"efficientpose_micro": (64, 64)}


@pytest.mark.parametrize("name", names())
def test_random_members_agree_with_torch(name: str) -> None:
    space = load(name)
    size = (64, 96)
    for genotype in [space.sample(np.random.default_rng(seed)) for seed in range(3)]:
        cost = count(space.graph(genotype, input=size, joints=5))
        with torch.device("meta"):
            network = build(genotype, input=size, joints=5)
            with FlopCounterMode(display=False) as counter:
                output = network(torch.empty(1, 3, *size))
        assert counter.get_total_flops() == 2 * cost.macs
        assert sum(p.numel() for p in network.parameters()) == cost.params
        flattened = [side for side in network.graph.output.shape if side > 1]  # torch's vectors have no sides of 1
        assert list(output.shape[1:]) in (list(network.graph.output.shape), flattened)


def test_layers_add_up_to_the_totals() -> None:
    cost = count(load("hrnet").graph(find("hrnet-w32")), convention="hrnet")
    assert sum(layer.macs for layer in cost.layers) == cost.macs
    assert cost.activations == sum(prod(x.shape) for x in cost.layers if x.operation == "Conv")


def test_peak_is_the_most_that_is_alive_in_a_slow_replay() -> None:
    graph = load("efficientpose_micro").graph(find("micro-middle"))
    layers = graph.layers
    peaks = []
    for now, layer in enumerate(layers):
        needed = {s for later in layers[now:] for s in later.inputs} & {x.name for x in layers[:now]}
        peaks.append(sum(prod(graph[name].shape) for name in needed | {layer.name}))
    assert count(graph).peak_elements == max(peaks)


def test_a_supernet_has_no_one_cost() -> None:
    with pytest.raises(NasbenchPoseError, match="open choice of"):
        count(load("efficientpose_micro").open_graph())


def test_an_unknown_convention_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'hrnet'"):
        count(load("hrnet").graph(find("hrnet-w32")), convention="hrnets")
