"""Searches on a table: its trials, what they are charged, and what strategies that train are told."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import small_tables

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.evaluator import COLUMNS, METRICS, LookUp, TableEvaluator
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.evaluators import Evaluator
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.search import plan
from nasbench_pose.search.executors import in_this_process
from nasbench_pose.spaces import SearchSpace, find
from nasbench_pose.store import Store
from nasbench_pose.strategies import Proposal
from nasbench_pose.testing import EvaluatorContract

TOLD: list[str] = []


class Training:
    """A strategy that trains by itself, and so must know by which protocol."""

    def __init__(self, space: SearchSpace, rng: np.random.Generator, *, protocol: str) -> None:
        TOLD.append(protocol)
        self.space, self.rng = space, rng

    def ask(self) -> Proposal:
        return Proposal(self.space.sample(self.rng))

    def tell(self, proposal: Proposal, losses: object) -> None:
        pass


@pytest.fixture(scope="module")
def evaluator(made_up: Benchmark) -> TableEvaluator:
    return TableEvaluator(made_up)


def test_a_trial_is_the_row(evaluator: Evaluator, made_up: Benchmark) -> None:
    for row in made_up.rows.to_dict("records"):
        genotype = made_up.index.genotypes[made_up.index.row(row["genotype"])]
        trial = evaluator.evaluate(genotype, fidelity=evaluator.full_fidelity, seed=row["seed"])
        assert dict(trial.metrics) == {**{name: row[name] for name in COLUMNS}, "trained_seed": row["seed"]}
        assert (trial.genotype, trial.protocol, trial.seed) == (genotype, evaluator.protocol_key, row["seed"])
        assert (trial.seconds, trial.error, trial.fidelity) == (row["seconds"], None, small_tables.STEPS)
        assert " ".join(f"{step}:{percent:.5g}" for step, percent in trial.curve) == row["curve"]


def test_a_part_of_a_training_is_a_point_of_its_curve(evaluator: Evaluator, made_up: Benchmark) -> None:
    largest = made_up.space.named["largest"]
    trial = evaluator.evaluate(largest, fidelity=3, seed=0)
    expected = made_up.query(largest, 3, 0)
    assert (trial.metrics["val_pckh"], trial.seconds) == expected
    assert set(trial.metrics) == {"val_pckh", "params", "macs", "trained_seed"} and trial.curve[-1][0] == 3
    with pytest.raises(InvalidFileError, match="No learning curve has a point after 30 steps; there are 1, 2"):
        evaluator.evaluate(largest, fidelity=30, seed=0)


def test_seeds_that_a_genotype_lacks_are_answered_by_those_it_has(evaluator: Evaluator, made_up: Benchmark) -> None:
    thrice = next(genotype for genotype in made_up.index.members if len(made_up.seeds(genotype)) == 3)
    once = next(genotype for genotype in made_up.index.members if len(made_up.seeds(genotype)) == 1)
    assert (made_up.seeds(thrice), made_up.seeds(once)) == ((0, 1, 2), (0,))
    for genotype, seed, answered in ((thrice, 2, 2), (thrice, 4, 1), (once, 5, 0)):
        trial = evaluator.evaluate(genotype, fidelity=8, seed=seed)
        assert trial.seed == seed and trial.metrics["trained_seed"] == answered
        assert trial.metrics["val_pckh"] == made_up.query(genotype, seed=answered).accuracy


def test_what_a_table_lacks_is_a_failed_trial(own: SearchSpace, tmp_path: Path, evaluator: Evaluator) -> None:
    path = small_tables.made_up(own, tmp_path, small_tables.whole(own)[:6])
    part = LookUp(path, space=own)()
    for genotype in (part.benchmark.index.members[-1], find("micro-largest")):
        trial = part.evaluate(genotype, fidelity=8, seed=0)
        assert trial.error == f"made_up has no row of {genotype.text}: it has {part.benchmark.coverage}"
        assert (trial.seconds, dict(trial.metrics)) == (0.0, {})
    assert part.protocol_key != evaluator.protocol_key, "a table that grows answers otherwise"


def test_a_search_sees_what_the_table_has(own: SearchSpace, made_up: Benchmark, tmp_path: Path) -> None:
    table = LookUp(small_tables.made_up(own, tmp_path, small_tables.whole(own)), space=own)
    strategies = ["random", "evolution", "test_replay:Training"]
    jobs = plan(own, strategies, table, budget=5, seeds=2, store=str(tmp_path / "runs.db"))
    in_this_process(jobs, lambda _: None)
    with Store(tmp_path / "runs.db") as store:
        steps, text = store.frame(), store.protocols()
    assert len(steps) == 3 * 2 * 5 + 2 and steps["error"].isna().all()
    rows = made_up.rows.set_index(["genotype", "seed"])
    for step in steps.drop_duplicates(["run", "key"]).itertuples():  # a repeated trial has no seconds
        assert (step.val_pckh, step.seconds) in set(
            rows.loc[step.genotype][["val_pckh", "seconds"]].itertuples(index=False, name=None)
        )
    assert set(map(Protocol.parse, TOLD)) == {Protocol.parse(made_up.about["protocol"])}
    assert text == {table().protocol_key: table().protocol_text}


class TestTable(EvaluatorContract):
    metrics = METRICS

    @pytest.fixture(autouse=True)
    def table(self, made_up: Benchmark) -> None:
        self.benchmark = made_up

    @pytest.fixture
    def space(self, own: SearchSpace) -> SearchSpace:
        return own

    def new(self) -> Evaluator:
        return TableEvaluator(self.benchmark)


def test_a_table_without_a_count_answers_without_it_at_every_fidelity(made_up: Benchmark) -> None:
    part = TableEvaluator(replace(made_up, rows=made_up.rows.drop(columns="params")))
    genotype = made_up.space.sample(np.random.default_rng(0))
    for fidelity in (1, part.full_fidelity):
        metrics = part.evaluate(genotype, fidelity=fidelity, seed=0).metrics
        assert "macs" in metrics and "params" not in metrics
