"""A budget of core seconds: when a search ends, and which of its steps a comparison reads."""

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from fakes import SPACE, KeyReader, Listening

from nasbench_pose.evaluators import Progress, Trial
from nasbench_pose.evaluators.trial import Schedule
from nasbench_pose.genotype import Genotype
from nasbench_pose.search import compare, plan, search
from nasbench_pose.search.spending import Spending, with_supernets
from nasbench_pose.store import Run, Step, Store

RUN = Run("listening", SPACE.name, SPACE.digest, seed=3, protocol="0123456789abcdef", fidelity=100)
EACH = 1.5
"""Seconds of a measurement of KeyReader."""


def searched(store: Store, log: Path, budget: int, seconds: float = math.inf) -> list[Step]:
    strategy = Listening(SPACE, np.random.default_rng(0))
    return list(search(strategy, KeyReader(log), store, RUN, budget=budget, seconds=seconds))


@pytest.mark.parametrize("seconds", [0.1, 4.0, 9.0])
def test_a_search_starts_nothing_when_its_seconds_are_spent(seconds: float, tmp_path: Path) -> None:
    with Store(tmp_path / "runs.db") as store:
        steps = searched(store, tmp_path / "log", 40, seconds)
        spending = Spending()
        for step in steps[:-1]:
            spending.add(step)
        assert spending.seconds < seconds
        spending.add(steps[-1])
        assert seconds <= spending.seconds < seconds + 2 * EACH
        assert searched(store, tmp_path / "log", 40, seconds) == steps, "what is stored is not asked again"
        more = searched(store, tmp_path / "log", 40, seconds + 5)
        assert more[: len(steps)] == steps and len(more) > len(steps)
        assert searched(store, tmp_path / "log", 40, seconds) == steps


def test_spending_is_what_the_frame_charges(tmp_path: Path) -> None:
    with Store(tmp_path / "runs.db") as store:
        spending = Spending()
        for step in searched(store, tmp_path / "log", 60):  # of 40 genotypes: some are repeated
            spending.add(step)
        frame = store.frame()
    assert frame["key"].duplicated().any()
    assert spending.seconds == pytest.approx(frame[["seconds", "ask_seconds"]].to_numpy().sum())


def test_a_comparison_reads_the_steps_within_the_seconds(tmp_path: Path) -> None:
    evaluator, where = KeyReader(tmp_path / "log"), str(tmp_path / "runs.db")

    def compared(seconds: float) -> int:
        jobs = plan(SPACE, ["random"], evaluator, budget=12, seeds=2, store=where, seconds=seconds)
        frame = compare(jobs)
        return len(frame[frame["strategy"] == "random"])

    assert [compared(seconds) for seconds in (4.0, math.inf, 4.0)] == [6, 24, 6]


@dataclass(frozen=True)
class Inheriting(KeyReader):
    """Has a supernet for each fidelity, of ten seconds a step; one genotype in three is in none."""

    schedules: tuple[Schedule, ...] = ("own",)

    def evaluate(
        self, genotype: Genotype, *, fidelity: int, seed: int, progress: Progress | None = None,
        schedule: Schedule = "whole",
    ) -> Trial:  # fmt: skip
        trial = super().evaluate(genotype, fidelity=fidelity, seed=seed, progress=progress)
        if int(genotype.key[:2], 16) % 3 == 0:
            return replace(trial, metrics={}, error="no path leads to it", schedule=schedule)
        return replace(trial, metrics={**trial.metrics, "supernet_seconds": 10.0 * fidelity}, schedule=schedule)


@pytest.mark.parametrize("seconds", [5.0, 300.0, 1500.0, math.inf])
def test_each_supernet_of_a_search_is_charged_once_and_counts_in_its_budget(seconds: float, tmp_path: Path) -> None:
    jobs = plan(
        SPACE, ["asha[schedule=own]"], Inheriting(tmp_path / "log"), budget=40, seeds=2, store=tmp_path / "runs.db",
        seconds=seconds,
    )  # fmt: skip
    jobs = [job for job in jobs if job.strategy == "asha"]
    found = compare(jobs)
    charged = with_supernets(found)
    assert found["fidelity"].nunique() > 2 or seconds < math.inf
    for _, steps in charged.groupby("run_seed"):
        fidelities, trained, spent = set[int](), set[tuple[str, int]](), 0.0
        for row in steps.sort_values("step").itertuples():
            assert spent < seconds, "nothing is begun once the budget is spent"
            if not isinstance(row.error, str) and row.fidelity not in fidelities:
                fidelities.add(int(row.fidelity))
                spent += 10.0 * row.fidelity
            spent += row.ask_seconds + (EACH if (row.key, row.fidelity) not in trained else 0.0)
            trained.add((str(row.key), int(row.fidelity)))
        assert spent == pytest.approx(steps["seconds"].sum() + steps["ask_seconds"].sum())
        assert len(steps) == 40 or spent >= seconds
