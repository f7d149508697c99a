"""Branches taken apart: HRNet put together again from its modules, and what a word may not be."""

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch

from nasbench_pose.cost import count
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.graph import Graph
from nasbench_pose.network import Network, build, build_supernet
from nasbench_pose.spaces import SearchSpace, find, load, space_of
from nasbench_pose.spaces.exchange import FUSIONS, Module

MICRO = load("hrnet_micro")


def layers(name: str) -> list[tuple[Any, ...]]:
    graph = space_of(find(name)).graph(find(name))
    return [(layer.name, layer.operation, layer.inputs, layer.shape) for layer in graph]


@pytest.mark.parametrize("width", [32, 48])
def test_hrnet_is_a_member_layer_by_layer(width: int) -> None:
    assert layers(f"HRNet-W{width}-modules") == layers(f"HRNet-W{width}")


def test_a_module_less_is_a_unit_less() -> None:
    counted = load("hrnet").canonical({"width": 8, "stem": 16, "bottlenecks": 1, "stage3": 2, "stage4": 1, "blocks": 1})
    whole = load("hrnet").graph(counted, input=(64, 64), joints=14)
    named = MICRO.graph(MICRO.named["HRNet-W8-two-modules"])
    stages = ("stem", "stage 1", "stage 2")
    assert [x.operation for x in named if x.block.stage in stages] == [
        x.operation for x in whole if x.block.stage in stages
    ]


def fusions(graph: Graph, module: str) -> set[tuple[int, int]]:
    """Return (from, into) of the fusions of a module, read off the names of its layers."""
    found = (
        layer.name.removeprefix(f"{module}.fuse_layers.").split(".") for layer in graph if ".fuse_layers." in layer.name
    )
    return {(int(parts[1]), int(parts[0])) for parts in found if parts[0].isdigit() and parts[1].isdigit()}


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("full", {(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)}),
        ("near", {(0, 1), (1, 0), (1, 2), (2, 1)}),
        ("up", {(1, 0), (2, 0), (2, 1)}),
        ("down", {(0, 1), (0, 2), (1, 2)}),
        ("none", set()),
    ],
)
def test_the_fusions_are_those_of_the_word(word: str, expected: set[tuple[int, int]]) -> None:
    space = replace(MICRO, genes={**MICRO.genes, "s3m2": (f"b1_{word}",)})
    values = dict.fromkeys(("s2m1", "s3m3"), "b1_full") | {"bottlenecks": 1, "s3m1": "skip", "s3m2": f"b1_{word}"}
    assert fusions(space.build(values), "stage3.1") == expected


def test_the_number_of_networks_is_that_of_the_spellings() -> None:
    spelt: dict[Any, int] = {}
    for values in product(*MICRO.genes.values()):
        genes = dict(zip(MICRO.genes, values, strict=True))
        spelt[MICRO.canonical(genes)] = spelt.get(MICRO.canonical(genes), 0) + 1
    assert MICRO.kind.spellings is not None
    assert all(MICRO.kind.spellings(MICRO, MICRO.complete(g)) == times for g, times in spelt.items())
    assert sum(spelt.values()) == MICRO.size == 784
    assert len(spelt) == 688


def test_what_there_is_not_has_no_effect() -> None:
    space = load("hrnet_search")
    rng = np.random.default_rng(0)
    values = {**space.complete(space.sample(rng), rng), "branches": 3}
    other = {**values, "w4": 75, "s4m1": "b1_up", "s4m3": "b2_full"}
    assert space.canonical(values) == space.canonical(other)
    assert "w4" not in dict(space.canonical(values).genes)
    spelt = space.build(values), space.build(other)
    assert count(spelt[0]) == count(spelt[1])


def test_the_supernet_has_every_member_as_a_path() -> None:
    supernet = build_supernet(MICRO, seed=0)
    images = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    options = {gene: len(words) - 1 for gene, words in MICRO.genes.items()}
    with torch.no_grad():
        assert supernet.path(images, options).shape == (2, 14, 16, 16)
        skipped = supernet.path(images, options | {"s3m1": 0, "s3m2": 0})
        again = supernet.path(images, options | {"s3m1": 0, "s3m2": 0})
    assert torch.equal(skipped, again)


def test_every_parameter_of_a_member_is_trained() -> None:
    network: Network = build(MICRO.sample(np.random.default_rng(3)))
    network(torch.zeros(2, 3, 64, 64)).sum().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())


def changed(**genes: tuple[str | int, ...]) -> SearchSpace:
    return replace(MICRO, genes={**MICRO.genes, **genes})


@pytest.mark.parametrize(
    ("space", "message"),
    [
        (changed(s3m3=("skip", "b1_full")), "'s3m3' cannot be 'skip': the last module of a stage"),
        (changed(s3m3=("b1_ful",)), "gene 's3m3' is 'b1_ful'; expected .* Did you mean 'b1_full'"),
        (changed(s3m5=("b1_full",)), "stage 3 has the modules s3m1, s3m2, s3m3, s3m5; they are numbered s3m1"),
        (changed(branches=(5,)), "'branches' is 5; expected 2, 3 or 4"),
    ],
)
def test_what_makes_no_network_is_said(space: SearchSpace, message: str) -> None:
    values = {gene: options[0] for gene, options in space.genes.items()}
    with pytest.raises(InvalidFileError, match=message):
        space.graph(space.canonical(values))


@pytest.mark.parametrize("fusion", FUSIONS)
def test_a_branch_always_goes_on_by_itself(fusion: str) -> None:
    assert all(target in Module(1, fusion).inputs(target, 4) for target in range(4))
