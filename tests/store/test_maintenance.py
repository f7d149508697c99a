"""Looking after databases: nothing is lost when they are merged, exported, renamed or upgraded."""

import hashlib
import json
import math
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from contracts.store import RUN, trial
from test_released import RELEASED, SPACE, database

from nasbench_pose.errors import InvalidFileError, StoreError, UnknownNameError
from nasbench_pose.evaluators.trial import Trial
from nasbench_pose.genotype import Genotype
from nasbench_pose.store import Run, Store
from nasbench_pose.store.maintenance import (
    check,
    current,
    delete_run,
    export,
    inventory,
    load,
    merge,
    rename_space,
    rename_strategy,
    upgrade,
)
from nasbench_pose.store.maintenance.opened import opened
from nasbench_pose.store.maintenance.rows import checksum, read_rows

NAMES = sorted(path.name for path in RELEASED.glob("*.sql"))


def sums(where: Path | str) -> dict[str, str]:
    with opened(where) as found:
        return {name: checksum(read_rows(found.connection, table)) for name, table in found.tables.items()}


def filled(path: Path | str, widths: range = range(1, 6), run: Run = RUN) -> None:
    """Make a database with a run that visits these trials."""
    with Store(path) as store:
        number = store.run(run, budget=9)
        for step, width in enumerate(widths, start=1):
            store.visit(number, step, trial(width), 0.5)
        store.save_checkpoint(number, len(widths), b"\x00\xff state")


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("name", NAMES)
def test_an_export_of_every_schema_comes_back_as_the_upgraded_database(form: str, name: str, tmp_path: Path) -> None:
    if form == "parquet":
        pytest.importorskip("pyarrow")
        if name == "schema_0001_numpy.sql":
            pytest.skip("a column of numbers in Parquet takes no bytes")
    path = database(name, tmp_path)
    if name == "schema_0001_numpy.sql":
        Store(path).close()  # bytes in columns of numbers are no text of a file: it is upgraded first
    rows = export(path, tmp_path / "out", form)
    with Store(tmp_path / "back.db") as back:
        load(tmp_path / "out", back)
        assert len(back.evaluations()) == rows["evaluation"]
    Store(path).close()
    assert sums(tmp_path / "back.db") == sums(path)


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_hostile_values_come_back(form: str, tmp_path: Path) -> None:
    if form == "parquet":
        pytest.importorskip("pyarrow")
    texts = ["\\N", "\\", "", ' "a",\r\nb', "π\u2028 \x1b[31m", "=1+1"]
    curve = ((1, math.nan), (2, math.inf), (3, -math.inf), (4, 0.1))
    given = [replace(trial(n), seed=n, error=text, curve=curve) for n, text in enumerate(texts)]
    big = Trial(Genotype("tiny", [("w", 1)]), "p2", 1, 2**62, {'a"b, π': 2**80, "x": 1e-320})
    with Store(tmp_path / "runs.db") as store:
        store.add_all([*given, big])
        store.save_checkpoint(store.run(RUN, budget=1), 1, bytes(range(256)))
    export(tmp_path / "runs.db", tmp_path / "out", form)
    with Store(tmp_path / "back.db") as back:
        load(tmp_path / "out", back)
        for each in [*given, big]:
            assert repr(back.find(each.genotype, each.protocol, each.fidelity, each.seed)) == repr(each)
        assert load(tmp_path / "out", back).conflicts == [], "a second import adds nothing"
    assert sums(tmp_path / "back.db") == sums(tmp_path / "runs.db")


def test_a_changed_export_is_refused(tmp_path: Path) -> None:
    filled(tmp_path / "runs.db")
    export(tmp_path / "runs.db", tmp_path / "out", "csv")
    with pytest.raises(InvalidFileError, match="is not empty"):
        export(tmp_path / "runs.db", tmp_path / "out", "csv")
    changed = tmp_path / "out" / "evaluation.csv"
    changed.write_text(changed.read_text().replace("61.0", "99.0"))
    with Store(tmp_path / "back.db") as back:
        with pytest.raises(InvalidFileError, match="not as it was exported: its SHA-256 differs"):
            load(tmp_path / "out", back)
        with pytest.raises(InvalidFileError, match="is no export"):
            load(tmp_path, back)
        manifest = tmp_path / "out" / "database.json"
        known = hashlib.sha256(changed.read_bytes()).hexdigest()
        about = json.loads(manifest.read_text())
        about["tables"]["evaluation"]["sha256"] = known
        manifest.write_text(json.dumps(about))
        with pytest.raises(
            InvalidFileError, match=r"is not as it was exported: evaluation: genotype .* another checksum"
        ):
            load(tmp_path / "out", back)
        manifest.write_text(json.dumps(about | {"schema": "00"}))
        with pytest.raises(InvalidFileError, match="is not the list of an export's files"):
            load(tmp_path / "out", back)
        assert back.evaluations().empty


def test_merging_adds_what_is_missing_and_lists_what_differs(tmp_path: Path) -> None:
    a, b = tmp_path / "a.db", tmp_path / "b.db"
    filled(a, range(1, 3))
    filled(b, range(1, 6))
    filled(b, range(3, 5), replace(RUN, seed=1))
    with Store(a) as store, Store(b) as other:
        done = merge(store, other)
        assert (done.added["run"], done.added["step"], done.added["evaluation"], done.conflicts) == (1, 5, 3, [])
        assert store.frame().drop(columns="run").equals(other.frame().drop(columns="run"))
        assert store.checkpoint(1) == other.checkpoint(1)
        assert not any(merge(store, other).added.values())


def test_two_results_of_one_trial_and_what_a_search_made_of_them(tmp_path: Path) -> None:
    filled(tmp_path / "b.db", range(1, 6))
    with Store(tmp_path / "a.db") as store, Store(tmp_path / "b.db") as other:
        store.add(trial(3, val_pckh=99.0))
        store.add(replace(trial(2), seconds=7.0))
        done = merge(store, other)
        assert sorted(conflict.kind for conflict in done.conflicts) == ["run", "seconds", "trial"]
        assert [step.trial for step in store.steps(1)] == [trial(1), replace(trial(2), seconds=7.0)]
        assert store.checkpoint(1) is None
        (run,) = (conflict for conflict in done.conflicts if conflict.kind == "run")
        assert [step["number"] for step in run.other] == [3, 4, 5]


def test_two_histories_of_one_run_stay_apart(tmp_path: Path) -> None:
    filled(tmp_path / "a.db", range(1, 4))
    filled(tmp_path / "b.db", range(2, 6))
    with Store(tmp_path / "a.db") as store, Store(tmp_path / "b.db") as other:
        (conflict,) = merge(store, other).conflicts
        assert "two histories from step 1 on" in conflict.what and len(conflict.other) == 4
        assert [step.trial for step in store.steps(1)] == [trial(1), trial(2), trial(3)]
        assert len(store.evaluations()) == 5


def test_two_spaces_of_one_name_are_not_merged(tmp_path: Path) -> None:
    filled(tmp_path / "a.db")
    filled(tmp_path / "b.db", range(7, 9), replace(RUN, space_digest="d2"))
    with Store(tmp_path / "a.db") as store, Store(tmp_path / "b.db") as other:
        with pytest.raises(StoreError, match="two search spaces called 'tiny'"):
            merge(store, other)
        assert len(store.evaluations()) == 5


def test_an_older_database_is_merged_and_left_as_it_is(tmp_path: Path) -> None:
    path = database("schema_0001.sql", tmp_path)
    before = sums(path)
    with current(path) as source, Store(tmp_path / "all.db") as target:
        assert merge(target, source).added["evaluation"] == len(source.evaluations())
    assert sums(path) == before and inventory(path).schema == "0001"


@pytest.mark.parametrize("name", NAMES)
def test_an_upgrade_keeps_a_copy_and_says_what_changed(name: str, tmp_path: Path) -> None:
    path = database(name, tmp_path)
    before = sums(path)
    done = upgrade(path)
    same = name != "schema_0001_numpy.sql"
    assert all(table.unchanged for table in done.tables) == same
    if done.copy is not None:
        assert sums(done.copy) == before and inventory(done.copy).schema == done.before
    assert upgrade(path).copy is None


def test_an_upgrade_does_not_overwrite_a_copy(tmp_path: Path) -> None:
    path = database("schema_0001.sql", tmp_path)
    (tmp_path / "runs-0001.db").touch()
    with pytest.raises(StoreError, match="exists already"):
        upgrade(path)
    assert inventory(path).schema == "0001"


def test_a_deleted_run_leaves_its_trials(tmp_path: Path) -> None:
    filled(tmp_path / "runs.db")
    with Store(tmp_path / "runs.db") as store:
        with pytest.raises(UnknownNameError, match="has no run 7; its runs are 1"):
            delete_run(store, 7)
        assert delete_run(store, 1) == 5
        assert store.frame().empty and store.runs().empty and len(store.evaluations()) == 5


def test_a_renamed_strategy_is_the_same_search(tmp_path: Path) -> None:
    filled(tmp_path / "runs.db")
    with Store(tmp_path / "runs.db") as store:
        with pytest.raises(UnknownNameError, match="Did you mean 'random'"):
            rename_strategy(store, "randon", "x")
        for name in ("", "a b", "x\ny", "a,b"):
            with pytest.raises(StoreError, match="is no name of a strategy"):
                rename_strategy(store, RUN.strategy, name)
        rename_strategy(store, RUN.strategy, "mine:Random")
        assert store.numbers([RUN, replace(RUN, strategy="mine:Random")]) == [None, 1]


def test_a_renamed_space_has_other_keys(tmp_path: Path) -> None:
    genes = SPACE.sample(np.random.default_rng(0)).genes
    old = Genotype("before", genes)
    with Store(tmp_path / "runs.db") as store:
        run = Run("random", "before", "d1", 0, "p1", 500)
        store.visit(store.run(run, budget=1), 1, Trial(old, "p1", 500, 0, {"val_pckh": 1.0}), 0.0)
        assert rename_space(store, "before", SPACE) == (1, 1)
        assert store.steps(1)[0].trial.genotype == Genotype(SPACE.name, genes)
        assert store.numbers([replace(run, space=SPACE.name, space_digest=SPACE.digest)]) == [1]
    assert check(tmp_path / "runs.db") == []


def test_a_check_finds_what_contradicts_itself(tmp_path: Path) -> None:
    filled(tmp_path / "runs.db")
    assert [finding.wrong for finding in check(tmp_path / "runs.db")] == [False], "only that 'tiny' is not known here"
    damage = {
        "UPDATE genotype SET text = text || '0' WHERE rowid = 1": "is that of another key",
        "UPDATE evaluation SET metrics = '{\"a\": [1]}' WHERE id = 2": "trial 2: its metrics",
        "UPDATE run SET seed = 5": "its definition is not that of its identity",
        "DELETE FROM step WHERE number = 2": "steps are missing",
        "UPDATE checkpoint SET number = 9": "its checkpoint is that of step 9",
        "DELETE FROM evaluation WHERE id = 4": "refer to rows of 'evaluation' that are missing",
        "UPDATE step SET evaluation_id = 1": "trials are of no run",
    }
    for statement, expected in damage.items():
        with closing(sqlite3.connect(tmp_path / "runs.db")) as connection, connection:
            connection.execute(statement)
        assert any(expected in finding.message for finding in check(tmp_path / "runs.db")), statement


def test_an_inventory_counts(tmp_path: Path) -> None:
    filled(tmp_path / "runs.db")
    with Store(tmp_path / "runs.db") as store:
        store.add(replace(trial(9), metrics={}, error="no"))
    found = inventory(tmp_path / "runs.db")
    assert (found.runs, found.unfinished, found.steps, found.trials) == (1, 1, 5, 6)
    assert (found.failed, found.unvisited, found.genotypes, found.checkpoints) == (1, 1, 6, 1)
    assert found.spaces == {"tiny": (1, 6)} and found.protocols == {"p1": (1, 6, 1)}
    assert found.size >= (tmp_path / "runs.db").stat().st_size
    assert json.dumps(found.texts)


@pytest.mark.slow
def test_a_server_is_exported_filled_checked_and_counted(postgres: str, tmp_path: Path) -> None:
    filled(tmp_path / "runs.db")
    export(tmp_path / "runs.db", tmp_path / "out")
    with Store(postgres) as server:
        load(tmp_path / "out", server)
        server.add(trial(77))
        assert server.run(replace(RUN, seed=3), budget=1) == 2, "ids count on"
        assert len(server.evaluations()) == 6
    assert (inventory(postgres).trials, inventory(postgres).kind) == (6, "postgresql")
    assert not any(finding.wrong for finding in check(postgres))
