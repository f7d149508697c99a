"""Residual branches of networks that others have described, and what a network begins as."""

import torch

from nasbench_pose.network import build
from nasbench_pose.network.residuals import last_norms, zero_init_residual
from nasbench_pose.spaces import find, load, space_of


def branches(name: str) -> list[str]:
    genotype = find(name)
    return last_norms(space_of(genotype).graph(genotype))


def test_the_bottlenecks_of_a_resnet_are_residual_those_with_a_projection_too() -> None:
    assert branches("simplebaseline-r50") == [
        f"layer{stage}.{block}.bn3" for stage, blocks in enumerate((3, 4, 6, 3), start=1) for block in range(blocks)
    ]


def test_the_blocks_of_hrnet_are_residual_its_fusions_are_not() -> None:
    found = branches("hrnet-w32")
    assert len(found) == 4 + 1 * 2 * 4 + 4 * 3 * 4 + 3 * 4 * 4  # stem; modules × branches × blocks of the stages
    assert all(name.endswith(".bn3" if name.startswith("layer1") else ".bn2") for name in found)
    assert not [name for name in found if "fuse" in name]


def test_a_network_begins_as_its_shortcuts() -> None:
    space = load("efficientpose_small")
    network = build(space.sample(0), input=(64, 64), seed=1)
    branches = last_norms(network.graph)
    sums = [layer for layer in network.graph if set(layer.inputs) & set(branches)]
    assert zero_init_residual(network) == len(branches) == len(sums) > 5
    seen: dict[str, torch.Tensor] = {}
    for layer in network.graph.layers[1:]:
        module = network.get_submodule(layer.name)
        module.register_forward_hook(lambda _, __, out, name=layer.name: seen.update({name: out}))
    network(torch.randn(2, 3, 64, 64))
    for layer in sums:
        (shortcut,) = set(layer.inputs) - set(branches)
        assert torch.equal(seen[layer.name], seen[shortcut])


def test_the_other_weights_are_those_of_the_seed() -> None:
    plain, zeroed = (build("micro-largest", seed=3) for _ in range(2))
    zero_init_residual(zeroed)
    changed = [name for name, weight in plain.state_dict().items() if not weight.equal(zeroed.state_dict()[name])]
    assert changed == [f"{name}.weight" for name in last_norms(plain.graph)]
