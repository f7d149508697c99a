"""Which trainings make a table, and in which order."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import small_tables
from hypothesis import given
from hypothesis import strategies as st

from nasbench_pose.benchmark.build import build_table
from nasbench_pose.benchmark.plan import NEAR, Job, Order, Plan, check_size, drawn, near_front
from nasbench_pose.cost import count
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.spaces import SearchSpace, find, load

SEEDS, REPLICATED = 3, 5
PLAN = Plan(SEEDS, REPLICATED)


class Growing:
    """A table that has a row for each job before the next is asked for."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    def rows(self) -> pd.DataFrame:
        rng = np.random.default_rng(0)
        found = [(g.text, seed, len(g.text) * 10**4, rng.normal()) for g, seed in self.jobs]
        return pd.DataFrame(found, columns=["genotype", "seed", "macs", "val_pckh"])

    def grow(self, own: SearchSpace, limit: int | None = None, plan: Plan = PLAN) -> list[Job]:
        order = Order.of(own, plan, np.random.default_rng(0))
        while len(self.jobs) != limit and (lacking := order.lacking(self.rows())):
            self.jobs.append(lacking[0])
        return self.jobs


def test_a_part_of_a_plan_is_worth_having(own: SearchSpace) -> None:
    planned = Growing().grow(own)
    members, baseline = list(own.enumerate()), find("micro-smallest")
    assert planned[:SEEDS] == [(baseline, seed) for seed in range(SEEDS)]
    once = planned[SEEDS : SEEDS + len(members)]
    assert {genotype for genotype, _ in once} == set(members) and {seed for _, seed in once} == {0}
    assert [genotype for genotype, _ in once] != members, "in random order"
    again = planned[SEEDS + len(members) :][: 2 * REPLICATED]
    assert len({genotype for genotype, _ in again}) == REPLICATED and {seed for _, seed in again} == {1, 2}
    position = [[genotype for genotype, _ in once].index(genotype) for genotype, _ in again]
    assert position == sorted(position), "in the same random order: not the cheapest first"
    assert len(set(planned)) == len(planned), "nothing twice"


def test_every_genotype_gets_as_many_seeds_as_each_is_to_have_before_the_front_is_looked_at(own: SearchSpace) -> None:
    members = set(own.enumerate())
    twice = Plan(SEEDS, REPLICATED, each=2)
    before = SEEDS + len(members) + 2 * REPLICATED
    planned = Growing().grow(own, plan=twice)
    assert planned[:before] == Growing().grow(own, limit=before), "what a table with fewer seeds begins with too"
    second = planned[before : before + len(members) - REPLICATED]
    assert {seed for _, seed in second} == {1}
    assert {genotype for genotype, seed in planned if seed == 1} >= members
    assert len(set(planned)) == len(planned), "nothing twice"


def test_a_baseline_that_is_a_member_is_trained_once() -> None:
    micro = load("efficientpose_micro")
    twice = replace(micro, baselines=("micro-smallest", "Micro-Smallest"))
    planned = Order.of(twice, PLAN, np.random.default_rng(0)).planned
    assert len(set(planned)) == len(planned) == SEEDS - 1 + 648 + 2 * REPLICATED


def test_no_genotype_has_more_seeds_than_those_that_matter() -> None:
    with pytest.raises(InvalidFileError, match="All genotypes with 5 seeds, and the important ones with 2"):
        Plan(2, 10, each=5)
    assert Plan(2, 10, each=2).each == 2


def test_in_the_end_everything_near_the_front_has_all_seeds(own: SearchSpace) -> None:
    table = Growing()
    planned = table.grow(own)
    members = {genotype.text for genotype in own.enumerate()}
    rows = table.rows()
    close = near_front(rows[rows["genotype"].isin(members)])
    assert close
    done = {(genotype.text, seed) for genotype, seed in planned}
    assert {(text, seed) for text in close for seed in range(SEEDS)} <= done


@pytest.mark.parametrize("stop", [0, 1, 7, 20, 25, 27])
def test_an_interrupted_plan_goes_on_as_if_nothing_had_been(own: SearchSpace, stop: int) -> None:
    halted = Growing()
    halted.grow(own, limit=stop)
    assert len(halted.jobs) == stop
    assert halted.grow(own) == Growing().grow(own)
    assert halted.grow(own) == Growing().grow(own), "and then has nothing left"


def test_what_is_trained_again_is_spread_evenly_over_cost() -> None:
    space = load("efficientpose_micro")
    _, again = drawn(space, 9, np.random.default_rng(0))
    every = sorted(count(space.graph(genotype)).macs for genotype in space.enumerate())
    edges = [every[len(every) * k // 9] for k in range(9)]
    places = [int(np.searchsorted(edges, count(space.graph(g)).macs, side="right")) for g in again]
    assert sorted(places) == list(range(1, 10)), "one in each ninth"
    assert drawn(space, 9, np.random.default_rng(0))[1] == again != drawn(space, 9, np.random.default_rng(1))[1]


@given(
    st.lists(st.tuples(st.integers(0, 6), st.floats(0, 50)), min_size=1, max_size=30),
)
def test_near_the_front_is_within_two_trainings_of_what_is_cheaper(cells: list[tuple[int, float]]) -> None:
    rows = pd.DataFrame([(f"g{g}", 0, 100 + g, v) for g, v in cells], columns=["genotype", "seed", "macs", "val_pckh"])
    means = {name: (part["macs"].iloc[0], part["val_pckh"].mean()) for name, part in rows.groupby("genotype")}
    spreads = [part["val_pckh"].var() for _, part in rows.groupby("genotype") if len(part) > 1]
    slack = NEAR * float(np.sqrt(np.mean(spreads))) if spreads else 0.0
    expected = {
        name
        for name, (macs, mean) in means.items()
        if mean >= max(other for cost, other in means.values() if cost <= macs) - slack - 1e-9
    }
    assert set(near_front(rows)) == expected or slack_matters(means, slack)


def slack_matters(means: dict[str, tuple[int, float]], slack: float) -> bool:
    """Whether a mean lies so close to the edge that rounding decides."""
    return any(
        abs(max(other for cost, other in means.values() if cost <= macs) - slack - mean) < 1e-6
        for macs, mean in means.values()
    )


def test_nobody_trains_a_space_without_end(own: SearchSpace, tmp_path: Path) -> None:
    check_size(own)
    with pytest.raises(InvalidFileError, match=r"efficientpose_small has 5\.1e\+21 genotypes"):
        check_size(load("efficientpose_small"))
    where, plan = tmp_path / "table.csv", Plan(1, 0)
    with pytest.raises(InvalidFileError, match="efficientpose_small has"):
        build_table(
            load("efficientpose_small"), small_tables.training(own), where,
            workers=1, plan=plan, limit=0, go_on=lambda: False, tell=print,
        )  # fmt: skip
    assert not where.exists()


def test_without_a_second_seed_nothing_is_near_the_front_but_the_front() -> None:
    rows = pd.DataFrame({"genotype": ["a", "b", "c"], "seed": 0, "macs": [1, 2, 3], "val_pckh": [20.0, 19.9, 20.0]})
    assert near_front(rows) == ["a", "c"]


def test_the_best_share_gets_all_seeds_when_everything_is_trained(own: SearchSpace) -> None:
    table = Growing()
    planned = table.grow(own, plan=replace(PLAN, best=0.5))
    rows = table.rows()
    assert planned[: len(Growing().grow(own, limit=20))] == Growing().grow(own, limit=20), "the plan begins as without"
    texts = {genotype.text for genotype in own.enumerate()}
    means = rows[rows["genotype"].isin(texts)].groupby("genotype")["val_pckh"].agg(["mean", "size"])
    best = means.nlargest(len(texts) // 2, "mean")
    assert (best["size"] == SEEDS).all() and (means["size"] < SEEDS).any()
    with pytest.raises(InvalidFileError, match="share of all, from 0 to 1; not 25"):
        Plan(best=25)
