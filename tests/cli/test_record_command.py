"""`record`: recorded searches shown, drawn and replayed, from a file and from a database."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from commands import Run

from nasbench_pose.cost import count
from nasbench_pose.genotype import Genotype
from nasbench_pose.report.search_records import read_records, select
from nasbench_pose.spaces import find
from nasbench_pose.strategies.supernet.record import SearchRecord


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


def changed(tmp_path: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """Write a file with one record of the package that somebody has changed."""
    document = json.loads(read_records()[0].line)
    change(document)
    path = tmp_path / "theirs.jsonl"
    path.write_text(json.dumps(document))
    return path


def of_first(**changes: object) -> Callable[[dict[str, Any]], object]:
    """Return a function that changes the first ask."""
    return lambda record: record["asks"][0].update(changes)


def shares_of_first(*shares: float) -> Callable[[dict[str, Any]], object]:
    """Return a function that changes the shares of a choice in the first ask."""
    return lambda record: record["asks"][0]["shares"].update(s1b1=shares)


WRONG: dict[str, Callable[[dict[str, Any]], object]] = {
    "The image size is a whole number, not 'x'": lambda record: record.update(input=["x", 64]),
    "The number of joints is .* not 0": lambda record: record.update(joints=0),
    "it has no asks": lambda record: record.update(asks=[]),
    "The seed is a whole number, not 'x'": lambda record: record.update(seed="x"),
    "The cost is a number, not 'x'": of_first(cost="x"),
    "The shares of s1b1 is nan": shares_of_first(0.5, float("nan")),
    "'zzz' is not a genotype": of_first(genotype="zzz"),
    "an ask has ask, steps, .*, genotype[.]$": of_first(more=1),
    "ask 1: the shares of s1b1 are .0.5.; expected 2 numbers": shares_of_first(0.5),
    "ask 1: the shares of s1b1 are .-0.5, 1.5.": shares_of_first(-0.5, 1.5),
    "of heads_micro, whose choices heads_micro does not have as it is now": lambda record: record.update(
        space="heads_micro"
    ),
}


@pytest.mark.parametrize("message", list(WRONG))
def test_a_record_that_somebody_changed_is_one_line(message: str, refused: Run, tmp_path: Path) -> None:
    assert re.search(message, refused("record", "replay", changed(tmp_path, WRONG[message])))


def test_a_file_of_records_in_another_encoding_or_twice(run: Run, refused: Run, tmp_path: Path) -> None:
    line, path = read_records()[0].line, tmp_path / "theirs.jsonl"
    path.write_text(line + "\r\n", encoding="utf-8-sig")
    assert "1 searches, 0 of them stopped; 0 of 6 proposals differ" in run("record", "replay", path)
    path.write_bytes(b"\xff" + line.encode())
    assert "is no file of records: it is not UTF-8 text" in refused("record", "replay", path)
    path.write_text(f"{line}\n{line}\n")
    assert "has the search darts, seed 0, twice" in refused("record", "show", path)


def test_rules_that_say_nothing_are_refused(run: Run, refused: Run) -> None:
    one = ("record", "replay", "--strategy", "darts", "--seed", 0)
    assert "--cost is the cost that --limit bounds" in refused(*one, "--cost", "params")
    assert "The limit is nan, not a finite number" in refused(*one, "--limit", "nan")
    assert "The factor of a stop is nan" in refused(*one, "--factor", "nan")
    assert "The share of skips of a stop is nan" in refused(*one, "--share", "nan")
    assert run(*one, "--limit", "inf") == run(*one)


def test_searches_in_other_units_are_shown_with_them(run: Run, tmp_path: Path) -> None:
    first, second = read_records()[:2]
    (tmp_path / "both.jsonl").write_text(f"{first.line}\n{replace(second, unit='ms').line}\n")
    lines = run("record", "show", tmp_path / "both.jsonl").splitlines()
    assert [line.split()[5] for line in lines] == ["unit", "MACs", "ms"]


def test_a_limit_is_that_of_the_networks_which_were_searched(run: Run, refused: Run, tmp_path: Path) -> None:
    small = replace(read_records()[0], input=(32, 32), joints=17)
    assert SearchRecord.parse(small.line) == small
    (tmp_path / "small.jsonl").write_text(small.line)
    rows = run("record", "replay", tmp_path / "small.jsonl", "--limit", 700_000, "--json").splitlines()
    for row in map(json.loads, rows):
        found = Genotype.parse(row["genotype"])
        assert count(found, input=(32, 32), joints=17).macs <= 700_000 < count(found).macs
    least = count(find("micro-smallest"), input=(32, 32), joints=17).macs
    said = refused("record", "replay", tmp_path / "small.jsonl", "--limit", 1)
    assert f"the cheapest costs {least:g}" in said


@pytest.mark.slow
def test_records_are_read_from_a_database(run: Run, tmp_path: Path) -> None:
    data = ("--data", "synthetic:train=16,val=4,test=4", "--steps", "1", "--budget", "2", "--seeds", "1",
            "--input", "32x32")  # fmt: skip
    small = [f"--set=darts.{text}" for text in ("warm_up=1", "steps=1", "batch=4")]
    run("compare", "efficientpose_micro", *data, "--strategies", "random,darts", *small,
        "--db", tmp_path / "r.db", "--out", tmp_path / "out", "--workers", 1)  # fmt: skip
    assert run("record", "show", tmp_path / "r.db").splitlines()[2].split()[0].startswith("2")
    assert "0 of 2 proposals differ from those recorded" in run("record", "replay", tmp_path / "r.db")
    (found,) = read_records(tmp_path / "r.db")
    assert (found.input, found.joints) == ((32, 32), 14)
