"""What `front` prints and draws."""

import io
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from commands import Run

from nasbench_pose.evaluators.protocol import PROTOCOLS
from nasbench_pose.evaluators.trial import Trial
from nasbench_pose.spaces import load
from nasbench_pose.store import Store

SPACE = load("efficientpose_micro")
SMALL, MIDDLE, LARGE = SPACE.named.values()
PROTOCOL = replace(PROTOCOLS["quick"], steps=100)


@pytest.fixture
def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three genotypes, of which one is beaten; one with two seeds; a failed trial; everything in an empty folder."""
    monkeypatch.chdir(tmp_path)
    trials = [
        _trial(SMALL, 0, 20.0, 1e6), _trial(SMALL, 1, 24.0, 1e6), _trial(MIDDLE, 0, 50.0, 5e6),
        _trial(LARGE, 0, 40.0, 9e6), Trial(LARGE, PROTOCOL.key, 100, 1, error="diverged at step 3"),
    ]  # fmt: skip
    with Store("runs.db") as store:
        for trial in trials:
            store.add(trial, protocol_text=PROTOCOL.text)
    return tmp_path / "runs.db"


def _trial(genotype: object, seed: int, pckh: float, macs: float, **metrics: float) -> Trial:
    numbers = {"val_pckh": pckh, "macs": int(macs), "params": 1000} | metrics
    return Trial(genotype, PROTOCOL.key, 100, seed, numbers, 1.0)  # type: ignore[arg-type]


def test_front_prints_and_draws_what_nothing_beats(db: Path, run: Run) -> None:
    head, *rows = run("front", "--db", db).splitlines()
    assert head.split()[0] == "genotype"
    assert [row.split()[0] for row in rows] == ["micro-smallest", "micro-middle"]
    assert "22.0 ± 2.8" in rows[0] and rows[0].endswith("2")
    drawn = (db.parent / "front.svg").read_text()
    assert f"Measured plane: {PROTOCOL.title}" in drawn and "micro-middle" in drawn


def test_csv_is_read_back_with_every_digit(db: Path, run: Run) -> None:
    rows = pd.read_csv(io.StringIO(run("front", "--db", db, "--csv")))
    assert rows["name"].tolist() == ["micro-smallest", "micro-middle"]
    assert rows["val_pckh"].tolist() == [22.0, 50.0]
    assert rows["val_pckh_spread"].tolist()[0] == pytest.approx(8**0.5)
    assert not (db.parent / "front.svg").exists()


def test_any_column_is_an_axis(db: Path, run: Run, tmp_path: Path) -> None:
    command = ("front", "--db", db, "--x", "val_pckh:min", "--y", "macs:max", "--csv", "--out", tmp_path / "f.png")
    rows = pd.read_csv(io.StringIO(run(*command)))
    assert rows["name"].tolist() == ["micro-smallest", "micro-largest"]
    assert (tmp_path / "f.png").stat().st_size > 10_000


def test_the_direction_of_a_metric_is_known(tmp_path: Path, run: Run) -> None:
    """The front of `--y test_pckh` is that of the best, not of the worst."""
    with Store(tmp_path / "tested.db") as store:
        for genotype, pckh, macs in ((SMALL, 30.0, 1e6), (MIDDLE, 60.0, 5e6), (LARGE, 50.0, 9e6)):
            store.add(_trial(genotype, 0, pckh, macs, test_pckh=pckh))
    rows = pd.read_csv(io.StringIO(run("front", "--db", tmp_path / "tested.db", "--y", "test_pckh", "--csv")))
    assert rows["name"].tolist() == ["micro-smallest", "micro-middle"]


def test_the_choices_of_the_front_are_drawn(db: Path, run: Run) -> None:
    run("front", "--db", db, "--choices", db.parent / "choices.svg")
    drawn = (db.parent / "choices.svg").read_text()
    assert "Choices of the 2 networks of efficientpose_micro on the front" in drawn
    assert "s2b2" in drawn and "k7 e6" in drawn


def test_two_protocols_are_never_mixed(db: Path, run: Run, refused: Run) -> None:
    with Store(db) as store:
        store.add(Trial(SMALL, "abcdef0123456789", 5, 0, {"val_pckh": 99.0, "macs": 1, "params": 1}))
    said = refused("front", "--db", db)
    assert "never share an axis; choose one with --protocol" in said
    assert PROTOCOL.title in said and "abcdef0123456789: protocol abcdef0123456789" in said
    assert "99.0" in run("front", "--db", db, "--protocol", "abc")
    assert "No protocol here begins with 'zzz'" in refused("front", "--db", db, "--protocol", "zzz")


def test_a_database_without_costs_is_still_a_table(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Store("foreign.db") as store:
        store.add(Trial(SMALL, "p", 1, 0, {"latency_ms": 3.0, "ap": 60.0}))
        store.add(Trial(LARGE, "p", 1, 0, {"latency_ms": 5.0, "ap": 70.0}))
    printed = run("front", "--db", "foreign.db", "--x", "latency_ms", "--y", "ap:max")
    assert "micro-smallest" in printed and "micro-largest" in printed
    assert " 60" in printed and " 5" in printed


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--x", "mac"), "Did you mean 'macs'?"),
        (("--x", "macs:up"), "'macs:up' is not an objective"),
        (("--y", "test_pck"), "Write 'test_pck:min' or 'test_pck:max'. Did you mean 'test_pckh'?"),
        (("--x", "name:min"), "The column 'name' cannot be compared"),
        (("--out", "front.txt"), "No figure format named '.txt'; known: .pdf, .png, .svg."),
        (("--out", "folder.svg"), "'folder.svg' is a folder"),
    ],
)
def test_what_front_cannot_do_is_said_before_anything_is_printed(
    args: tuple[str, ...], said: str, db: Path, refused: Run
) -> None:
    (db.parent / "folder.svg").mkdir()
    assert said in refused("front", "--db", db, *args)


def test_a_database_in_which_nothing_finished(tmp_path: Path, refused: Run) -> None:
    with Store(tmp_path / "runs.db") as store:
        store.add(Trial(SMALL, PROTOCOL.key, 100, 0, error="diverged at step 3"))
    assert refused("front", "--db", tmp_path / "runs.db").endswith("the first error: diverged at step 3\n")


def test_an_empty_database(tmp_path: Path, refused: Run) -> None:
    Store(tmp_path / "runs.db").close()
    assert "holds no trials yet" in refused("front", "--db", tmp_path / "runs.db")


def test_parts_of_trainings_are_on_no_front(tmp_path: Path, refused: Run) -> None:
    with Store(tmp_path / "parts.db") as store:
        store.add(Trial(SMALL, PROTOCOL.key, 50, 0, {"val_pckh": 9.0, "macs": 1}), protocol_text=PROTOCOL.text)
    assert "None of the 1 trials finished" in refused("front", "--db", tmp_path / "parts.db")


def test_an_empty_protocol_is_none(db: Path, refused: Run) -> None:
    assert "No protocol here begins with ''" in refused("front", "--db", db, "--protocol", "")
