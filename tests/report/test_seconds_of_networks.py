"""The time of a network in reports is that of its training, not what a search was charged for the last part of it."""

import pandas as pd
import pytest
import small_tables

import nasbench_pose as nbp
from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.evaluator import LookUp
from nasbench_pose.objective import Objective
from nasbench_pose.report.comparison import comparison_report
from nasbench_pose.report.database import genotypes_of
from nasbench_pose.search import Comparison, ComparisonResult, in_this_process
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.store import Store


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> SearchSpace:
    return small_tables.space(tmp_path_factory.mktemp("space"))


@pytest.fixture(scope="module")
def compared(own: SearchSpace, tmp_path_factory: pytest.TempPathFactory) -> ComparisonResult:
    """Halving trains a few networks to the end, after points of them."""
    path = small_tables.made_up(own, tmp_path_factory.mktemp("table"), small_tables.whole(own))
    strategies = ("asha[eta=2]", "random")
    found = Comparison(
        own, strategies, LookUp(path, space=own), budget=20, seeds=2, store=tmp_path_factory.mktemp("db") / "runs.db"
    )
    return found.run(in_this_process)


def seconds_by_hand(result: ComparisonResult, trials: pd.DataFrame) -> "pd.Series[float]":
    """Return key -> the mean over the trainings that a search finished, from the rows of the table."""
    table = result.comparison.info.truth
    assert isinstance(table, Benchmark)
    took = table.rows.set_index(["genotype", "seed"])["seconds"]
    full = trials[trials["fidelity"] == small_tables.STEPS].drop_duplicates(["key", "trained_seed"])
    each = [
        took.loc[genotype, int(seed)] for genotype, seed in zip(full["genotype"], full["trained_seed"], strict=True)
    ]
    return full.assign(took=each).groupby("key")["took"].mean()


def test_the_time_of_a_network_is_that_of_its_trainings(compared: ComparisonResult) -> None:
    expected = seconds_by_hand(compared, compared.trials)
    charged = compared.trials.query("fidelity == @small_tables.STEPS").groupby("key")["seconds"].mean()
    assert (charged[expected.index] < expected - 0.1).any(), "some were charged less"
    for found in (comparison_report(compared).genotypes, nbp.front(compared, "seconds", "val_pckh")):
        assert found.set_index("key")["seconds"].to_dict() == pytest.approx(expected[found["key"]].to_dict())


def test_so_it_is_of_one_strategy_of_a_database(compared: ComparisonResult) -> None:
    asha = compared.trials[compared.trials["strategy"] == "asha[eta=2]"]
    expected = seconds_by_hand(compared, asha)
    with Store(compared.comparison.store, must_exist=True) as store:
        found, _, _ = genotypes_of(store, Objective("seconds"), Objective("val_pckh"), strategy="asha")
    assert found.set_index("key")["seconds"].to_dict() == pytest.approx(expected.to_dict())
