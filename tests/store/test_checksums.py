"""Every stored value has a checksum: what is no longer as it was stored is said, refused and left out."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from contracts.store import RUN, trial
from sqlalchemy import create_engine, text
from test_released import database

from nasbench_pose.errors import StoreError
from nasbench_pose.store import Ask, Store, Turn
from nasbench_pose.store.checksums import CHECKED, damaged
from nasbench_pose.store.maintenance import check, export, merge, salvage
from nasbench_pose.store.maintenance.opened import opened, tables_of
from nasbench_pose.store.maintenance.rows import checksum, copy_tables, read_rows
from nasbench_pose.store.schema import TABLE, migrate
from nasbench_pose.store.tables import Base

STEPS = 4


def filled(where: Path | str) -> None:
    """Make a database with rows in all tables that have checksums."""
    with Store(where) as store:
        run = store.run(replace(RUN, protocol_text='{"π": 1}', settings={"rate": 0.1, "names": ["a", "é"]}), budget=9)
        for number in range(1, STEPS + 1):
            given = replace(trial(number), seconds=-0.0, curve=((1, float("nan")), (2, 0.1 + number)))
            store.note_ask(run, Ask(number, number - 1, given.genotype, 500, "whole", 0.1))
            store.visit(run, number, given, 0.5, Turn(number, 0, number / 3))
        store.visit(store.run(replace(RUN, seed=1), budget=1), 1, replace(trial(9), metrics={}, error="no – 'x'"), -0.0)
        store.save_checkpoint(run, STEPS, bytes(range(256)))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("checksums") / "runs.db"
    filled(path)
    return path


def changed(whole: Path, folder: Path, statement: str) -> Path:
    """Return a copy of a database in which one row was changed behind the store's back."""
    path = folder / "changed.db"
    with closing(sqlite3.connect(whole)) as old, closing(sqlite3.connect(path)) as new:
        old.backup(new)
        assert new.execute(statement).rowcount == 1
        new.commit()
    return path


def sums(where: Path | str) -> dict[str, str]:
    """Return a checksum of each table."""
    with opened(where) as found:
        return {name: checksum(read_rows(found.connection, table)) for name, table in found.tables.items()}


def other(value: Any) -> Any:
    """Return a value of the same type that differs in one bit or so."""
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1, *value[1:]])
    if isinstance(value, str):
        return f"{value[:-1]}{chr(ord(value[-1]) ^ 1)}"
    return "" if value is None else value + 2**-20 if isinstance(value, float) else value + 1


def test_all_columns_have_a_checksum() -> None:
    """A genotype's key is the digest of its text; what is under way is no result; ids are only places."""
    for name, table in Base.metadata.tables.items():
        if name not in ("genotype", "proposal", "training"):
            assert set(table.columns.keys()) - set(CHECKED[name]) <= {"id", "checksum", "evaluation_id"}
            assert "checksum" in table.c


def test_every_value_that_differs_is_noticed(whole: Path) -> None:
    engine = create_engine(f"sqlite:///{whole}")
    for name, columns in CHECKED.items():
        for column in columns:
            with engine.connect() as connection:
                assert list(damaged(connection, name)) == []
                table = name if column in Base.metadata.tables[name].c else "evaluation"
                row = {"row": connection.scalar(text(f"SELECT MAX(rowid) FROM {table}"))}
                old = connection.scalar(text(f'SELECT "{column}" FROM {table} WHERE rowid = :row'), row)
                statement = text(f'UPDATE {table} SET "{column}" = :value WHERE rowid = :row')
                connection.execute(statement, row | {"value": other(old)})
                assert len(list(damaged(connection, name))) >= 1, (name, column)
                connection.rollback()
    engine.dispose()


READS: dict[str, Callable[[Store], Any]] = {
    "frame": Store.frame,
    "evaluations": Store.evaluations,
    "curves": Store.curves,
    "steps": lambda store: store.steps(1),
    "find": lambda store: store.find(trial(2).genotype, "p1", 500, 0),
    "export": lambda store: export(store.url, Path(store.name).with_name("out")),
    "merge": lambda store: merge(Store("sqlite://"), store),
}


@pytest.mark.parametrize("read", READS)
def test_a_trial_that_differs_is_not_read(read: str, whole: Path, tmp_path: Path) -> None:
    path = changed(whole, tmp_path, "UPDATE evaluation SET metrics = replace(metrics, '62.0', '72.0') WHERE id = 2")
    with Store(path) as store, pytest.raises(StoreError, match=f"is damaged: .*{trial(2).genotype.key}.* db check"):
        READS[read](store)


def test_a_point_of_a_curve_that_differs_is_not_read(whole: Path, tmp_path: Path) -> None:
    path = changed(whole, tmp_path, "UPDATE evaluation SET curve = replace(curve, '2.1', '2.3') WHERE id = 2")
    with Store(path) as store, pytest.raises(StoreError, match=f"is damaged: .*{trial(2).genotype.key}.* db check"):
        store.curves()


def test_what_a_search_goes_on_from_is_as_it_was_stored(whole: Path, tmp_path: Path) -> None:
    for table, read in {
        "step": lambda store: store.steps(1),
        "ask": lambda store: store.asks(1),
        "checkpoint": lambda store: store.checkpoint(1),
        "run": lambda store: store.run(replace(RUN, settings={"rate": 0.1, "names": ["a", "é"]}), budget=10),
    }.items():
        path = changed(whole, tmp_path, f"UPDATE {table} SET checksum = checksum + 1 WHERE rowid = 1")
        with Store(path) as store, pytest.raises(StoreError, match=f"is damaged: .*{table}.*run 1|run 1 is not"):
            read(store)


def test_a_check_names_the_row_and_a_salvage_leaves_it_out(whole: Path, tmp_path: Path) -> None:
    path = changed(whole, tmp_path, "UPDATE evaluation SET metrics = replace(metrics, '62.0', '72.0') WHERE id = 2")
    (found,) = (finding.message for finding in check(path) if finding.wrong)
    assert found == (
        f"evaluation: genotype {trial(2).genotype.key}, protocol p1, fidelity 500, seed 0, schedule whole "
        "(step 2 of run 1): its values are not those of its checksum"
    )
    saved = salvage(path, tmp_path / "saved.db")
    assert saved.left_out == {name: {"evaluation": 1, "step": 3, "checkpoint": 1}.get(name, 0) for name in saved.rows}
    assert not any(finding.wrong for finding in check(tmp_path / "saved.db"))
    path = changed(whole, tmp_path, "UPDATE step SET end_seconds = 9 WHERE run_id = 1 AND number = 4")
    assert [f.message.split(":")[:2] for f in check(path) if f.wrong] == [["step", " run 1, number 4"]]
    assert salvage(path, tmp_path / "again.db").left_out["step"] == 1


def test_checksums_of_an_upgrade_are_those_of_new_rows(whole: Path, tmp_path: Path) -> None:
    path = changed(whole, tmp_path, f"UPDATE {TABLE} SET version_num = '0006'")
    with closing(sqlite3.connect(path)) as connection:
        for name in CHECKED:
            connection.execute(f"ALTER TABLE {name} DROP COLUMN checksum")
    assert set(sums(path)) == set(sums(whole)) and sums(path) != sums(whole)
    Store(path).close()
    assert sums(path) == sums(whole)


@pytest.mark.slow
def test_checksums_on_a_server_are_those_of_a_file(postgres: str, tmp_path: Path) -> None:
    path = database("schema_0006.sql", tmp_path)
    server = create_engine(postgres)

    with server.begin() as connection, opened(path) as found:
        migrate(connection, "0006")
        copy_tables(found.connection, found.tables, connection, tables_of(connection))
    server.dispose()
    for where in (path, postgres):
        Store(where).close()
    assert sums(path) == sums(postgres) and not any(finding.wrong for finding in check(postgres))
    filled(postgres)
    with Store(postgres) as store:
        assert store.read(lambda connection: [list(damaged(connection, name)) for name in CHECKED]) == [[]] * 6
        with store._engine.begin() as connection:
            connection.execute(text("UPDATE evaluation SET seconds = seconds + 1 WHERE id = 1"))
    assert [finding.message.split(":")[0] for finding in check(postgres) if finding.wrong] == ["evaluation"]
    saved = salvage(postgres, tmp_path / "saved.db")
    assert saved.left_out["evaluation"] == 1 and saved.rows["evaluation"] > 30
    assert not any(finding.wrong for finding in check(tmp_path / "saved.db"))
