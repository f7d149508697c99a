"""`record`: recorded searches shown, drawn and replayed, from a file and from a database."""

import json
from pathlib import Path

import pytest
from commands import Run

from nasbench_pose.report.search_records import read_records, select


def test_one_search_is_printed_and_drawn(run: Run, tmp_path: Path) -> None:
    printed = run("record", "show", "--strategy", "gdas", "--seed", 4, "--out", tmp_path / "figures")
    assert len([line for line in printed.splitlines() if "s1b1=" in line]) == 6
    assert sorted(path.name for path in (tmp_path / "figures").iterdir()) == [
        "choices.svg", "genotypes.svg", "skips.svg"
    ]  # fmt: skip


def test_a_file_of_ones_own_is_read_and_many_searches_are_a_line_each(run: Run, tmp_path: Path) -> None:
    some = select(read_records(), "fbnet", None)[:3]
    (tmp_path / "mine.jsonl").write_text("".join(one.line + "\n" for one in some))
    lines = run("record", "show", tmp_path / "mine.jsonl").splitlines()
    assert [line.split()[:3] for line in lines[1:]] == [["fbnet", str(seed), "6"] for seed in range(3)]
    rows = [json.loads(line) for line in run("record", "show", tmp_path / "mine.jsonl", "--json").splitlines()]
    assert [row["cost"] for row in rows] == [ask.cost for one in some for ask in one.asks]


def test_a_replay_says_what_would_have_been_proposed(run: Run) -> None:
    args = ("record", "replay", "--strategy", "darts", "--stop", "skips")
    rows = [json.loads(line) for line in run(*args, "--json").splitlines()]
    assert {row["derived_from"] <= row["ask"] for row in rows} == {True}
    assert f"{sum(row['changed'] for row in rows)} of 60 proposals differ" in run(*args)


@pytest.mark.slow
def test_records_are_read_from_a_database(run: Run, tmp_path: Path) -> None:
    data = ("--data", "synthetic:train=16,val=4,test=4", "--steps", "1", "--budget", "2", "--seeds", "1")
    small = [f"--set=darts.{text}" for text in ("warm_up=1", "steps=1", "batch=4")]
    run("compare", "efficientpose_micro", *data, "--strategies", "random,darts", *small,
        "--db", tmp_path / "r.db", "--out", tmp_path / "out", "--workers", 1)  # fmt: skip
    assert run("record", "show", tmp_path / "r.db").splitlines()[2].split()[0].startswith("2")
    assert "0 of 2 proposals differ from those recorded" in run("record", "replay", tmp_path / "r.db")
