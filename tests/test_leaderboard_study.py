"""The study behind the leaderboard: only missing searches run, and a row is what a comparison says of the search."""

import hashlib
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.files import folder
from nasbench_pose.report.leaderboard import leaderboard, rows_of

ROOT = Path(__file__).parent.parent


def test_a_search_is_run_once_and_its_regret_is_that_of_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(ROOT)
    study, path = import_module("analysis.leaderboard"), tmp_path / "rows.csv"
    for name, value in {"DATA": ("synthetic",), "SEEDS": 2, "TRAININGS": 5, "names": lambda: ["random"]}.items():
        monkeypatch.setattr(study, name, value)
    study.record(path)
    rows = pd.read_csv(path, keep_default_na=False)
    assert rows["limit"].tolist() == ["3", "3", "4", "4", "6", "6", "none", "none"] and set(rows["seed"]) == {0, 1}
    assert (rows["core_seconds"] >= rows["budget_seconds"]).all() and (rows["regret"] >= 0).all()
    regrets = Benchmark.load(study.SPACE, "synthetic")._regrets(3e6, "val").round(4)
    assert rows.loc[rows["limit"] == "3", "regret"].isin(regrets).all()
    before = path.read_bytes()
    study.record(path)
    assert path.read_bytes() == before
    monkeypatch.setattr(study, "SEEDS", 3)
    study.record(path)
    assert path.read_bytes().startswith(before) and set(pd.read_csv(path)["seed"]) == {0, 1, 2}


def test_searches_of_a_table_that_has_grown_are_of_the_state_that_the_file_began_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(ROOT)
    study, path = import_module("analysis.leaderboard"), tmp_path / "rows.csv"
    lines = (folder("results") / "bench_efficientpose_micro_synthetic.csv").read_bytes().splitlines(keepends=True)
    earlier = hashlib.sha256(b"".join(lines[:-20])).hexdigest()[:16]
    path.write_text(f"{','.join(study.COLUMNS)}\nbench_efficientpose_micro_synthetic,{earlier},none,mine,0,9,9,9,1,1\n")
    for name, value in {"DATA": ("synthetic",), "SEEDS": 1, "TRAININGS": 2, "names": lambda: ["random"]}.items():
        monkeypatch.setattr(study, name, value)
    study.record(path)
    rows = pd.read_csv(path)
    assert len(rows) == 5 and set(rows["sha256"]) == {earlier}


def test_strategies_are_ranked_by_their_means_over_tasks() -> None:
    rows = rows_of()
    found = leaderboard(rows)
    means = rows.groupby(["table", "limit", "strategy"])["regret"].mean().unstack()
    ranks = means[list(found.ranks.ranks.index)].rank(axis=1).mean()
    pd.testing.assert_series_equal(found.ranks.ranks, ranks, check_names=False)
    assert found.seeds >= 50 and found.regrets.shape[1] == 8
    with pytest.raises(InvalidFileError, match="two strategies and two tasks"):
        leaderboard(rows[rows["strategy"] == "random"])
