"""What a table answers, against what the table's own methods say."""

import math
from dataclasses import replace
from decimal import Decimal

import pytest

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.cli._objectives import LimitOf, limits_of
from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.objective import Limit
from nasbench_pose.report.benchmark_text import front_values, front_within, look_up, lookup_text, lookup_values
from nasbench_pose.spaces import find


@pytest.fixture(scope="module")
def table() -> Benchmark:
    """A shipped table."""
    return Benchmark.load("efficientpose_micro")


def test_a_look_up_is_what_the_table_says(table: Benchmark) -> None:
    genotype = find("micro-smallest")
    found = look_up(table, "micro-smallest")
    assert found.genotype == genotype
    assert found.answer == table.query(genotype)
    assert found.regret == table.regret(genotype)
    assert f"{table.query(genotype).accuracy:.2f} %" in lookup_text(found)
    assert lookup_values(found)["seeds"] == table.seeds(genotype)


def test_one_seed_has_no_regret(table: Benchmark) -> None:
    found = look_up(table, "micro-smallest", seed=0)
    assert math.isnan(found.regret)
    assert lookup_values(found)["regret"] is None
    assert "regret" not in lookup_text(found)


def test_a_limit_cuts_the_front_and_is_refused_below_the_cheapest(table: Benchmark) -> None:
    front = table.front("macs")
    limit = front["macs"].iloc[1] / 1e6
    assert front_within(table, "macs", limit)["macs"].tolist() == front["macs"].tolist()[:2]
    assert len(front_values(table, front_within(table, "macs"))["front"]) == len(front)
    with pytest.raises(NasbenchPoseError, match="is the least"):
        front_within(table, "macs", 1e-9)


def test_a_mean_names_the_seeds_that_are_in_it_and_none_that_failed(table: Benchmark) -> None:
    genotype = find("micro-smallest")
    rows = table.rows.astype({"error": object})
    trained = rows.loc[rows["genotype"] == genotype.text, "seed"].tolist()
    failing = (rows["genotype"] == genotype.text) & (rows["seed"] == trained[0])
    rows.loc[failing, ["val_pckh", "test_pckh", "error"]] = [math.nan, math.nan, "out of memory"]
    found = look_up(replace(table, rows=rows), genotype.text)
    mine = rows[rows["genotype"] == genotype.text]
    assert lookup_values(found)["seeds"] == tuple(mine.dropna(subset=["val_pckh"])["seed"]) == tuple(trained[1:])
    assert found.answer.accuracy == pytest.approx(mine["val_pckh"].mean())
    others = mine.dropna(subset=["val_pckh"])
    assert found.answer.seconds == pytest.approx(others["seconds"].mean()) != pytest.approx(mine["seconds"].mean())
    early = look_up(replace(table, rows=rows), genotype.text, fidelity=100)
    points = others["curve"].str.extract(r"^100:(\S+)", expand=False).astype(float)
    assert early.seeds == found.seeds and early.answer.accuracy == pytest.approx(points.mean())
    rows.loc[rows["genotype"] == genotype.text, ["val_pckh", "error"]] = [math.nan, "out of memory"]
    nothing = look_up(replace(table, rows=rows), genotype.text)
    assert list(nothing.seeds) == trained and "failed: out of memory" in lookup_text(nothing)
    assert nothing.answer.seconds == pytest.approx(mine["seconds"].mean())


def test_all_steps_are_a_full_training(table: Benchmark) -> None:
    found = look_up(table, "micro-smallest", fidelity=table.grid.full)
    assert (found.answer, found.regret) == (table.query("micro-smallest"), table.regret("micro-smallest"))


def test_a_network_of_exactly_the_limit_is_within_it(table: Benchmark) -> None:
    means = table.means().dropna(subset="macs").drop_duplicates("macs")
    for macs in means["macs"].astype(int):
        text = str(Decimal(macs) / 10**6)  # as `cost` prints it, with all digits
        for limits in (limits_of((), float(text)), (LimitOf().convert(f"macs={text}M", None, None),)):
            assert limits is not None
            assert limits[0].most == macs
            assert Limit.parse(limits[0].text) == limits[0]
    front = table.front("params")
    for place, params in enumerate(front["params"].astype(int)):
        assert len(front_within(table, "params", float(Decimal(params) / 1000))) == place + 1


def test_an_accuracy_on_joints_of_ones_own_has_its_name(table: Benchmark) -> None:
    protocol = table.about["protocol"].replace("PCKh@0.5", "PCK@0.2 of the box")
    lines = lookup_text(look_up(replace(table, about={**table.about, "protocol": protocol}), "micro-smallest"))
    value = f"{table.query('micro-smallest').accuracy:8.2f} %"
    assert f"  PCK@0.2 of the box on val {value}" in lines and "PCKh" not in lines.partition("\n")[2]
    assert {line.index(".", 25) for line in lines.splitlines()[2:]} == {lines.splitlines()[2].index(".", 25)}
