"""SQLite files: what can be wrong with one, said in one line; what they are called; what a full disk costs."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest
from contracts.store import RUN, trial
from sqlalchemy import event

from nasbench_pose.errors import StoreError
from nasbench_pose.store import Store


def said(where: Path | str, *, must_exist: bool = True) -> str:
    """Return what opening a database fails with."""
    with pytest.raises(StoreError) as caught:
        Store(where, must_exist=must_exist)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database with one fact."""
    return made(tmp_path / "runs.db")


def made(path: Path) -> Path:
    with Store(path) as store:
        store.add(trial(1))
    return path


def facts_in(path: Path) -> int:
    with Store(path, must_exist=True) as store:
        return len(store.evaluations())


def test_a_newer_schema_names_its_version_and_what_would_do(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE schema_version SET version_num = '0007'")
    message = said(file)
    assert message.startswith(f"{file} was written by a newer nasbench-pose (schema 0007; this one reads up to 0005).")
    assert "pip install --upgrade nasbench-pose" in message


def test_a_database_that_is_refused_is_let_go(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE schema_version SET version_num = '0007'")
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


def test_a_damaged_database_says_how_to_save_what_is_left(tmp_path: Path) -> None:
    with Store(tmp_path / "runs.db") as store:
        store.add_all(trial(width) for width in range(500))
    content = bytearray((tmp_path / "runs.db").read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    (tmp_path / "runs.db").write_bytes(content)
    message = said(tmp_path / "runs.db")
    assert "is damaged. Save what is readable with: nasbench-pose db check" in message


def test_a_missing_folder(tmp_path: Path) -> None:
    assert said(tmp_path / "no" / "runs.db", must_exist=False).startswith(f"No folder '{tmp_path / 'no'}' to keep")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    assert f"is a folder; a database is a file, such as '{tmp_path / 'runs.db'}'" in said(tmp_path, must_exist=False)


def test_a_database_that_must_exist_is_not_made(file: Path) -> None:
    message = said(file.with_name("rnus.db"))
    assert message == f"No database '{file.with_name('rnus.db')}'. The folder has runs.db. Did you mean 'runs.db'?"
    assert said(f"sqlite:///{file.with_name('rnus.db')}") == message
    for number in range(9):
        file.with_name(f"x{number}.db").touch()
    assert " x5.db, x6.db and 2 more. Did you mean 'runs.db'?" in said(file.with_name("rnus.db"))
    for path in file.parent.glob("*.db"):
        path.unlink()
    assert said(file) == f"No database '{file}'. A search makes one."
    assert not file.exists()


def test_an_empty_file_is_no_database_to_read_but_one_to_write(tmp_path: Path) -> None:
    (tmp_path / "runs.db").touch()
    assert said(tmp_path / "runs.db").endswith("is an empty database: no search has written to it.")
    made(tmp_path / "runs.db")
    assert facts_in(tmp_path / "runs.db") == 1


@pytest.mark.parametrize("name", ["a b.db", "100%25.db", "what?.db", "#1.db", "posé.db", "no-suffix"])
def test_any_file_name_will_do(tmp_path: Path, name: str) -> None:
    made(tmp_path / name)
    assert facts_in(tmp_path / name) == 1
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_path_is_relative_to_where_the_store_was_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Store("runs.db") as store:
        monkeypatch.chdir("/")
        store.add(trial(1))
    assert facts_in(tmp_path / "runs.db") == 1


def test_what_a_store_is_called_hides_the_password(tmp_path: Path) -> None:
    with Store(tmp_path / "runs.db") as store:
        assert store.name == str(tmp_path / "runs.db")
    message = said("postgresql://me:secret@localhost:1/poses")
    assert message.startswith("postgresql://me:***@localhost:1/poses: connection failed")
    assert "secret" not in message


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:secret@host:port/x",
        "postgresql://me:a/secret@b@host:port/x",
        "post gres://me:secret@host/x",
        "postgresql://me@localhost:1/x?password=secret",
    ],
)
def test_messages_about_a_url_hide_its_password(url: str) -> None:
    message = said(url)
    assert "secret" not in message and "***" in message


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("nosuch://x", "No driver for 'nosuch' here"),
        ("postgresql+asyncpgg://x/y", "pip install 'nasbench-pose\\[postgres\\]'"),
        ("postgresql://host:port/x", "is neither a file nor a database URL such as postgresql://user@host/name"),
        ("://", "is neither a file nor a database URL"),
        ("sqlite://runs.db", "names a host, not a file; with three slashes it is one: sqlite:///runs.db"),
        ("sqlite://data/runs.db", "with three slashes it is one: sqlite:///data/runs.db"),
        ("sqlite:///x.db?timeout=abc", "The option 'timeout' of 'x.db' cannot be 'abc'; give seconds once, such as 60"),
        ("sqlite:///x.db?timeout=-1", "The option 'timeout' of 'x.db' cannot be '-1'"),
        ("sqlite:///x.db?timeout=1&timeout=2", "The option 'timeout' of 'x.db' cannot be"),
        ("sqlite:///x.db?timout=3", "SQLite has no option 'timout'; it has timeout, .* Did you mean 'timeout'"),
        ("sqlite:///x.db?mode=ro", r"'mode' of SQLite needs a URI: sqlite:///file:x.db\?mode=ro&uri=true"),
        ("sqlite:///file:x.db?mode=or&uri=true", "The option 'mode' of 'file:x.db' cannot be 'or'"),
    ],
)
def test_urls_that_lead_nowhere(url: str, expected: str) -> None:
    with pytest.raises(StoreError, match=expected):
        Store(url)


@contextmanager
def read_only(*paths: Path) -> Iterator[None]:
    """Take the right to write away, and root's privilege to write all the same."""
    modes = [path.stat().st_mode for path in paths]
    root = os.geteuid() == 0
    for path in (*paths, *(path for folder in paths for path in folder.glob("*"))) if root else ():
        os.chown(path, 65534, -1)
    for path in paths:
        path.chmod(0o500 if path.is_dir() else 0o400)
    if root:
        os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        if root:
            os.setresuid(0, 0, 0)
        for path, mode in zip(paths, modes, strict=True):
            path.chmod(mode)


def test_a_read_only_file_is_read_and_not_written(ordinary_folder: Path) -> None:
    file = made(ordinary_folder / "runs.db")
    with read_only(file):
        assert facts_in(file) == 1
        with (
            Store(file) as store,
            pytest.raises(StoreError, match=r"may not be written here: .* is read-only. Copy it"),
        ):
            store.add(trial(2))
    assert facts_in(file) == 1


def test_a_read_only_folder_is_read_and_not_written(ordinary_folder: Path) -> None:
    file = made(ordinary_folder / "what?#%.db")
    with read_only(ordinary_folder):
        assert facts_in(file) == 1
        with (
            Store(file) as store,
            pytest.raises(StoreError, match=r"may not be written here: .* is read-only. Copy it"),
        ):
            store.add(trial(2))
        with pytest.raises(
            StoreError, match="cannot be opened: you lack the permission to read or write the file or its folder"
        ):
            Store(ordinary_folder / "new.db")
    assert facts_in(file) == 1


def test_a_read_only_folder_hides_no_trial_of_a_killed_search(ordinary_folder: Path) -> None:
    """The last trials of a killed process are in the log beside the database only."""
    with Store(ordinary_folder / "whole.db") as store:
        store.add(trial(1))
        store.add(trial(2))
        for suffix in ("", "-wal", "-shm"):
            shutil.copy(f"{ordinary_folder / 'whole.db'}{suffix}", f"{ordinary_folder / 'runs.db'}{suffix}")
    with read_only(ordinary_folder):
        assert facts_in(ordinary_folder / "runs.db") == 2
    ordinary_folder.joinpath("runs.db-shm").unlink()
    with read_only(ordinary_folder), pytest.raises(StoreError, match="cannot be opened"):
        facts_in(ordinary_folder / "runs.db")


def test_a_file_nobody_may_read(ordinary_folder: Path) -> None:
    file = made(ordinary_folder / "runs.db")
    with read_only(file):
        file.chmod(0)
        with pytest.raises(StoreError, match="cannot be opened"):
            facts_in(file)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 400 kB; only root can make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if (
        os.geteuid()
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "none", folder], check=False).returncode
    ):
        pytest.skip("no right to mount a small disk")
    yield folder
    subprocess.run(["umount", folder], check=True)


def fill(store: Store, run: int) -> int:
    """Visit until the disk is full; return the steps that were kept."""
    for number in range(1, 10_000):
        try:
            store.visit(run, number, trial(number), 0.0)
        except StoreError as error:
            assert "disk is full" in str(error).lower() and "Make room and run the same command again." in str(error)
            return number - 1
    raise AssertionError("the disk was never full")


def test_a_full_disk_keeps_what_was_finished(small_disk: Path) -> None:
    with Store(small_disk / "runs.db") as store:
        run = store.run(RUN, budget=10)
        (small_disk / "ballast").write_bytes(bytes(100_000))
        kept = fill(store, run)
        assert len(store.steps(run)) == kept > 0
        (small_disk / "ballast").unlink()
        store.visit(run, kept + 1, trial(kept + 1), 0.0)
    with Store(small_disk / "runs.db", must_exist=True) as store:
        assert [step.number for step in store.steps(run)] == list(range(1, kept + 2))


def test_a_full_database_keeps_what_was_finished(file: Path) -> None:
    """As a full disk, where no small disk can be made: SQLite says the same when it may take no more pages."""
    with Store(file) as store:
        run = store.run(RUN, budget=10)
        event.listen(store._engine, "checkout", lambda connection, *_: connection.execute("PRAGMA max_page_count = 30"))
        kept = fill(store, run)
    with Store(file, must_exist=True) as store:
        assert len(store.steps(run)) == kept > 0
        store.visit(run, kept + 1, trial(kept + 1), 0.0)
