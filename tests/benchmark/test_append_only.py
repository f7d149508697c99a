"""Rows that outlive a crash."""

import os
from pathlib import Path

import pytest

from nasbench_pose.benchmark.append_only import AppendOnlyCsv


def test_rows_are_on_the_disk_when_append_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda file: synced.append(os.fstat(file).st_size))
    file = AppendOnlyCsv(tmp_path / "rows.csv", ("a", "b"), "table")
    file.begin()
    file.append([(1, 2), (3, 4)])
    assert synced == [file.path.stat().st_size] and len(file.read()) == 2
