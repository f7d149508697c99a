"""What each step of a supernet's training trains, on what, and at what stage."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
import torch
from one_device import DEVICES, OneDevice
from torch import nn

from nasbench_pose.evaluators.batches import Batches, Tensors, normalise
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.steps import Steps, loss_of
from nasbench_pose.network import Supernet, build_supernet
from nasbench_pose.oneshot import SAMPLINGS
from nasbench_pose.oneshot.distillation import distillation
from nasbench_pose.oneshot.paths import extreme_paths
from nasbench_pose.oneshot.samplings import sandwich, single_path
from nasbench_pose.oneshot.shrinking import SHARES, ProgressiveShrinking, stages
from nasbench_pose.pose.synthetic import generate
from nasbench_pose.spaces import load

MICRO = load("efficientpose_micro")
PROTOCOL = Protocol(batch=4, input=(32, 32))


@pytest.fixture(scope="module")
def people() -> Tensors:
    raw = Tensors.of(generate(4, seed=0, size=(32, 32)))
    return Tensors(normalise(raw.images), raw.joints, raw.labelled, raw.skeleton)


def new() -> Supernet:
    return build_supernet(MICRO, seed=0, members=True, input=(32, 32))


def rng() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_sampling_is_uniform_and_a_sandwich_has_both_ends() -> None:
    paths = single_path(MICRO, rng())
    seen = Counter(next(paths)[0]["w1"] for _ in range(600))
    assert all(abs(count - 200) < 5 * 200**0.5 for count in seen.values()) and len(seen) == 3
    smallest, largest, *others = next(sandwich(MICRO, rng()))
    assert (smallest, largest, len(others)) == (*extreme_paths(MICRO), 2)
    assert len(next(single_path(MICRO, rng(), paths=4))) == 4


@pytest.mark.parametrize("loss", ["spatial_cross_entropy", "smoothed_cross_entropy", "mse"])
@pytest.mark.parametrize("shape", [(4, 14, 8, 8), (4, 14, 1, 128)])
def test_distillation_has_the_gradient_of_torchs_own_divergence(
    loss: str, shape: tuple[int, ...], people: Tensors
) -> None:
    generator = rng()
    maps, taught = (torch.randn(shape, generator=generator, requires_grad=True) for _ in range(2))
    found = distillation(maps, taught, people, Protocol(batch=4, input=(32, 32), loss=loss))
    found.backward()  # type: ignore[no-untyped-call]
    assert taught.grad is None and maps.grad is not None
    ours, other = maps.grad.clone(), torch.zeros(())
    maps.grad = None
    joints = people.labelled.sum()
    for part in (slice(None),) if shape[2] > 1 else (slice(0, 64), slice(64, 128)):
        student, teacher = (each[..., part].flatten(2)[people.labelled] for each in (maps, taught.detach()))
        if loss == "mse":
            other = other + (student - teacher).square().mean(-1).sum() / (2 * people.labelled.numel())
        else:
            logs = (student.log_softmax(-1), teacher.log_softmax(-1))
            other = other + nn.functional.kl_div(*logs, reduction="sum", log_target=True) / joints
    other.backward()  # type: ignore[no-untyped-call]
    torch.testing.assert_close(ours, maps.grad)


def test_only_the_largest_learns_the_labels_in_a_distilled_sandwich(people: Tensors) -> None:
    supernet, other = new(), new()
    SAMPLINGS["distilled_sandwich"].begin(supernet, MICRO, PROTOCOL, rng(), 1)(people).backward()
    smallest, largest, *drawn = next(sandwich(MICRO, rng()))
    loss_of(other.path(people.images, largest), people, PROTOCOL).backward()
    taught = other.path(people.images, largest).detach()
    for path in (smallest, *drawn):
        distillation(other.path(people.images, path), taught, people, PROTOCOL).backward()
    for (name, one), (_, two) in zip(supernet.named_parameters(), other.named_parameters(), strict=True):
        same = one.grad is None and two.grad is None
        assert same or torch.allclose(one.grad, two.grad, rtol=1e-3, atol=1e-5), name  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["efficientpose_micro", "hrnet_micro", "darts_micro", "efficientpose_small"])
def test_stages_only_open_and_all_is_open_at_the_end(name: str) -> None:
    space = load(name)
    found = stages(space, space.open_graph())
    assert all(len(options) == 1 for options in found[0])
    first = [decision.path(options[0]) for decision, options in zip(space.decisions, found[0], strict=True)]
    assert {choice: number for path in first for choice, number in path.items()} == extreme_paths(space)[1]
    for before, after in pairwise(found):
        assert all(set(one) <= set(two) for one, two in zip(before, after, strict=True))
    assert [len(options) for options in found[-1]] == [len(decision.options) for decision in space.decisions]


def test_shrinking_trains_the_largest_first_and_then_learns_from_it(
    people: Tensors, monkeypatch: pytest.MonkeyPatch
) -> None:
    supernet, steps, run = new(), 59, []
    path = Supernet.path

    def watched(network: Supernet, images: torch.Tensor, options: dict[str, int]) -> Any:
        run.append((network is supernet, dict(options)))
        return path(network, images[:2], options)

    monkeypatch.setattr(Supernet, "path", watched)
    pair = people.take(slice(0, 2))
    rule = ProgressiveShrinking(supernet, MICRO, PROTOCOL, rng(), steps)
    largest, open_in = extreme_paths(MICRO)[1], stages(MICRO, supernet.graph)
    weight = next(supernet.parameters())
    for step, stage in enumerate(stage for stage, share in enumerate(SHARES) for _ in range(round(share / 10))):
        run.clear()
        loss = rule(pair)
        (mine, taken), *teacher = run
        assert mine and (teacher == [] if step < 18 else teacher == [(False, largest)])
        for decision, options in zip(MICRO.decisions, open_in[stage], strict=True):
            assert {each: taken[each] for each in decision.choices} in [decision.path(o) for o in options]
        if step == 18:
            loss.backward()  # type: ignore[no-untyped-call]
            taught = rule._teacher
            assert taught is not None and torch.equal(next(taught.parameters()), weight)
            assert weight.grad is not None and next(taught.parameters()).grad is None
            with torch.no_grad():
                weight.add_(1)
            assert not torch.equal(next(taught.parameters()), weight)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_a_step_of_a_supernet_stays_on_its_device(device: str, sampling: str) -> None:
    rule = SAMPLINGS[sampling]
    protocol = replace(PROTOCOL, batch=4 * rule.batches, steps=4)
    held = Tensors.of(generate(8, seed=0, size=(32, 32))).to(torch.device(device))
    supernet = new().to(device)
    loss = rule.begin(supernet, MICRO, protocol, rng(), 4)
    batches = Batches(held, protocol, torch.Generator("cpu" if device == "meta" else device))
    training = Steps(supernet.train(), batches, protocol, 4, loss)
    training.step()  # constants are made once, in the first step
    with OneDevice(device, draws=True):
        training.step()
        training.step()
    assert training.done == 3
