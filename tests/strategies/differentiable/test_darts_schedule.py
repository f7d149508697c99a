"""What darts trains on whom, and how its temperature falls, with steps that are only written down."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from nasbench_pose.evaluators.batches import Tensors, normalise
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.pose.photographs import Photographs
from nasbench_pose.spaces import load
from nasbench_pose.strategies.differentiable.darts import Darts
from nasbench_pose.strategies.supernet import training
from nasbench_pose.strategies.supernet.expected_cost import ExpectedCost
from nasbench_pose.strategies.supernet.gene_costs import gene_costs
from nasbench_pose.strategies.supernet.people import halves
from nasbench_pose.strategies.supernet.relaxation import new_logits
from nasbench_pose.strategies.supernet.samplers import probabilities
from nasbench_pose.strategies.supernet.search import COLDEST

DATA = "synthetic:train=8,val=2,test=2"
STEPS = {"warm_up": 3, "steps": 4, "choices_every": 2}


def new(input: tuple[int, int] = (64, 64), **settings: Any) -> Darts:
    protocol = Protocol(data=DATA, batch=2, input=input).text
    return Darts(
        load("efficientpose_micro"),
        np.random.default_rng(0),
        protocol=protocol,
        data=DATA,
        **STEPS | {"batch": 2} | settings,
    )


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Tensors, float]]:
    """Every step that would be trained: of what, on which half of the people, how hot."""
    written: list[tuple[str, Tensors, float]] = []

    def whole_halves(half: Tensors, *_: object) -> Iterator[Tensors]:
        while True:
            yield half

    def weights(_: object, half: Tensors, phase: training.Phase, __: torch.Generator) -> torch.Tensor:
        written.append(("weights", half, phase.heat))
        return torch.zeros(())

    def choices(_: object, half: Tensors, __: object, phase: training.Phase, ___: torch.Generator) -> torch.Tensor:
        written.append(("choices", half, phase.heat))
        return torch.zeros(())

    monkeypatch.setattr(training, "batches_of", whole_halves)
    monkeypatch.setattr(training.SupernetTraining, "_weights_step", weights)
    monkeypatch.setattr(training.SupernetTraining, "_choices_step", choices)
    return written


def test_weights_and_choices_are_trained_on_different_people(steps: list[tuple[str, Tensors, float]]) -> None:
    new().ask()
    seen = {
        what: {row.numpy().tobytes() for kind, half, _ in steps if kind == what for row in half.images}
        for what in ("weights", "choices")
    }
    assert len(seen["weights"]) == len(seen["choices"]) == 4
    assert not seen["weights"] & seen["choices"]


def test_whatever_judges_options_sees_the_people_of_the_choices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Second order, the eigenvalue, and removal: what is a step of the weights there sees the people of the weights."""

    def whole(half: Tensors, *_: object) -> Iterator[Tensors]:
        while True:
            yield half

    seen: list[str] = []
    loss = training.SupernetTraining._loss

    def watched(mine: training.SupernetTraining, people: Tensors, *others: Any) -> torch.Tensor:
        seen.append("weights" if people is mine.weights_half else "choices" if people is mine.choices_half else "other")
        return loss(mine, people, *others)

    monkeypatch.setattr(training, "batches_of", whole)
    monkeypatch.setattr(training, "Batches", whole)
    monkeypatch.setattr(training.SupernetTraining, "_loss", watched)
    held = ("s1b1=k3_e3", "s2b1=k3_e3", "s3b1=k3_e3", "w1=50", "w2=50", "w3=50")
    found, phase = new(order=2, tune=1, held=held, input=(32, 32)).training, training.Phase(1, 1.0)
    found.weights_half, found.choices_half = (
        replace(half, images=normalise(half.images))  # type: ignore[type-var, union-attr]
        for half in (found.weights_half, found.choices_half)
    )
    found.train(1, phase, choices_every=1)
    assert seen == ["weights", "choices", "weights", "weights"], "one step ahead, there, and on both sides of here"
    seen.clear()
    found.eigenvalue(phase)
    assert seen == ["choices"]
    seen.clear()
    found.importance(phase)
    assert set(seen) == {"weights", "choices"}
    assert seen.count("weights") == len(found.logits), "one step of tuning after each decision"


class Numbers(list[int]):
    """Stands for annotations: people who are numbers."""

    def take(self, indices: Iterable[int]) -> "Numbers":
        return Numbers(self[i] for i in indices)


@pytest.mark.parametrize("count", [4, 7])
def test_halves_of_photographs_share_nobody(count: int) -> None:
    people = Photographs(Numbers(range(count)), (32, 32), corner=False, kind="lspet")  # type: ignore[arg-type]
    first, second = (half.annotations for half in halves(people))
    assert [*first, *second] == list(range(count)) and abs(len(first) - len(second)) < 2  # type: ignore[call-overload]


def test_choices_wait_for_the_warm_up_and_are_trained_now_and_then(steps: list[tuple[str, Tensors, float]]) -> None:
    strategy = new()
    strategy.ask()
    first = ["weights"] * 3 + ["choices", "weights", "weights"] * 2
    assert [what for what, _, _ in steps] == first
    strategy.ask()
    assert [what for what, _, _ in steps] == [*first, *first[3:]]


def test_the_temperature_falls_with_every_proposal(steps: list[tuple[str, Tensors, float]]) -> None:
    strategy = new(temperature=2.0, cooling=0.5, warm_up=0, steps=1)
    for _ in range(3):
        strategy.ask()
    assert [heat for what, _, heat in steps if what == "weights"] == [2.0, 1.0, 0.5]


def test_the_temperature_never_falls_to_nothing(steps: list[tuple[str, Tensors, float]]) -> None:
    strategy = new(temperature=1e-5, cooling=1e-300, warm_up=0, steps=1)
    for _ in range(3):
        strategy.ask()
    assert steps[-1][2] == COLDEST
    cold = probabilities({"a": torch.tensor([0.0, 1e-3, -2.0])}, COLDEST)["a"]
    assert cold.tolist() == [0.0, 1.0, 0.0]


def test_batches_are_as_large_as_the_setting_says(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def weights(_: object, people: Tensors, __: object, ___: torch.Generator) -> torch.Tensor:
        seen.append(len(people.images))
        return torch.zeros(())

    monkeypatch.setattr(training.SupernetTraining, "_weights_step", weights)
    monkeypatch.setattr(training.SupernetTraining, "_choices_step", lambda *_: torch.zeros(()))
    new(batch=3).ask()
    assert set(seen) == {3}, "the protocol has 2"


def test_one_step_trains_the_weights_and_another_the_choices_and_both_are_restored() -> None:
    strategy, other = new(warm_up=0, steps=1, choices_every=1), new(warm_up=0, steps=1, choices_every=1)
    before = {name: values.detach().clone() for name, values in strategy.training.logits.items()}
    strategy.ask()
    after = strategy.training.logits
    moved = {name: (after[name].detach() - before[name]).abs().max() for name in before}
    assert all(step == pytest.approx(0.05, rel=1e-2) for step in moved.values()), "the first step of Adam is its rate"
    other.restore(strategy.checkpoint())
    assert all(torch.equal(values, after[name]) for name, values in other.training.logits.items())
    assert other.ask() == strategy.ask()


def test_choices_begin_and_decay_as_in_the_paper() -> None:
    """Liu, Simonyan & Yang 2019, section A.1.2: β = (0.5, 0.999), weight decay 10⁻³."""
    found = new().training
    chosen = found.choices_optimizer.defaults
    assert (chosen["betas"], chosen["weight_decay"], chosen["lr"]) == ((0.5, 0.999), 1e-3, 0.05)
    trained = found.weights_optimizer.defaults
    assert (trained["weight_decay"], trained["lr"]) == (1e-2, 0.01)


def test_costs_are_those_at_the_size_of_the_images() -> None:
    space = load("efficientpose_micro")
    chance = probabilities(new_logits(space, torch.Generator().manual_seed(0)), 1.0)
    for size in ((64, 64), (96, 64)):
        protocol = Protocol(data=DATA, batch=2, input=size).text
        found = Darts(space, np.random.default_rng(0), protocol=protocol, data=DATA, batch=2).training
        joints = found.weights_half.joints.shape[1]
        assert found.weights_half.images.shape[-2:] == size
        assert found.expected_cost(chance) == ExpectedCost.of(
            space, gene_costs(space, "macs", input=size, joints=joints)
        )(chance)
