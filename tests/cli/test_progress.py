"""What a person sees while searches run."""

from pathlib import Path

import pytest

from nasbench_pose.cli._progress import watching
from nasbench_pose.evaluators import Trial
from nasbench_pose.genotype import Genotype
from nasbench_pose.search import Event, Job, plan
from nasbench_pose.spaces import load


def jobs() -> list[Job]:
    space = load("simplebaseline")
    return plan(space, ["random", "evolution"], Path, budget=4, seeds=1, store="runs.db")  # type: ignore[arg-type]


def events() -> list[Event]:
    fine = Trial(Genotype("x", []), "p", 3, 0, {"val_pckh": 61.25})
    failed = Trial(Genotype("x", []), "p", 3, 0, error="diverged at step 2")
    return [
        Event("random, seed 0", steps=(1, 3)),
        Event("evolution, seed 0", steps=(2, 3)),
        Event("random, seed 0", trials=1, trial=fine),
        Event("random, seed 0", trials=2, trial=failed),
        Event("random, seed 0", ended=True),
        Event("evolution, seed 0", ended=True, error="its process died"),
    ]


def test_without_a_terminal_each_trial_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with watching(jobs()) as tell:
        for event in events():
            tell(event)
    assert capsys.readouterr() == (
        "", "random, seed 0: trial 1: 61.2 % PCKh@0.5 on validation\nrandom, seed 0: trial 2: diverged at step 2\n"
    )  # fmt: skip


def test_in_a_terminal_bars_move(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    with watching(jobs()) as tell:
        for event in events():
            tell(event)
    out, err = capsys.readouterr()
    assert out == ""
    assert "all searches" in err and "2/8" in err, "trials finished, of all that were asked for"
