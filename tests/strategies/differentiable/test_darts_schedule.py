"""What darts trains on whom, and how its temperature falls, with steps that are only written down."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from nasbench_pose.evaluators.batches import Tensors
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.spaces import load
from nasbench_pose.strategies.differentiable.darts import COLDEST, Darts
from nasbench_pose.strategies.supernet import training
from nasbench_pose.strategies.supernet.relaxation import probabilities

DATA = "synthetic:train=8,val=2,test=2"
STEPS = {"warm_up": 3, "steps": 4, "choices_every": 2}


def new(**settings: Any) -> Darts:
    protocol = Protocol(data=DATA, batch=2).text
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

    def weights(_: object, half: Tensors, heat: float, __: torch.Generator) -> None:
        written.append(("weights", half, heat))

    def choices(_: object, half: Tensors, heat: float) -> None:
        written.append(("choices", half, heat))

    monkeypatch.setattr(training, "batches", whole_halves)
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

    def weights(_: object, people: Tensors, __: float, ___: torch.Generator) -> None:
        seen.append(len(people.images))

    monkeypatch.setattr(training.SupernetTraining, "_weights_step", weights)
    monkeypatch.setattr(training.SupernetTraining, "_choices_step", lambda *_: None)
    new(batch=3).ask()
    assert set(seen) == {3}, "the protocol has 2"
