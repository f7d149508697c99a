"""SQLite files and URLs: what they are called, and what is wrong with one that leads nowhere, in one line."""

from pathlib import Path

import pytest
from contracts.store import trial
from database_files import facts_in, made, said

from nasbench_pose.errors import StoreError
from nasbench_pose.store import Store


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database with one fact."""
    return made(tmp_path / "runs.db")


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
        ("mysql://me@host/poses", "Results are stored in SQLite or PostgreSQL, not in 'mysql'"),
        ("postgresql+nosuch://x", r"No driver for 'postgresql\+nosuch' here .*; write postgresql://\."),
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
