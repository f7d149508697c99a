"""The page that says which strategy to use: every sentence that compares strategies, checked against the leaderboard.

Sentences are of the strategies that the page names, so that another one in the leaderboard makes none of them false.
"""

import re
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.report.leaderboard import Leaderboard, leaderboard, rows_of
from nasbench_pose.stats import equivalences

PAGE = (Path(__file__).parent.parent / "docs" / "which_strategy.md").read_text(encoding="utf-8")
PARTIAL = ["successive_halving", "asha", "hyperband", "mo_asha"]
FRONTS = ["motpe", "evolution", "nsga2", "sms_emoa"]


@cache
def board() -> Leaderboard:
    return leaderboard(rows_of())


@cache
def named() -> list[str]:
    """The strategies of the leaderboard that the page names, by rank."""
    section = PAGE[PAGE.index("## What can be said") : PAGE.index("## What cannot be said")]
    return [name for name in board().regrets.index if f"`{name}`" in section]


def said(*words: str) -> None:
    """Check that the page has these words, so that it cannot change without its check."""
    for each in words:
        assert re.sub(r"\s+", " ", each) in re.sub(r"\s+", " ", PAGE), each


def test_incumbent_and_tpe_are_nowhere_worse_than_the_best() -> None:
    said("and is not worse than the best strategy in any of the eight tasks", "`incumbent` | it mutates",
         "`tpe` | it is not worse than the best strategy in any task either")  # fmt: skip
    assert board().equal.shape[1] == 8
    assert board().equal.loc[["incumbent", "tpe"]].to_numpy().all()


def test_bohb_alone_of_those_with_partial_trainings_is_nowhere_worse_than_the_best() -> None:
    said("`bohb` | of those that use them, it alone is not worse than the best in any task")
    assert board().equal.loc["bohb"].all()
    assert not board().equal.loc[PARTIAL].all(axis=1).any()


def test_warm_is_not_worse_than_the_best_in_seven_tasks() -> None:
    said("`warm` is `evolution` that begins with the best by a zero-cost proxy: it is not worse than the best in seven")
    assert board().equal.loc["warm"].sum() == 7


def test_the_points_without_a_limit_are_those_of_the_table() -> None:
    said("on photographs without a limit it ends 0.1 points behind the best network, `random` 2.0")
    regrets = board().regrets["lspet any"]
    assert (f"{regrets['incumbent']:.1f}", f"{regrets['random']:.1f}") == ("0.1", "2.0")


def test_evolution_is_not_worse_than_the_best_in_six_tasks() -> None:
    said("`evolution` | in six tasks it is not worse than the best")
    assert board().equal.loc["evolution"].sum() == 6


def test_gp_has_the_largest_front_and_mo_asha_and_four_that_train_fully_follow() -> None:
    said("`gp` | its front lacks 4 % of the hypervolume, those of the others 8 % or more; `mo_asha` is next",
         "and of those that train fully `motpe`, `evolution`, `nsga2` and `sms_emoa` |")  # fmt: skip
    lacking = board().intervals.loc[named(), "hypervolume"]
    assert list(lacking.nsmallest(2).index) == ["gp", "mo_asha"]
    assert [f"{value:.0f}" for value in lacking.nsmallest(2)] == ["4", "8"]
    full = lacking.drop([*PARTIAL, "gp"])
    assert set(full.nsmallest(len(FRONTS)).index) == set(FRONTS)


def test_gp_is_worse_than_the_best_without_a_limit_on_photographs_alone() -> None:
    said("`gp` is not worse than the best in seven tasks; without a limit it is, on photographs.")
    equal = board().equal.loc["gp"]
    assert list(equal.index[~equal.astype(bool)]) == ["lspet any"]


def test_within_a_tight_limit_every_strategy_does() -> None:
    said("within 3 MMACs there are 143 networks, and fifty trainings are enough for every strategy, `random` too")
    assert {len(Benchmark.load("efficientpose_micro", data).means().query("macs <= 3e6 and genotype_space == "
            "'efficientpose_micro'")) for data in ("lspet", "synthetic")} == {143}  # fmt: skip
    assert board().equal.loc[named(), ["lspet ≤ 3", "synthetic ≤ 3"]].to_numpy().all()


def test_random_is_the_last_of_those_on_the_page() -> None:
    said("`random` | always; it ranks last of those on this page")
    assert named()[-1] == "random"


@pytest.mark.parametrize("name", ["nsga2", "sms_emoa", "motpe"])
def test_the_best_network_of_a_search_for_fronts_is_not_told_from_that_of_random(name: str) -> None:
    said("`nsga2`, `sms_emoa` and `motpe` search for a front. Over all tasks, Nemenyi's test does not tell")
    assert board().ranks.nemenyi.loc[[name], ["random"]].to_numpy(dtype=float)[0, 0] > 0.05


@pytest.mark.parametrize("name", PARTIAL)
def test_partial_trainings_do_within_the_tight_limit_and_fall_behind_without_one(name: str) -> None:
    said("are not worse than the best on photographs within 3 MMACs, and worse without a limit")
    assert board().equal.loc[name, "lspet ≤ 3"] and not board().equal.loc[name, "lspet any"]


def test_the_model_of_predictor_makes_it_no_better_than_incumbent() -> None:
    said("`predictor` is `incumbent` with a model, and not better than it in any task")
    rows = rows_of().query("strategy in ('predictor', 'incumbent')").assign(score=lambda frame: frame["regret"])
    verdicts = {
        task: equivalences(part[["strategy", "score", "seed"]].rename(columns={"seed": "run_seed"}), rope=0.0)
        for task, part in rows.groupby(["table", "limit"])
    }
    assert len(verdicts) == 8
    for pairs in verdicts.values():
        (pair,) = pairs.itertuples()
        assert pair.verdict != ("better" if pair.strategy == "predictor" else "worse")


def test_the_first_are_told_from_the_last() -> None:
    said("Friedman's and Nemenyi's tests over all tasks tell the first few of the ranking from the last few")
    found, order = board().ranks, board().regrets.index
    assert found.p_value < 0.001 and isinstance(found.nemenyi, pd.DataFrame)
    assert np.all(found.nemenyi.loc[order[0], order[-3:]] < 0.05)
