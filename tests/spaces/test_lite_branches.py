"""Lite-HRNet: its published sizes, and why two papers print different operations for one network."""

import re

import pytest
import torch
from torch import nn

from nasbench_pose.cost import count
from nasbench_pose.graph import Graph
from nasbench_pose.network import Network, build
from nasbench_pose.spaces import find, load, space_of

PUBLISHED = {"Lite-HRNet-18": 1.1, "Lite-HRNet-30": 1.8}
"""Million parameters in the authors' tables; MMPose prints 1.76 for the second."""
MMPOSE = {(256, 192): 0.42, (384, 288): 0.95}
"""Operations of Lite-HRNet-30 by mmcv's counter, in 10⁹, as MMPose prints them."""
AUTHORS = {
    ("Lite-HRNet-18", (256, 192)): 205.2, ("Lite-HRNet-18", (384, 288)): 461.6,
    ("Lite-HRNet-30", (256, 192)): 319.2, ("Lite-HRNet-30", (384, 288)): 717.8,
}  # fmt: skip
"""The authors' operations by torchstat, in units of 2²⁰."""


def graph_of(name: str, size: tuple[int, int]) -> Graph:
    return space_of(find(name)).graph(find(name), input=size, joints=17)


@pytest.mark.parametrize(("name", "millions"), PUBLISHED.items())
def test_parameters_are_the_published_ones(name: str, millions: float) -> None:
    params = count(graph_of(name, (256, 192))).params
    assert round(params / 1e6, 1) == millions
    assert name != "Lite-HRNet-30" or round(params / 1e6, 2) == 1.76


@pytest.mark.parametrize(("size", "printed"), MMPOSE.items())
def test_mmpose_counts_the_fusion_of_the_first_branch_twice(size: tuple[int, int], printed: float) -> None:
    """The code runs it twice and adds both, which is one result times two; and the counter sees modules only."""
    graph = graph_of("Lite-HRNet-30", size)
    total = 0
    for layer, cost in zip(graph, count(graph, convention="mmcv").layers, strict=True):
        a_function = re.search(r"\.pool\.|\.enlarge$", layer.name)
        twice = re.search(r"fuse_layers\.[1-3]\.0\.", layer.name)
        total += 0 if a_function else cost.count * (2 if twice else 1)
    assert round(total / 1e9, 2) == printed


@pytest.mark.parametrize(("row", "printed"), AUTHORS.items())
def test_the_authors_count_convolutions_normalisations_and_relus(
    row: tuple[str, tuple[int, int]], printed: float
) -> None:
    graph = graph_of(*row)
    kinds = ("Conv", "BatchNorm", "ReLU")
    layers = zip(graph, count(graph, convention="mmcv").layers, strict=True)
    total = sum(cost.count for layer, cost in layers if type(layer.operation).__name__ in kinds)
    assert total / 2**20 == pytest.approx(printed, rel=0.003)


def test_a_network_runs_and_every_weight_learns() -> None:
    network: Network = build(load("lite_hrnet").named["Lite-HRNet-18"], input=(64, 64))
    output = network(torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0)))
    assert output.shape == (2, 17, 16, 16)
    output.sum().backward()
    assert all(weight.grad is not None for weight in network.parameters())


def test_weights_across_resolutions_are_their_definition() -> None:
    """A cross-resolution weighting written down in torch, with the weights of ours."""
    network = build(load("lite_hrnet").named["Lite-HRNet-18"], input=(64, 64)).eval()
    name = "stage0.0.layers.0.cross_resolution_weighting"
    seen: dict[str, torch.Tensor] = {}
    layers = [f"{name}.cat", f"{name}.conv2.activate"]
    for layer in layers:
        module = network.get_submodule(layer)
        module.register_forward_hook(lambda _, __, out, layer=layer: seen.update({layer: out}))  # type: ignore[misc]
    inputs: list[torch.Tensor] = []
    network.get_submodule(f"{name}.cat").register_forward_hook(lambda _, given, __: inputs.extend(given))
    network.get_submodule(f"{name}.pool.0").register_forward_hook(lambda _, given, __: inputs.extend(given))
    network(torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0)))
    high, pooled, low = inputs
    mean = nn.functional.adaptive_avg_pool2d(high, low.shape[2:])
    torch.testing.assert_close(mean, pooled)
    hidden = torch.cat([mean, low], dim=1)
    parts = [network.get_submodule(f"{name}.{part}") for part in ("conv1.conv", "conv1.bn", "conv2.conv", "conv2.bn")]
    hidden = torch.relu(parts[1](parts[0](hidden)))
    torch.testing.assert_close(torch.sigmoid(parts[3](parts[2](hidden))), seen[f"{name}.conv2.activate"])
