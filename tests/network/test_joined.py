"""Layers that run as one compute what they compute one by one: the heat maps, all gradients, and second derivatives."""

from typing import Any

import pytest
import torch
from torch import Tensor

from nasbench_pose.graph.operations import Choice, Conv
from nasbench_pose.network import Supernet, build_supernet
from nasbench_pose.network import supernet as module
from nasbench_pose.network.joined import alone, joined
from nasbench_pose.spaces import load

CELLS = load("darts_micro")


def found(supernet: Supernet, weights: dict[str, Tensor], auxiliary: float) -> list[Tensor]:
    """The loss, its gradients by the weights of options and of layers, and a derivative of a gradient."""
    side = supernet.graph.layers[0].shape[1]
    rng = torch.Generator().manual_seed(0)
    images = torch.randn(3, 3, side, side, generator=rng, dtype=torch.double).contiguous(
        memory_format=torch.channels_last
    )
    loss = supernet(images, weights, auxiliary=auxiliary).square().mean()
    values = [*weights.values(), *supernet.parameters()]
    slopes = torch.autograd.grad(loss, values, create_graph=True)
    twice = torch.autograd.grad(
        torch.stack([slope.sum() for slope in slopes[: len(weights)]]).sum(), [*weights.values()]
    )
    return [loss, *slopes, *twice]


@pytest.mark.parametrize(
    ("side", "auxiliary", "settings"),
    [
        pytest.param(32, 0.0, {}, id="plain"),
        pytest.param(40, 0.7, {}, id="maps of odd size, with an auxiliary skip"),
        pytest.param(32, 0.7, {"partial": 2}, id="partial channels"),
        pytest.param(32, 0.7, {"recompute": True}, id="recomputed"),
    ],
)
def test_cells_joined_are_cells_one_by_one(
    side: int, auxiliary: float, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    supernet = build_supernet(CELLS, input=(side, side), seed=1, **settings).double()
    rng = torch.Generator().manual_seed(1)
    weights = {
        choice: torch.rand(len(options), generator=rng, dtype=torch.double).requires_grad_()
        for choice, options in CELLS.choices.items()
    }
    together = found(supernet, weights, auxiliary)
    monkeypatch.setattr(module, "joined", lambda _, needed: alone(needed))
    supernet._segments.cache_clear()
    apart = found(supernet, weights, auxiliary)
    for one, other in zip(together, apart, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-8, atol=1e-10)


def test_all_choices_of_a_state_and_their_convolutions_run_as_one() -> None:
    """Fourteen edges in each of three cells read five states, of which the last has one reader."""
    supernet = build_supernet(CELLS, input=(32, 32))
    graph, needed = supernet.graph, supernet._needed(supernet._computed, auxiliary=False)
    steps = joined(graph, needed)
    choices = [step for step in steps if isinstance(graph.layers[step.layers[0]].operation, Choice)]
    assert [len(step.layers) for step in choices] == [4, 4, 3, 2, 1] * 3
    assert all(sum(step.normalises) >= 4 for step in choices if len(step.layers) > 1)
    convolutions = [sum(isinstance(graph.layers[step.layers[0]].operation, Conv) for step in each)
                    for each in (steps, alone(needed))]  # fmt: skip
    assert 2.5 * convolutions[0] < convolutions[1]
    computed = [index for step in steps for index in step.layers]
    assert len(set(computed)) == len(computed) <= len(needed)


@pytest.mark.parametrize("name", ["efficientpose_micro", "hrnet_micro"])
def test_chains_and_branches_are_computed_as_they_are_written(name: str) -> None:
    """So what was recorded of searches there stays reproducible to the last bit."""
    supernet = build_supernet(load(name), input=(32, 32))
    needed = supernet._needed(supernet._computed, auxiliary=False)
    assert joined(supernet.graph, needed) == alone(needed)
