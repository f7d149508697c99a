"""--device, --precision, --accumulate and --set protocol.field on every command that computes."""

import json
from pathlib import Path

import pytest
from commands import TINY, Run, call

from nasbench_pose.cli._accuracy_text import trial_text
from nasbench_pose.evaluators import Trial
from nasbench_pose.evaluators.protocol import PROTOCOLS, Protocol
from nasbench_pose.spaces import find

SMALL, NET = ("--data", "synthetic:train=64,val=16,test=16"), "micro-smallest"
COMMANDS = (
    ("evaluate", NET, *TINY),
    ("proxies", NET, *TINY),
    ("compare", "efficientpose_micro", *TINY, "--strategies", "random"),
    ("compare", "efficientpose_micro", *TINY, "--strategies", "random", "--evaluator", "sandwich"),
    ("benchmark", "build", "efficientpose_micro", *TINY, "--out", "table.csv"),
    ("rank", "efficientpose_micro", "--data", "synthetic", "--by", "snip", "--networks", "6"),
    ("latency", NET),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_device_that_is_not_there_is_one_line(command: tuple[str, ...], tmp_path: Path) -> None:
    status, out, err = call(*command, "--device", "cuda:7", cwd=tmp_path)
    assert (status, out) == (2, "")
    assert err.splitlines()[-1].startswith("Error: No device named 'cuda:7'; this machine has auto, ")


@pytest.mark.parametrize("command", COMMANDS[:1] + COMMANDS[-1:], ids=" ".join)
def test_an_unknown_precision_is_one_line(command: tuple[str, ...], tmp_path: Path) -> None:
    status, _, err = call(*command, "--precision", "fp8", cwd=tmp_path)
    assert status == 2 and err.startswith("Error: No precision named 'fp8'; known: bf16, fp16, fp32")


def test_what_is_set_is_in_the_protocol(run: Run) -> None:
    found = json.loads(
        run("evaluate", NET, *TINY, "--precision", "bf16", "--accumulate", "2", "--device", "auto", "--json", "--set",
            "protocol.learning_rate=0.003", "--set", "protocol.augmentation.flip=0")
    )["protocol"]  # fmt: skip
    assert (found["precision"], found["accumulate"], found["learning_rate"]) == ("bf16", 2, 0.003)
    assert found["augmentation"]["flip"] == 0
    plain = json.loads(run("evaluate", NET, *TINY, "--device", "cpu", "--precision", "fp32", "--json"))["protocol"]
    assert set(plain) == set(json.loads(PROTOCOLS["default"].text))


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("protocol.learning_rte=1", "No field of a protocol named 'learning_rte'"),
        ("darts.steps=4", "--set darts.steps: only fields of protocol are set here."),
        ("protocol.accumulate=99", "A batch of 16 cannot be divided into 99 parts; all together are at most 16."),
        ("protocol.clip=-1", "The protocol's clip is -1.0; expected a finite number of at least 0."),
    ],
)
def test_what_cannot_be_set_is_one_line(setting: str, says: str, tmp_path: Path) -> None:
    status, _, err = call("evaluate", NET, *TINY, "--set", setting, cwd=tmp_path)
    assert status == 2 and says in err and len(err.splitlines()) == 1


def test_a_search_by_gradients_computes_where_it_is_told(run: Run, tmp_path: Path) -> None:
    run("compare", "efficientpose_micro", *TINY, "--strategies", "darts", "--budget", "1", "--seeds", "1", "--set",
        "darts.warm_up=1", "--set", "darts.steps=2", "--precision", "bf16", "--db", tmp_path / "runs.db", "--out",
        tmp_path / "out", "--workers", "1")  # fmt: skip
    assert ", bf16" in (tmp_path / "out" / "card.md").read_text()


@pytest.mark.parametrize(
    ("evaluator", "option", "says"),
    [
        ("table", ("--device", "cpu"), "A table has its own protocol: leave its field device out."),
        ("latency", ("--accumulate", "2"), "A latency has no training protocol: leave its field accumulate out."),
    ],
)
def test_a_measurement_refuses_what_it_does_not_use(
    evaluator: str, option: tuple[str, str], says: str, tmp_path: Path
) -> None:
    status, _, err = call("compare", "efficientpose_micro", "--evaluator", evaluator, *option, cwd=tmp_path)
    assert (status, err) == (2, f"Error: {says}\n")


def test_a_latency_says_its_precision(run: Run) -> None:
    assert ", bf16" in run("latency", NET, "--repeats", "30", "--precision", "bf16", "--input", "32x32")


def test_onnxruntime_refuses_a_precision(tmp_path: Path) -> None:
    status, _, err = call("latency", NET, "--engine", "onnxruntime", "--precision", "bf16", cwd=tmp_path)
    assert status == 2 and "does not run on cpu in bf16 here: onnxruntime runs on the CPU in fp32 or int8" in err


def test_weights_are_predicted_with_on_another_device_than_they_were_trained_on(run: Run, tmp_path: Path) -> None:
    run("evaluate", NET, *TINY, "--precision", "bf16", "--save", tmp_path / "w.pt")
    run("predict", NET, "--weights", tmp_path / "w.pt", *SMALL, "--precision", "fp32", "--device", "auto", "--out",
        tmp_path / "found.json")  # fmt: skip
    shown = json.loads(run("evaluate", NET, *SMALL, "--weights", tmp_path / "w.pt", "--json"))
    assert shown["protocol"]["precision"] == "bf16"


def test_seconds_are_those_of_a_core_or_of_the_wall() -> None:
    metrics = {"val_pckh": 1.0, "test_pckh": 2.0, "params": 1e3, "macs": 1e6}
    trial = Trial(find(NET), "p", 1, 0, metrics, 3.0)
    for device, said in {"cpu": "on one core", "cuda:1": "of the wall, on cuda:1"}.items():
        assert f"seconds                   3.0     {said}\n" in trial_text(trial, "title", Protocol(device=device))
