"""`nasbench-pose sample`: what is drawn is in the window, and what cannot be drawn is said."""

import csv
import io
import json
import re

import click
import pytest

from nasbench_pose import cost
from nasbench_pose.cli import main
from nasbench_pose.cli._ranges import Range
from nasbench_pose.spaces import find, load, space_of


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("0.5G..0.7G", (500_000_000, 700_000_000)),
        ("500M..700M", (500_000_000, 700_000_000)),
        ("..1G", (0, 10**9)),
        ("1G..", (10**9, None)),
        ("..", (0, None)),
        ("20k..25000", (20_000, 25_000)),
        ("0.1M .. .3M", (100_000, 300_000)),
        ("1.5..2.5", (2, 2)),
        ("0.1234567891G..", (123_456_790, None)),
        ("7..7", (7, 7)),
    ],
)
def test_ranges_are_read_exactly(text: str, ends: tuple[int, int | None]) -> None:
    assert Range().convert(text, None, None) == ends


@pytest.mark.parametrize("text", ["1G", "", "1G-2G", "a..b", "-1..5", "1e9..", "1T..2T", "2G..1G", "1.2..1.8", "1...2"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter) as raised:
        Range().convert(text, None, None)
    assert any(said in str(raised.value) for said in ("expected", "holds no whole number"))


def test_json_holds_exact_numbers_of_members_of_the_window(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sample", "efficientpose_large", "--macs", "0.5G..0.6G", "-n", "4", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["input"], printed["joints"], len(printed["genotypes"])) == ([256, 256], 16, 4)
    table = cost.table(load("efficientpose_large"))
    assert printed["window"]["size"] == cost.histogram(table).within(500_000_000, 600_000_000)
    for row in printed["genotypes"]:
        genotype = find(row["genotype"])
        counted = cost.count(space_of(genotype).graph(genotype))
        assert row["key"] == genotype.key
        assert 500_000_000 <= row["macs"] <= 600_000_000
        assert all(row[column] == getattr(counted, column) for column in list(row)[2:])


def test_csv_is_read_back(capsys: pytest.CaptureFixture[str]) -> None:
    args = [
        "sample",
        "efficientpose_micro",
        "--params",
        "..25k",
        "--input",
        "96x64",
        "--joints",
        "3",
        "-n",
        "20",
        "--csv",
    ]
    assert main(args) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == 20
    for row in rows:
        counted = cost.count(load("efficientpose_micro").graph(find(row["genotype"]), input=(96, 64), joints=3))
        assert (int(row["params"]), int(row["macs"])) == (counted.params, counted.macs)
        assert counted.params <= 25_000


def test_a_person_reads_how_much_of_the_space_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sample", "efficientpose_micro", "--macs", "..2M", "-n", "2"]) == 0
    head, empty, columns, *rows = capsys.readouterr().out.splitlines()
    assert head == "efficientpose_micro, input 64×64, 14 joints: 7 of 648 genotypes are in the range"
    kilo = ["parameters (k)", "activations (k)", "peak activations (k)"]
    assert (empty, re.split("  +", columns)) == ("", ["key", "MMACs", *kilo, "genotype"])
    for key, *numbers, text in map(str.split, rows):
        counted = cost.count(load("efficientpose_micro").graph(find(text)))
        exact = (1e-3 * counted.macs, counted.params, counted.activations, counted.peak_elements)
        assert find(text).key == key
        assert list(map(float, numbers)) == pytest.approx([number / 1e3 for number in exact], abs=0.05)


def test_the_seed_decides(capsys: pytest.CaptureFixture[str]) -> None:
    printed = []
    for seed in ("1", "1", "2"):
        assert main(["sample", "efficientpose_small", "--seed", seed]) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1] != printed[2]


def test_costs_without_a_common_divisor_are_drawn_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sample", "efficientpose_large", "--input", "99x99", "--macs", "0.1G..0.2G", "-n", "3", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["window"]["size"] is None
    assert 0 < printed["window"]["share"] < 1
    for row in printed["genotypes"]:
        exact = cost.count(load("efficientpose_large").graph(find(row["genotype"]), input=(99, 99)))
        assert row["macs"] == exact.macs
        assert 100_000_000 <= exact.macs <= 200_000_000


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["efficientpose_micro", "--macs", "1G.."], "1,000,000,000 or more MACs; the nearest have 8,508,416 below."),
        (["efficientpose_micro", "--params", "..9k"], "9,000 or fewer parameters; the nearest have 12,134 above."),
        (["efficientpose_micro", "--macs", "1G"], "'1G' is not a range; expected LOW..HIGH, e.g. 0.5G..0.7G or ..1G."),
        (["efficientpose_micro", "--macs", "..", "--params", ".."], "exclude each other; choose one."),
        (["efficientpose_large", "--input", "99x99", "--macs", "..9"], "drawn, 0 have 0 to 9 MACs: too few to draw 10"),
        (["efficientpose_mikro"], "Did you mean 'efficientpose_micro'?"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_one_line(
    args: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sample", *args]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("Error: ") and said in err
