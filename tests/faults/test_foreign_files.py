"""Files that are no database, that of another application, or of a newer version; and names that are hostile."""

import sqlite3
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from database_files import facts_in, made, said

from nasbench_pose.errors import StoreError
from nasbench_pose.store import Store
from nasbench_pose.store.schema import HEAD


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database with one fact."""
    return made(tmp_path / "runs.db")


def test_a_newer_schema_names_its_version_and_what_would_do(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE schema_version SET version_num = '9999'")
    message = said(file)
    assert message.startswith(
        f"{file} was written by a newer nasbench-pose (schema 9999; this one reads up to {HEAD})."
    )
    assert "pip install --upgrade nasbench-pose" in message


def test_a_database_that_is_refused_is_let_go(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE schema_version SET version_num = '9999'")
    with pytest.raises(StoreError) as caught:
        Store(file)
    assert caught.value is not None, "it keeps what it was raised from alive"
    assert str(file) not in {opened.path for opened in psutil.Process().open_files()}


def test_what_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("key,val_pckh\n" * 400)
    for must_exist in (True, False):
        assert said(tmp_path / "table.csv", must_exist=must_exist) == (
            f"{tmp_path / 'table.csv'} is not a database. Name another file."
        )
    assert (tmp_path / "table.csv").read_text() == "key,val_pckh\n" * 400


def test_somebody_elses_database_is_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "photos.db")) as connection, connection:
        connection.execute("CREATE TABLE photo (id INTEGER)")
    before = (tmp_path / "photos.db").read_bytes()
    assert "is not a results database: its tables are photo." in said(tmp_path / "photos.db", must_exist=False)
    assert (tmp_path / "photos.db").read_bytes() == before


@pytest.mark.parametrize("name", ["a b.db", "100%25.db", "what?.db", "#1.db", "posé.db", "no-suffix"])
def test_any_file_name_will_do(tmp_path: Path, name: str) -> None:
    made(tmp_path / name)
    assert facts_in(tmp_path / name) == 1
    assert [path.name for path in tmp_path.iterdir()] == [name]
