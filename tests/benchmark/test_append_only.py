"""Rows that outlive a crash."""

import os
from pathlib import Path

import pytest
import small_tables

from nasbench_pose.benchmark.append_only import AppendOnlyCsv
from nasbench_pose.benchmark.rows import TableFile
from nasbench_pose.spaces import SearchSpace


def test_rows_are_on_the_disk_when_append_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda file: synced.append(os.fstat(file).st_size))
    file = AppendOnlyCsv(tmp_path / "rows.csv", ("a", "b"), "table")
    file.begin()
    file.append([(1, 2), (3, 4)])
    assert synced == [file.path.stat().st_size] and len(file.read()) == 2


@pytest.mark.parametrize("name", ["plain_name", "two words", "a.b", "größe"])
def test_any_name_in_a_table_of_a_description_is_read_back(name: str, own: SearchSpace, tmp_path: Path) -> None:
    path = small_tables.made_up(own, tmp_path, [], more={"inner": {name: "said"}})
    assert TableFile(path).description()["more"] == {"inner": {name: "said"}}
