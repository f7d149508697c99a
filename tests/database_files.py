"""Small databases for tests, and what opening one says."""

from pathlib import Path

import pytest
from contracts.store import trial

from nasbench_pose.errors import StoreError
from nasbench_pose.store import Store


def said(where: Path | str, *, must_exist: bool = True) -> str:
    """Return what opening a database fails with."""
    with pytest.raises(StoreError) as caught:
        Store(where, must_exist=must_exist)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def made(path: Path) -> Path:
    """Make a database with one fact."""
    with Store(path) as store:
        store.add(trial(1))
    return path


def facts_in(path: Path) -> int:
    """Count the facts of a database."""
    with Store(path, must_exist=True) as store:
        return len(store.evaluations())
