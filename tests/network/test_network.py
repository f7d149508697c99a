"""Networks: seeds, names, compilation."""

import pytest
import torch

from nasbench_pose.network import build
from nasbench_pose.spaces import find


def test_the_seed_decides_the_weights() -> None:
    first, again, other = (build(find("micro-smallest"), seed=seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in first)


def test_building_leaves_the_callers_random_state_alone() -> None:
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    build(find("micro-smallest"))
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("name", ["micro-middle", "hrnet-w8-narrow", "simplebaseline-r26-narrow", "heads-slim-simcc"])
def test_traces_as_one_graph_for_compilers_and_exporters(name: str) -> None:
    network = build(find(name), input=(64, 64), joints=14).eval()
    images = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    exported = torch.export.export(network, (images,))
    torch.testing.assert_close(exported.module()(images), network(images))
