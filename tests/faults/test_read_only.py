"""Where a database may not be written, it is read, and a write says why it cannot be."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from contracts.store import trial
from database_files import facts_in, made

from nasbench_pose.errors import StoreError
from nasbench_pose.store import Store


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
