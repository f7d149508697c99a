"""Every step, loss, optimiser, schedule and decoder stays on its device, and nothing in a step waits for it."""

from dataclasses import replace

import pytest
import torch
from dots import learner, people
from one_device import DEVICES, OneDevice
from torch import nn

from nasbench_pose.evaluators.batches import Batches, Tensors
from nasbench_pose.evaluators.optimizers import OPTIMIZERS, SCHEDULES
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.representation import representation
from nasbench_pose.evaluators.steps import READ_EVERY, Losses, Steps
from nasbench_pose.pose import heatmaps
from nasbench_pose.pose.augmentation import HRNET_COCO, Augmentation
from nasbench_pose.pose.heatmaps import DECODERS
from nasbench_pose.pose.losses import LOSSES

PROTOCOL = Protocol(input=(32, 32), batch=16, steps=3)


def steps(device: str, protocol: Protocol, network: nn.Module | None = None) -> Steps:
    """Return a training on the device."""
    held = Tensors.of(people(24, 0)).to(torch.device(device))
    rng = torch.Generator("cpu" if device == "meta" else device)
    return Steps((network or learner(0)).to(device), Batches(held, protocol, rng), protocol, protocol.steps)


def does_steps(device: str, protocol: Protocol, network: nn.Module | None = None) -> None:
    training = steps(device, protocol, network)
    training.step()  # constants are made once, in the first step
    with OneDevice(device):
        training.step()
        training.step()
    assert training.done == 3


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_optimisers_and_schedules_stay_on_the_device(device: str, optimizer: str, schedule: str) -> None:
    does_steps(device, replace(PROTOCOL, optimizer=optimizer, schedule=schedule))


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("augmentation", [HRNET_COCO, Augmentation(translate=0.1)])
def test_losses_and_augmentations_stay_on_the_device(device: str, loss: str, augmentation: Augmentation) -> None:
    does_steps(device, replace(PROTOCOL, loss=loss, augmentation=augmentation))


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("change", [{"average": 0.9}, {"clip": 1.0}, {"accumulate": 3}, {"warm_up": 2}])
def test_average_clipping_accumulation_and_warm_up_stay_on_the_device(device: str, change: dict[str, float]) -> None:
    does_steps(device, replace(PROTOCOL, **change))


@pytest.mark.parametrize("device", DEVICES)
def test_a_simcc_training_stays_on_the_device(device: str) -> None:
    layers = nn.Conv2d(3, 2, 4, stride=4), nn.Flatten(2), nn.Linear(64, 128)
    does_steps(device, PROTOCOL, nn.Sequential(*layers, nn.Unflatten(2, (1, 128))))


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("decoder", DECODERS)
def test_decoders_and_the_flip_test_stay_on_the_device(device: str, decoder: str) -> None:
    for shape in ((8, 8), (1, 128)):
        kind = representation(replace(PROTOCOL, decoder=decoder), shape)
        maps = torch.zeros(4, 2, *shape, device=device)

        def decoded(maps: torch.Tensor = maps, kind=kind) -> torch.Tensor:  # type: ignore[no-untyped-def]
            return kind.joints((maps + kind.unflip(maps, (1, 0))) / 2) + kind.scores(maps)[..., None]

        decoded()
        with OneDevice(device):
            assert decoded().shape == (4, 2, 2)


def test_the_mode_sees_what_it_forbids() -> None:
    there, here = torch.zeros(3, device="meta"), torch.zeros(3)
    for forbidden in (lambda: here.to("meta"), lambda: there[torch.tensor([0, 1])], lambda: there + torch.arange(3)):
        with pytest.raises(AssertionError), OneDevice("meta"):
            forbidden()
    with OneDevice("meta"):
        heatmaps.quarter(torch.zeros(1, 1, 4, 4, device="meta"))


def test_losses_of_a_device_are_read_many_at_a_time() -> None:
    losses = Losses(torch.device("meta"))
    losses._every = READ_EVERY
    numbers = [losses.add(torch.tensor(float(number))) for number in range(2 * READ_EVERY - 1)]
    assert [len(new) for new in numbers if new] == [READ_EVERY]
    assert losses.read_all() == list(map(float, range(READ_EVERY, 2 * READ_EVERY - 1)))
    assert losses.read == list(map(float, range(2 * READ_EVERY - 1)))


def test_a_batch_in_parts_has_the_gradient_of_the_whole() -> None:
    network = nn.Sequential(nn.Conv2d(3, 2, 4, stride=4))  # without batch normalisation, which sees parts
    found = []
    for parts in (1, 3):
        training = steps("cpu", replace(PROTOCOL, loss="mse", accumulate=parts), network)
        training.batches._rng.manual_seed(0)  # type: ignore[attr-defined]
        loss = training._gradients(next(training.batches), parts, network)
        found.append((loss, training.weights[0].grad.clone()))  # type: ignore[union-attr]
        training._optimizer.zero_grad()
    torch.testing.assert_close(found[0], found[1])


def test_a_long_gradient_is_scaled_to_the_limit() -> None:
    network = learner(0)
    training = steps("cpu", replace(PROTOCOL, optimizer="sgd", weight_decay=0, clip=1e-3), network)
    training.step()
    norm = torch.cat([weight.grad.flatten() for weight in training.weights if weight.grad is not None]).norm()
    torch.testing.assert_close(norm, torch.tensor(1e-3), rtol=1e-3, atol=0)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_warm_up_grows_linearly_to_the_schedule(schedule: str) -> None:
    rates = []
    for warm_up in (0, 4):
        protocol = replace(PROTOCOL, steps=12, schedule=schedule, warm_up=warm_up)
        training, seen = steps("cpu", protocol), []
        for _ in range(11):
            seen.append(training._optimizer.param_groups[0]["lr"])
            training.step()
        rates.append(seen)
    expected = [rate * min(1, (step + 1) / 5) for step, rate in enumerate(rates[0])]
    assert rates[1] == pytest.approx(expected)


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_half_precision_learns_on_the_cpu_too(precision: str) -> None:
    training = steps("cpu", replace(PROTOCOL, precision=precision, steps=20))
    for _ in range(20):
        training.step()
    assert training.losses[-1] < training.losses[0] - 0.1
    assert all(weight.dtype is torch.float32 for weight in training.weights)
