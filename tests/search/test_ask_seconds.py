"""A search that trains a supernet is charged for its training, each step once, and for nothing else."""

from pathlib import Path

import pytest
import torch
from fakes import KeyReader

from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.search import search, states
from nasbench_pose.spaces import load
from nasbench_pose.store import Run, Store
from nasbench_pose.strategies import make
from nasbench_pose.strategies.supernet import training

SPACE = load("efficientpose_micro")
DATA = "synthetic:train=8,val=2,test=2"
SETTINGS = {
    "data": DATA, "protocol": Protocol(data=DATA, input=(32, 32), batch=2).text, "batch": 2, "warm_up": 7, "steps": 4,
    "choices_every": 2,
}  # fmt: skip
WEIGHTS, CHOICES = 1.0, 3.0
"""Seconds of a step."""


def test_seconds_are_those_of_the_steps_and_a_resumed_search_pays_none_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]

    def step(seconds: float) -> float:
        clock[0] += seconds
        return 0.5

    monkeypatch.setattr(states, "process_time", lambda: clock[0])
    monkeypatch.setattr(training.SupernetTraining, "_weights_step", lambda *_: torch.tensor(step(WEIGHTS)))
    monkeypatch.setattr(training.SupernetTraining, "_choices_step", lambda *_: torch.tensor(step(CHOICES)))
    evaluator = KeyReader(tmp_path / "log")
    run = Run("darts", SPACE.name, SPACE.digest, seed=0, protocol=evaluator.protocol_key, fidelity=100)
    with Store(tmp_path / "runs.db") as store:
        for budget in (2, 3):
            strategy = make("darts", SPACE, 0, SETTINGS)
            steps = list(search(strategy, evaluator, store, run, budget=budget))
        frame = store.frame()
    each = 4 * WEIGHTS + 2 * CHOICES
    assert [step.ask_seconds for step in steps] == [7 * WEIGHTS + each, each, each]
    assert clock[0] == sum(step.ask_seconds for step in steps)
    assert frame["ask_seconds"].sum() == clock[0]
