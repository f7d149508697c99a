"""Steps of a search by gradients: no loss is read in one, and losses read many at a time are the same."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from one_device import DEVICES, Unread

from nasbench_pose.errors import DataError, DivergedError, MeasurementError
from nasbench_pose.evaluators import steps as steps_module
from nasbench_pose.evaluators.batches import Batches, Tensors
from nasbench_pose.evaluators.protocol import PROTOCOLS
from nasbench_pose.spaces import load
from nasbench_pose.strategies.registry import make
from nasbench_pose.strategies.supernet import bilevel
from nasbench_pose.strategies.supernet import stretch as stretch_module
from nasbench_pose.strategies.supernet import training as training_module
from nasbench_pose.strategies.supernet.settings import Settings
from nasbench_pose.strategies.supernet.stretch import Phase
from nasbench_pose.strategies.supernet.training import WEIGHTS_SEE, SupernetTraining

SPACE = load("efficientpose_micro")
PHASE = Phase(1, 1.0)


def training(device: str, **settings: Any) -> SupernetTraining:
    protocol = replace(PROTOCOLS["quick"], device=device, batch=2)
    given = Settings(protocol=protocol.text, data="synthetic:train=8,val=2,test=2", batch=2, **settings)
    return SupernetTraining(SPACE, np.random.default_rng(0), given)


def batch(search: SupernetTraining, device: str) -> Tensors:
    assert isinstance(search.weights_half, Tensors)
    rng = torch.Generator("cpu" if device == "meta" else device)
    return next(Batches(search.weights_half, search.protocol, rng))


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(
    "change",
    [{}, {"cost_form": "power", "cost_weight": 0.2}, {"sampler": "straight_through"}, {"sampler": "two_paths"},
     {"order": 2}],
)  # fmt: skip
def test_a_step_of_the_choices_waits_for_one_copy(device: str, change: dict[str, Any]) -> None:
    search = training(device, **change)
    people = batch(search, device)
    ahead = people if "order" in change else None
    with Unread(device) as seen:
        loss = search._choices_step(people, ahead, PHASE, torch.Generator())
    assert loss.device.type == device
    assert seen.copied == 1, "the gradient of the choices, on which the next path depends"


@pytest.mark.parametrize(
    "change", [{}, {"cost_form": "power", "cost_weight": 0.2}, {"sampler": "gumbel"}, {"order": 2}]
)
def test_choices_that_are_elsewhere_have_the_same_gradient(
    change: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for there in (None, torch.device("cpu")):
        search = training("cpu", **change)
        people = batch(search, "cpu")
        ahead = people if "order" in change else None
        for order in ("first_order", "look_ahead"):
            step = getattr(bilevel, order)
            monkeypatch.setattr(training_module, order, lambda *args, step=step, there=there: step(*args[:-1], there))
        loss = search._choices_step(people, ahead, PHASE, torch.Generator())
        found.append((loss.detach(), [choice.grad for choice in search._choices]))
    torch.testing.assert_close(found[0], found[1], rtol=1e-4, atol=1e-7)


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
    monkeypatch.setattr(stretch_module, "Losses", _ManyAtATime)
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


@pytest.mark.parametrize("change", [{}, {"order": 2, "sampler": "gumbel", "weights_see": "mixture"}])
def test_a_phase_goes_on_from_any_of_its_steps_bit_for_bit(change: dict[str, Any]) -> None:
    whole = training("cpu", **change)
    losses = whole.train(5, PHASE, choices_every=2)
    for end in (1, 3):
        first, states = training("cpu", **change), []
        first.after_step = lambda first=first, states=states: states.append(deepcopy(first.state()))
        first.train(5, PHASE, choices_every=2)
        again = training("cpu", **change)
        again.load(states[end - 1])
        assert states[end - 1]["stretch"]["done"] == end
        assert again.train(5, PHASE, choices_every=2) == losses
        torch.testing.assert_close(again.state(), whole.state(), rtol=0, atol=0)
    assert "stretch" not in whole.state() and whole.stretch is None


def test_a_batch_that_does_not_fit_names_the_one_that_does(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = SupernetTraining._loss

    def greedy(search: SupernetTraining, people: Tensors, *rest: Any) -> torch.Tensor:
        if len(people) > 5:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return whole(search, people, *rest)

    monkeypatch.setattr(SupernetTraining, "_loss", greedy)
    text = PROTOCOLS["quick"].text
    given = {"protocol": text, "data": "synthetic:train=32,val=2,test=2", "batch": 16, "warm_up": 0, "steps": 1}
    search = make("darts", SPACE, 0, given)
    with pytest.raises(MeasurementError, match=r"16 people of 64×64 pixels .* 4 would: the setting batch=4 of the"):
        search.ask()


def test_one_person_is_too_few_for_two_halves() -> None:
    few = {"protocol": PROTOCOLS["quick"].text, "batch": 2, "data": "synthetic:train=1,val=2,test=2"}
    with pytest.raises(DataError, match="1 people are too few: one half trains the weights, the other the choices"):
        make("darts", SPACE, 0, few)
    two = {**few, "data": "synthetic:train=2,val=2,test=2"}
    losses, _ = make("darts", SPACE, 0, two).training.train(1, PHASE, choices_every=1)  # type: ignore[attr-defined]
    assert len(losses) == 1
