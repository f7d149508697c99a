"""A module that was counted is bit for bit what it was, without a copy having been made."""

import copy
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrizations, prune

from nasbench_pose.cost.counters import COUNTERS, compare, inventory_of

IMAGE = torch.rand(1, 3, 8, 8)


class Careless(nn.Module):
    """Changes whatever a forward pass can change."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.norm = nn.BatchNorm2d(8)
        self.scale = nn.Parameter(torch.ones(8, 1, 1))
        self.features: list[Tensor] = []
        self.cache: dict[str, Any] = {"deep": {"calls": []}}
        self.calls, self.last, self.generator = 0, None, torch.Generator().manual_seed(3)
        self.register_buffer("mean", torch.zeros(8))
        self.register_buffer("steps", torch.zeros((), dtype=torch.long))

    def forward(self, x: Tensor) -> Tensor:
        x.mul_(2)
        self.steps += 1
        y = self.conv(x)
        y = F.batch_norm(y, self.norm.running_mean, self.norm.running_var, training=True)
        self.mean = 0.9 * self.mean + y.mean((0, 2, 3))
        self.scale.data.clamp_(max=0.5)
        self.conv.weight.requires_grad_(False)
        self.features.append(y)
        self.cache["deep"]["calls"].append(self.calls)
        self.calls, self.last = self.calls + 1, y
        self.register_forward_hook(lambda *_: None)
        self.conv.weight.detach().numpy()[0] = 7.0
        y = y + torch.rand(1, generator=self.generator) + torch.rand(1) + random.random() + np.random.rand()
        return F.dropout(y, training=True) * self.scale


def everything(module: nn.Module) -> list[Any]:
    """Return all that a forward pass can change of a module, and of the generators."""
    found: list[Any] = [torch.get_rng_state().tolist(), random.getstate(), np.random.get_state()[1].tolist()]
    for name, m in module.named_modules():
        hooked = {key: len(kept) for key, kept in vars(m).items() if "hooks" in key}
        found.append((name, type(m), m.training, sorted(vars(m)), list(m._modules), hooked))
        for key, value in (*m._parameters.items(), *m._buffers.items()):
            if value is not None:
                found.append((key, id(value), value.requires_grad, value.grad, value.detach().clone().tolist()))
    return found


@pytest.mark.parametrize(
    "count", [lambda *given: inventory_of(*given), lambda *given: compare(*given, COUNTERS.values())]
)
@pytest.mark.parametrize("training", [True, False])
def test_nothing_that_a_pass_changes_stays_changed(count: Callable[..., Any], training: bool) -> None:
    module = Careless().train(training)
    module.norm.train(not training)
    image, generator = IMAGE.clone(), module.generator.get_state()
    before = everything(module)
    count(module, (image,))
    assert everything(module) == before
    assert torch.equal(image, IMAGE)
    assert torch.equal(module.generator.get_state(), generator)
    assert (module.features, module.cache, module.calls, module.last) == ([], {"deep": {"calls": []}}, 0, None)


def test_what_leaves_torch_is_said() -> None:
    found = inventory_of(Careless(), (IMAGE.clone(),))
    assert found.counted == 6 * 6 * 8 * 27
    assert found.outside == ("numpy in the root (Careless) leaves torch",)


def test_no_copy_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("copied")

    monkeypatch.setattr(copy, "deepcopy", refuse)
    assert inventory_of(Careless(), (IMAGE.clone(),)).params == 8 * 28 + 16 + 8


def test_a_pass_that_fails_leaves_nothing_behind() -> None:
    module = nn.Sequential(Careless(), nn.Linear(3, 3)).train()
    before = everything(module)
    with pytest.raises(Exception, match="does not run on an input of 1×3×8×8"):
        inventory_of(module, (IMAGE.clone(),))
    assert everything(module) == before


def test_a_mode_that_freezes_weights_is_brought_back() -> None:
    class Freezing(nn.Conv2d):
        def train(self, mode: bool = True) -> "Freezing":
            self.weight.requires_grad_(mode)
            return super().train(mode)

    module = nn.Sequential(Freezing(3, 8, 3))
    inventory_of(module, (IMAGE,))
    assert module[0].weight.requires_grad
    assert module[0].training


def pruned() -> nn.Module:
    return prune.l1_unstructured(nn.Conv2d(3, 8, 3), "weight", 0.5)


def normed() -> nn.Module:
    return parametrizations.weight_norm(nn.Conv2d(3, 8, 3))


def spectral() -> nn.Module:
    return parametrizations.spectral_norm(nn.Conv2d(3, 8, 3))


def with_features() -> nn.Module:
    module = nn.Conv2d(3, 8, 3)
    module.feature = module(IMAGE)  # type: ignore[assignment]
    return module


CONV, SIGMA = 6 * 6 * 8 * 27, 8 * 27 + 8
"""MACs of the convolution, and of u · W v, which spectral normalisation divides the weights by."""


@pytest.mark.parametrize(
    ("make", "macs"), [(pruned, CONV), (normed, CONV), (spectral, CONV + SIGMA), (with_features, CONV)]
)
def test_modules_that_keep_results_of_operations(make: Callable[[], nn.Module], macs: int) -> None:
    module = make().train()
    before = everything(module)
    readings = compare(module, (IMAGE,), COUNTERS.values())
    assert {(reading.exact, reading.error) for reading in readings} == {(macs, "")}
    assert inventory_of(module, (IMAGE,)).missing == ()
    assert everything(module) == before
