"""Steps of a search by gradients: no loss is read in one, and losses read many at a time are the same."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from one_device import DEVICES, Unread

from nasbench_pose.errors import DivergedError
from nasbench_pose.evaluators import steps as steps_module
from nasbench_pose.evaluators.batches import Batches, Tensors
from nasbench_pose.evaluators.protocol import PROTOCOLS
from nasbench_pose.spaces import load
from nasbench_pose.strategies.supernet import training as training_module
from nasbench_pose.strategies.supernet.settings import Settings
from nasbench_pose.strategies.supernet.training import WEIGHTS_SEE, Phase, SupernetTraining

SPACE = load("efficientpose_micro")
PHASE = Phase(1, 1.0)


def training(device: str, **settings: Any) -> SupernetTraining:
    protocol = replace(PROTOCOLS["quick"], device=device, batch=2)
    given = Settings(protocol=protocol.text, data="synthetic:train=8,val=2,test=2", batch=2, **settings)
    return SupernetTraining(SPACE, np.random.default_rng(0), given)


def batch(search: SupernetTraining, device: str) -> Tensors:
    assert isinstance(search.weights_half, Tensors)
    rng = torch.Generator("cpu" if device == "meta" else device)
    return next(Batches(search.weights_half, search._protocol, rng))


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(
    "change",
    [{}, {"cost_form": "power", "cost_weight": 0.2}, {"sampler": "straight_through"}, {"sampler": "two_paths"}],
)
def test_a_step_of_the_choices_reads_no_loss(device: str, change: dict[str, Any]) -> None:
    search = training(device, **change)
    people = batch(search, device)
    with Unread(device) as seen:
        loss = search._choices_step(people, None, PHASE, torch.Generator())
    assert loss.device.type == device
    assert seen.copied <= 2, "the gradients by the shares and by the expected cost, which move choices on the CPU"


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("see", [see for see in WEIGHTS_SEE if see != "sandwich"])
def test_a_step_of_the_weights_neither_reads_nor_copies(device: str, see: str) -> None:
    search = training(device, weights_see=see, sampler="gumbel")
    people = batch(search, device)
    with Unread(device) as seen:
        loss = search._weights_step(people, PHASE, torch.Generator())
    assert loss.device.type == device and seen.copied == 0


def test_losses_read_many_at_a_time_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [training("cpu").train(5, PHASE, choices_every=2)]
    monkeypatch.setattr(training_module, "Losses", _ManyAtATime)
    found.append(training("cpu").train(5, PHASE, choices_every=2))
    assert found[0] == found[1] and [len(part) for part in found[0]] == [5, 3]
    search = training("cpu")
    with torch.no_grad():
        for weight in search.supernet.parameters():
            weight.fill_(float("nan"))
    with pytest.raises(DivergedError, match="in step 1 of phase 1 the loss of the weights is nan"):
        search.train(5, PHASE, choices_every=None)


class _ManyAtATime(steps_module.Losses):
    """Losses as another device than the CPU has them."""

    def __init__(self, device: torch.device) -> None:
        super().__init__(device)
        self._every = steps_module.READ_EVERY
