"""Networks that were trained on people with other joints than their space has: counts are those of the trainings."""

from collections.abc import Iterator
from itertools import islice

import numpy as np
import pandas as pd
import pytest

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.joints import number_of_joints
from nasbench_pose.benchmark.surrogate import Predicted, SurrogateBenchmark
from nasbench_pose.benchmark.surrogate.sample_plan import over_cost
from nasbench_pose.cost import count
from nasbench_pose.cost import table as cost_table
from nasbench_pose.evaluators.measurement import describe
from nasbench_pose.genotype import Genotype
from nasbench_pose.report.database import report
from nasbench_pose.search import compare, plan
from nasbench_pose.spaces import load, names
from nasbench_pose.store import Store

HUGE = load("efficientpose_small")


@pytest.fixture(scope="module")
def sample() -> SurrogateBenchmark:
    """The sample of the package: people with 14 joints, in a space of 16."""
    return Benchmark.load("efficientpose_small", surrogate=True)


@pytest.mark.parametrize("name", sorted(names()))
def test_the_parameters_of_a_network_tell_its_joints(name: str) -> None:
    space = load(name)
    genotype = space.sample(np.random.default_rng(0))
    for joints in (1, 14, 17, 133):
        params = count(space.graph(genotype, input=space.input, joints=joints)).params
        rows = pd.DataFrame({"genotype": ["other:x=1", genotype.text, genotype.text], "params": [9, np.nan, params]})
        assert number_of_joints(rows, space, space.input) == joints


@pytest.mark.parametrize("rows", [{}, {"genotype": []}, {"genotype": ["x:"], "params": [7]}, {"params": [7]}])
def test_without_a_network_of_the_space_the_joints_are_its_own(rows: dict[str, list[object]]) -> None:
    assert number_of_joints(pd.DataFrame(rows), HUGE, HUGE.input) == HUGE.joints == 16


def test_parameters_that_no_number_of_joints_explains_are_left_alone() -> None:
    small = HUGE.sample(np.random.default_rng(0))
    rows = pd.DataFrame({"genotype": [small.text], "params": [count(small).params + 1]})
    assert number_of_joints(rows, HUGE, HUGE.input) == HUGE.joints


def test_a_surrogate_counts_what_was_trained_and_answers_for_it(sample: SurrogateBenchmark) -> None:
    made = Predicted(sample)()
    assert sample.joints == describe(Predicted(sample), made, HUGE).joints == 14
    counts = sample.costs.count(sample.codes)
    assert counts.macs.tolist() == sample.first["macs"].tolist()
    assert counts.params.tolist() == sample.first["params"].tolist()
    for place in (sample.first["macs"].idxmin(), sample.first["macs"].idxmax()):
        row = sample.first.loc[place]
        trial = made.evaluate(Genotype.parse(row["genotype"]), fidelity=400, seed=0)
        assert (trial.error, trial.metrics["macs"], trial.metrics["params"]) == (None, row["macs"], row["params"])


def test_networks_are_drawn_alike_for_any_joints() -> None:
    def first(joints: int) -> Iterator[Genotype]:
        return islice(over_cost(HUGE, cost_table(HUGE, input=(64, 64), joints=joints), np.random.default_rng(0)), 100)

    assert list(first(14)) == list(first(16))


def test_a_comparison_on_a_surrogate_knows_the_noise_and_the_joints_and_so_does_its_database(
    sample: SurrogateBenchmark, tmp_path_factory: pytest.TempPathFactory
) -> None:
    where = tmp_path_factory.mktemp("kept") / "runs.db"
    jobs = plan(HUGE, ["random", "local"], Predicted(sample), budget=3, seeds=10, store=where)
    compare(jobs)
    with Store(where) as store:
        kept = report(store)
    assert kept.info.joints == 14
    assert kept.statistics[0].rope == kept.info.spread_of_seeds == pytest.approx(sample.spread_of_seeds)
