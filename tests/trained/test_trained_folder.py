"""Trainings in a folder: they continue bit for bit, refuse strangers, and what they keep is what was measured."""

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from nasbench_pose.errors import DivergedError, InvalidFileError, StoppedError
from nasbench_pose.evaluators.checkpoints import Checkpoints, stopped_by_signals
from nasbench_pose.evaluators.protocol import PROTOCOLS, Protocol
from nasbench_pose.evaluators.steps import Steps
from nasbench_pose.evaluators.train import TrainEvaluator
from nasbench_pose.network import build
from nasbench_pose.pose.people import Splits
from nasbench_pose.pose.synthetic import generate
from nasbench_pose.spaces import find
from nasbench_pose.trained import TrainedFolder, is_trained_folder
from nasbench_pose.trained.training import starting_from, train_into

NET = find("micro-smallest")
SPLITS = Splits(*(generate(24, seed=0, stream=stream) for stream in range(3)), source="synthetic")
PLAIN = replace(PROTOCOLS["default"], steps=8, batch=4)
FULL = replace(PLAIN, average=0.9, clip=1.0, warm_up=3, schedule="step", optimizer="adam", accumulate=2)
HALF = replace(PLAIN, precision="fp16", optimizer="sgd", schedule="cosine")


def evaluator(protocol: Protocol = PLAIN) -> TrainEvaluator:
    return TrainEvaluator(protocol, SPLITS)


def after(steps: int) -> Callable[[], str]:
    """Return a function that asks to stop when it was called for that step."""
    calls = iter(range(1, 10_000))
    return lambda: "SIGTERM" if next(calls) == steps else ""


@pytest.mark.parametrize("protocol", [PLAIN, FULL, HALF], ids=["plain", "full", "half"])
def test_a_training_that_was_stopped_twice_ends_with_the_same_bits(protocol: Protocol, tmp_path: Path) -> None:
    whole, trial = train_into(tmp_path / "whole", evaluator(protocol), NET, 1)
    for steps in (3, 2):
        with pytest.raises(StoppedError, match=r"Stopped by SIGTERM after step \d, which is kept in .*checkpoint\.pt"):
            train_into(tmp_path / "parts", evaluator(protocol), NET, 1, stop=after(steps))
        with pytest.raises(InvalidFileError, match="a training that has not ended"):
            TrainedFolder.read(tmp_path / "parts")
    parts, _ = train_into(tmp_path / "parts", evaluator(protocol), NET, 1)
    assert trial is not None and whole.card["metrics"] == parts.card["metrics"] == dict(trial.metrics)
    assert whole.card["curve"] == parts.card["curve"]
    first, second = load_file(whole.weights), load_file(parts.weights)
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert (tmp_path / "whole" / "curve.csv").read_text() == (tmp_path / "parts" / "curve.csv").read_text()
    assert sorted(path.name for path in parts.path.iterdir()) == [
        "card.json", "card.md", "curve.csv", "weights.safetensors",
    ]  # fmt: skip


def test_what_is_kept_is_what_evaluate_measures(tmp_path: Path) -> None:
    folder, _ = train_into(tmp_path, evaluator(), NET, 2, about={"note": "mine"})
    trial = evaluator().evaluate(NET, fidelity=8, seed=2)
    assert folder.card["metrics"] == dict(trial.metrics) and folder.card["note"] == "mine"
    assert (folder.genotype, folder.protocol.key, folder.joints) == (NET, trial.protocol, 14)
    curve = pd.read_csv(tmp_path / "curve.csv")
    assert list(curve["step"]) == list(range(1, 9))
    np.testing.assert_allclose(curve["val_accuracy"], [value for _, value in trial.curve])
    assert "| PCKh@0.5 on validation (%) |" in (tmp_path / "card.md").read_text()
    assert train_into(tmp_path, evaluator(), NET, 2)[1] is None  # it had ended


def test_another_training_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoppedError):
        train_into(tmp_path, evaluator(), NET, 0, stop=after(2))
    others = [(evaluator(), find("micro-largest"), 0), (evaluator(FULL), NET, 0), (evaluator(), NET, 1)]
    for what, (other, genotype, seed) in zip(("genotype", "protocol", "seed"), others, strict=True):
        with pytest.raises(
            InvalidFileError, match=f"checkpoint of another training: its {what} (is|has) .* Use another"
        ):
            train_into(tmp_path, other, genotype, seed)
    train_into(tmp_path, evaluator(), NET, 0)
    with pytest.raises(InvalidFileError, match="has the network of another training: its seed is 0, not 1"):
        train_into(tmp_path, evaluator(), NET, 1)


def test_a_damaged_checkpoint_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "checkpoint.pt").write_bytes(b"PK\3\4 not a checkpoint")
    with pytest.raises(InvalidFileError, match=r"cannot be read as a checkpoint \(\w+\); delete it"):
        train_into(tmp_path, evaluator(), NET, 0)


def test_a_training_that_diverges_keeps_its_last_checkpoint(tmp_path: Path) -> None:
    wild = evaluator(replace(PLAIN, learning_rate=1e30, optimizer="sgd", schedule="cosine"))
    with pytest.raises(DivergedError, match=r"seed 0: diverged at step \d.*_rate below 1e\+30 may"):
        train_into(tmp_path, wild, NET, 0, minutes=0)
    assert not (tmp_path / "card.json").exists()


def test_a_full_disk_leaves_the_checkpoint_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StoppedError):
        train_into(tmp_path, evaluator(), NET, 0, stop=after(2))
    before = (tmp_path / "checkpoint.pt").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(OSError, match=r"No space left on device: .*checkpoint\.pt"):
            train_into(tmp_path, evaluator(), NET, 0, minutes=0)
    assert (tmp_path / "checkpoint.pt").read_bytes() == before
    assert is_trained_folder(str(tmp_path)) and not list(tmp_path.glob("*.part"))


def test_checkpoints_are_written_every_so_many_minutes(tmp_path: Path) -> None:
    time, written = 0.0, []

    class Counting(Checkpoints):
        def write(self, training: Steps, *_: object) -> None:
            written.append(training.done)
            self._written = self.clock()

    def now() -> float:
        nonlocal time
        time += 20.0
        return time

    evaluator().evaluate(NET, fidelity=8, seed=0, checkpoints=Counting(tmp_path / "c.pt", {}, 1.0, clock=now))
    assert written == [3, 6]  # 20 seconds a step


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1, signal.SIGINT])
def test_the_first_signal_is_noted_and_handlers_are_restored(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with stopped_by_signals() as stop:
        assert stop() == ""
        os.kill(os.getpid(), number)
        assert stop() == number.name
    assert signal.getsignal(number) is before


def test_a_training_starts_from_the_weights_that_fit(tmp_path: Path) -> None:
    other = build(NET, joints=17, seed=5)
    torch.save({"state_dict": {f"module.{name}": value for name, value in other.state_dict().items()}},
               tmp_path / "w.pt")  # fmt: skip
    warm, note = starting_from(evaluator(), NET, tmp_path / "w.pt")
    mine, theirs = warm.network(NET, 0).state_dict(), other.state_dict()
    drawn = [name for name in mine if not torch.equal(mine[name], theirs[name].expand_as(theirs[name]))
             if mine[name].shape == theirs[name].shape]  # fmt: skip
    assert not drawn and f"{len(warm.start)} weights of " in note and " are drawn, from '" in note
    assert warm.protocol.key != evaluator().protocol.key and '"init":"' in warm.protocol_text
    torch.save({"a": torch.ones(2)}, tmp_path / "other.pt")
    with pytest.raises(InvalidFileError, match=r"None of the weights in .* has the name and the shape"):
        starting_from(evaluator(), NET, tmp_path / "other.pt")
    (tmp_path / "card.json").write_text("{}")
    with pytest.raises(InvalidFileError, match=r"^\S*card\.json does not hold weights; expected a state dict.*s\.$"):
        starting_from(evaluator(), NET, tmp_path / "card.json")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Expecting value"),
        ("[]", r"it is an object with genotype, .*, not \[\]"),
        ('{"genotype": 3}', "genotype is a text, not 3"),
        ('{"genotype": "micro-smallest", "protocol": 3}', "protocol is an object, not 3"),
        (
            '{"genotype": "micro-smallest", "protocol": {}, "seed": 0, "data": "synthetic", "joints": [1]}',
            r"joints\[0\] is a text, not 1",
        ),
    ],
)
def test_a_wrong_card_is_one_line(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text(text)
    with pytest.raises(InvalidFileError, match=f"is not the card of a trained network: {said}") as raised:
        TrainedFolder.read(tmp_path)
    assert "\n" not in str(raised.value)
