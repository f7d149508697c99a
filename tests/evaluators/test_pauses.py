"""A training that was paused at a fidelity goes on bit for bit, and is paid for once."""

import signal
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from nasbench_pose.errors import InvalidFileError, StoppedError
from nasbench_pose.evaluators.measurement import MeasurementOptions
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.steps import Steps
from nasbench_pose.evaluators.train import TrainEvaluator
from nasbench_pose.evaluators.training import Training
from nasbench_pose.evaluators.trial import Trial
from nasbench_pose.measurements import measurement
from nasbench_pose.spaces import find, load

NET = find("micro-smallest")
PROTOCOL = Protocol(
    data="synthetic:train=8,val=4,test=4", input=(32, 32), batch=4, steps=8, average=0.9, warm_up=2, optimizer="adamw"
)


@pytest.fixture(scope="module")
def plain() -> TrainEvaluator:
    return Training(PROTOCOL.data, PROTOCOL)()


@pytest.fixture
def pausing(plain: TrainEvaluator, tmp_path: Path) -> TrainEvaluator:
    return replace(plain, pauses=tmp_path / "pauses")


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the list of the steps that are trained."""
    done: list[int] = []
    step = Steps.step

    def counted(training: Steps) -> None:
        step(training)
        done.append(training.done)

    monkeypatch.setattr(Steps, "step", counted)
    return done


def timeless(trial: Trial) -> Trial:
    return replace(trial, seconds=0.0)


def files(evaluator: TrainEvaluator) -> list[str]:
    assert evaluator.pauses is not None
    return sorted(path.name for path in evaluator.pauses.rglob("*.pt"))


def test_points_of_one_training_are_those_of_a_training_without_pauses(
    plain: TrainEvaluator, pausing: TrainEvaluator, steps: list[int]
) -> None:
    weights: list[dict[str, torch.Tensor]] = []
    seconds = []
    for fidelity, kept in ((2, ["2.pt"]), (5, ["5.pt"]), (8, [])):
        trial = pausing.evaluate(
            NET, fidelity=fidelity, seed=1, trained=lambda network: weights.append(network.state_dict())
        )
        seconds.append(trial.seconds)
        assert timeless(trial) == timeless(plain.evaluate(NET, fidelity=fidelity, seed=1))
        assert files(pausing) == kept
    assert steps[:2] + steps[4:7] + steps[12:15] == [1, 2, 3, 4, 5, 6, 7, 8], "each step is trained once"
    assert seconds == sorted(seconds), "the seconds are those of the whole training so far"
    plain.evaluate(NET, fidelity=8, seed=1, trained=lambda network: weights.append(network.state_dict()))
    assert all(torch.equal(value, weights[3][name]) for name, value in weights[2].items())


def test_an_earlier_point_is_trained_anew_and_a_repeated_one_is_only_measured(
    plain: TrainEvaluator, pausing: TrainEvaluator, steps: list[int]
) -> None:
    first = pausing.evaluate(NET, fidelity=5, seed=1)
    earlier = pausing.evaluate(NET, fidelity=3, seed=1)
    assert steps == [1, 2, 3, 4, 5, 1, 2, 3] and files(pausing) == ["3.pt", "5.pt"]
    assert timeless(pausing.evaluate(NET, fidelity=5, seed=1)) == timeless(first) and len(steps) == 8
    assert files(pausing) == ["5.pt"]
    assert timeless(earlier) == timeless(plain.evaluate(NET, fidelity=3, seed=1))


def test_a_schedule_of_its_own_is_never_paused(pausing: TrainEvaluator) -> None:
    assert pausing.evaluate(NET, fidelity=2, seed=1, schedule="own").error is None
    assert pausing.pauses is not None and not pausing.pauses.exists()


def test_trainings_of_other_seeds_and_genotypes_are_others(pausing: TrainEvaluator, steps: list[int]) -> None:
    for genotype, seed in ((NET, 1), (NET, 2), (find("micro-largest"), 1)):
        pausing.evaluate(genotype, fidelity=1, seed=seed)
    assert steps == [1, 1, 1] and files(pausing) == ["1.pt"] * 3


def test_a_damaged_file_and_a_folder_that_is_none_are_said(pausing: TrainEvaluator, tmp_path: Path) -> None:
    pausing.evaluate(NET, fidelity=1, seed=1)
    (path,) = (tmp_path / "pauses").rglob("*.pt")
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(InvalidFileError, match=r"1\.pt cannot be read as a checkpoint .*; delete it to train anew"):
        pausing.evaluate(NET, fidelity=2, seed=1)
    (tmp_path / "file").touch()
    with pytest.raises(InvalidFileError, match="cannot be written for paused trainings: Not a directory"):
        replace(pausing, pauses=tmp_path / "file").evaluate(NET, fidelity=2, seed=1)


def test_the_argument_of_the_measurement_is_the_folder(tmp_path: Path) -> None:
    options = MeasurementOptions(space=load("efficientpose_micro"), data=PROTOCOL.data, steps=4)
    made = measurement(f"train:{tmp_path}", options)
    assert isinstance(made, Training) and made.pauses == str(tmp_path)
    evaluator = made()
    assert evaluator.pauses == tmp_path and measurement("train", options)().protocol_key == evaluator.protocol_key


def test_a_training_that_is_told_to_end_goes_on_with_the_same_bits(
    plain: TrainEvaluator, pausing: TrainEvaluator, steps: list[int]
) -> None:
    def told(done: int, _: int) -> None:
        if done == 2:
            signal.raise_signal(signal.SIGUSR2)

    before = signal.getsignal(signal.SIGUSR2)
    with pytest.raises(StoppedError, match="Stopped by SIGUSR2 after step"):
        pausing.evaluate(NET, fidelity=8, seed=1, progress=told)
    last = steps[-1]
    assert signal.getsignal(signal.SIGUSR2) == before and files(pausing) == [f"{last}.pt"] and last < 8
    trial = pausing.evaluate(NET, fidelity=8, seed=1)
    assert steps == [1, 2, 3, 4, 5, 6, 7, 8], "each step is trained once"
    assert timeless(trial) == timeless(plain.evaluate(NET, fidelity=8, seed=1))
