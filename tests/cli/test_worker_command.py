"""`nasbench-pose worker`, and the options of `compare` that say where trials are measured."""

import os
import sys
from pathlib import Path

import pytest
from commands import Run
from contracts.store import trial

from nasbench_pose.cli.worker import _print
from nasbench_pose.store import Store


def test_a_worker_without_anything_to_do_ends_when_it_is_told_to(tmp_path: Path, run: Run) -> None:
    with Store(tmp_path / "runs.db"):
        pass
    assert run("worker", "--db", tmp_path / "runs.db", "--idle-seconds", "0.1") == "0 trials measured.\n"


def test_a_worker_without_a_database_says_so(tmp_path: Path, refused: Run) -> None:
    assert f"No database '{tmp_path / 'rums.db'}'" in refused("worker", "--db", tmp_path / "rums.db")
    message = refused("worker", "--db", "postgresql://me:secret@127.0.0.1:1/poses")
    assert "postgresql://me:***@127.0.0.1:1/poses" in message


@pytest.mark.slow
def test_a_worker_may_be_there_before_the_first_comparison_on_a_server(postgres: str, run: Run) -> None:
    assert run("worker", "--db", postgres, "--idle-seconds", "0.1") == "0 trials measured.\n"


def test_what_cannot_be_of_a_worker_is_said(tmp_path: Path, refused: Run) -> None:
    with Store(tmp_path / "runs.db"):
        pass
    said = refused("worker", "--db", tmp_path / "runs.db", "--idle-seconds", "nan")
    assert "A worker waits for more than 0 seconds, not nan." in said
    assert "; write postgresql://." in refused("worker", "--db", "postgres://me@server/poses")


def test_a_worker_outlives_the_connection_that_its_lines_go_to(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    gone = os.fdopen(writer, "w")
    monkeypatch.setattr(sys, "stdout", gone)
    _print(trial(1))
    monkeypatch.undo()
    with pytest.raises(BrokenPipeError):
        gone.close()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--executor", "slrm"), "No executor named 'slrm'; known: "),
        (("--executor", "workerz"), "Did you mean 'workers'?"),
        (("--executor", "nowhere:factory"), "The executor 'nowhere:factory' cannot be imported"),
        (("--executor", "math:pi"), "The executor 'math:pi' is a float; expected a function"),
        (("--gpus-per-trial", 1), "The executor 'local' takes no --gpus-per-trial; it takes --trial-timeout"),
        (("--executor", "workers", "--address", "auto"), "takes no --address; it takes --lease-seconds"),
    ],
)
def test_executors_that_cannot_be_are_said_at_once(
    options: tuple[object, ...], said: str, tmp_path: Path, refused: Run
) -> None:
    command = ("compare", "efficientpose_micro", "--evaluator", "table", "--strategies", "random")
    assert said in refused(*command, "--db", tmp_path / "runs.db", "--out", tmp_path / "out", *options)
    assert not list(tmp_path.iterdir()), "nothing is written"
