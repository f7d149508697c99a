"""Databases that released versions wrote are read, brought up to date, and searches in them go on."""

import json
import math
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text

from nasbench_pose.benchmark.described_csv import checksum
from nasbench_pose.benchmark.evaluator import LookUp
from nasbench_pose.benchmark.shipped import table_of
from nasbench_pose.errors import StoreError
from nasbench_pose.evaluators.trial import Trial
from nasbench_pose.search import plan
from nasbench_pose.search.executors import in_this_process
from nasbench_pose.spaces import find, load
from nasbench_pose.store import Store
from nasbench_pose.store.migrations.versions.v0002_numbers import whole
from nasbench_pose.store.schema import HEAD
from nasbench_pose.strategies import Proposal

TRAININGS_THEN = 1288  # with the line of the columns
RELEASED = Path(__file__).parent / "released"
SPACE = load("efficientpose_micro")


def database(name: str, folder: Path) -> Path:
    """Return a database as a released version left it."""
    path = folder / "runs.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((RELEASED / name).read_text())
    return path


@pytest.mark.parametrize("name", sorted(path.name for path in RELEASED.glob("*.sql")))
def test_every_released_schema_is_brought_up_to_date(name: str, tmp_path: Path) -> None:
    path = database(name, tmp_path)
    with Store(path, must_exist=True) as store:
        frames = [store.frame(), store.evaluations(), store.runs(), store.curves()]
        with store._engine.connect() as connection:
            assert connection.scalar(text("SELECT version_num FROM schema_version")) == HEAD
    assert all(len(frame) for frame in frames)
    with Store(path, must_exist=True) as again:
        assert again.frame().equals(frames[0])


def test_there_is_a_database_of_the_schema_that_this_version_writes() -> None:
    assert (RELEASED / f"schema_{HEAD}.sql").exists(), "CONTRIBUTING.md says how a release is made"


def table_of_then(folder: Path) -> Path:
    """Return the table of photographs as it was when the databases were written; since then it has only grown."""
    now = table_of(SPACE.name, "lspet")
    path = folder / now.name
    path.write_bytes(b"".join(now.read_bytes().splitlines(keepends=True)[:TRAININGS_THEN]))
    about = now.with_suffix(".toml").read_text()
    path.with_suffix(".toml").write_text(re.sub('sha256 = "[0-9a-f]*"', f'sha256 = "{checksum(path)}"', about))
    return path


@pytest.mark.parametrize("name", [f"schema_{number:04d}.sql" for number in range(1, 8)])
def test_a_search_of_a_released_version_goes_on_as_if_it_were_of_this_one(name: str, tmp_path: Path) -> None:
    path = database(name, tmp_path)
    settings = {"evolution": {"population": 3, "sample": 2}}
    for where in (path, tmp_path / "new.db"):
        jobs = plan(
            SPACE, ["random", "evolution"], LookUp(table_of_then(tmp_path), None, SPACE),
            budget=9, seeds=2, store=str(where), settings=settings,
        )  # fmt: skip
        in_this_process(jobs, lambda _: None)
    with Store(path) as old, Store(tmp_path / "new.db") as new:
        columns = ["strategy", "run_seed", "step", "genotype", "seed", "fidelity", "val_pckh"]
        frames = [store.frame()[columns].sort_values(columns[:3]).reset_index(drop=True) for store in (old, new)]
        frames[0] = frames[0][frames[0]["strategy"].isin(frames[1]["strategy"])].reset_index(drop=True)
        assert frames[0].equals(frames[1])
        assert (old.checkpoint(7) or ())[1:] == (b"state",)


def test_a_search_of_three_workers_goes_on_from_what_was_under_way(tmp_path: Path) -> None:
    path, frames = database("schema_0004.sql", tmp_path), []
    for where in (path, tmp_path / "new.db"):
        look_up = LookUp(table_of_then(tmp_path), None, SPACE)
        in_this_process(plan(SPACE, ["asha"], look_up, budget=20, seeds=1, store=str(where), parallel=3), print)
        with Store(where) as store:
            frame = store.frame().query("strategy == 'asha'")
        frames.append(frame[["step", "ask_number", "genotype", "fidelity", "start_seconds", "end_seconds"]])
    assert len(frames[1]) == 20
    assert np.array_equal(frames[0].to_numpy(), frames[1].to_numpy())


def test_a_metric_that_is_no_number_is_a_failure_and_comes_back_as_it_is(tmp_path: Path) -> None:
    with Store(database("schema_0001.sql", tmp_path)) as store:
        trial = store.find(find("micro-smallest"), "p", 800, 7)
        assert trial is not None and math.isnan(trial.metrics["val_pckh"]) and trial.error is None
        assert math.isnan(trial.curve[0][1])
        frame = store.evaluations().set_index("key")
    row = frame[frame["protocol"] == "p"].loc[find("micro-smallest").key]
    assert row["error"] == "val_pckh is nan, not a finite number"


def test_numbers_that_numpy_made_are_read_again(tmp_path: Path) -> None:
    smallest, largest = find("micro-smallest"), find("micro-largest")
    with Store(database("schema_0001_numpy.sql", tmp_path)) as store:
        facts = store.evaluations()
        assert facts[facts["key"] == smallest.key]["seed"].tolist() == [0, 1, 2, 3, 4, 4_000_000_000, 6]
        found = facts[facts["key"] == largest.key][["fidelity", "seed"]].to_numpy().tolist()
        assert found == [[400, 0], [800, 5]], "a fact that was kept twice is one"
        assert store.find(largest, "p", 400, 0) == Trial(largest, "p", 400, 0, {"val_pckh": 22.0})
        (run,) = store.runs().query("strategy == 'random'").to_dict("records")
        assert run["budget"] == 3
        steps = store.steps(run["run"])
        assert [(step.number, step.trial.seed) for step in steps] == [(1, 5), (2, 5)]
        assert store.checkpoint(run["run"]) == (2, b"state")
        assert store.frame().query("strategy == 'st:NpFid'")["fidelity"].tolist() == [400] * 4


def test_a_search_with_fidelities_of_numpy_goes_on(tmp_path: Path) -> None:
    path = database("schema_0001_numpy.sql", tmp_path)
    from nasbench_pose.store import Run

    with Store(path) as store:
        (row,) = store.runs().query("strategy == 'st:NpFid'").to_dict("records")
        run = Run("st:NpFid", SPACE.name, row["space_digest"], 0, row["protocol"], 800)
        assert store.numbers([run]) == [row["run"]]


def test_an_older_database_is_read_where_it_may_not_be_written(tmp_path: Path) -> None:
    path = database("schema_0001.sql", tmp_path)
    uri = f"sqlite:///file:{path}?mode=ro&uri=true"
    with Store(uri, must_exist=True) as store:
        assert len(store.frame()) == 33
        with pytest.raises(StoreError, match="may not be written here"):
            store.add(Trial(find("micro-smallest"), "p", 800, 99))
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT version_num FROM schema_version").fetchone() == ("0001",)


def test_the_numbers_of_a_proposal_are_pythons() -> None:
    fidelity = Proposal(find("micro-smallest"), np.int64(400)).fidelity  # type: ignore[arg-type]
    assert json.dumps(fidelity) == "400"


@pytest.mark.parametrize("number", [1, 2, 400, 65_504, 2**24 - 1])
def test_bytes_of_every_type_of_numpy_are_the_number_they_were(number: int) -> None:
    wide = (np.int64, np.uint64, np.int32, np.uint32, np.float32, np.longdouble)
    narrow = (np.int16, np.uint16, np.float16) if number < 2048 else ()  # the whole numbers that a float16 can be
    assert {whole(kind(number).tobytes()) for kind in (*wide, *narrow)} == {number}


def test_eight_bytes_may_be_a_negative_number() -> None:
    assert whole(np.int64(-3).tobytes()) == -3


@pytest.mark.parametrize("length", range(1, 17))
def test_whatever_was_stored_is_a_number_of_eight_bytes(length: int) -> None:
    for stored in (b"\xff" * length, b"\x00" * (length - 1) + b"\x01", b"\x01" * length):
        assert -(2**63) <= whole(stored) < 2**64
