"""A comparison as a value: its jobs, where they run, and what comes of it."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import SPACE, KeyReader, Refusing, untimed

from nasbench_pose.benchmark.evaluator import LookUp
from nasbench_pose.errors import DataError, InvalidFileError, NasbenchPoseError, StoreError, UnknownNameError
from nasbench_pose.evaluators import Progress, Trial
from nasbench_pose.evaluators.measurement import MeasurementOptions
from nasbench_pose.genotype import Genotype
from nasbench_pose.measurements import measurement
from nasbench_pose.objective import Limit, Objective
from nasbench_pose.search import Comparison, Event, Processes, compare, executor, in_this_process, plan, steps_of
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.stats import finished
from nasbench_pose.store import Store
from nasbench_pose.strategies import Proposal

TABLE = LookUp(SPACE.name)


class Counting(KeyReader):
    """Counts how often it was made."""

    def __call__(self) -> "Counting":
        with self.log.with_suffix(".made").open("a") as log:
            log.write(f"{os.getpid()}\n")
        return self

    @property
    def made(self) -> list[str]:
        return self.log.with_suffix(".made").read_text().splitlines()


def comparison(folder: Path, *strategies: str, **more: object) -> Comparison:
    known = {"budget": 5, "seeds": 2, "store": folder / "runs.db", **more}
    return Comparison(SPACE, strategies or ("random", "evolution"), TABLE, **known)  # type: ignore[arg-type]


def test_a_comparison_runs_here_and_again_without_measuring(tmp_path: Path) -> None:
    asked = comparison(tmp_path)
    events: list[Event] = []
    result = asked.run(tell=events.append)
    assert result.failure is None and len(result.searched) == 2 * 2 * 5
    assert len(result.baselines) == 2 * len(SPACE.baselines)
    assert {event.job for event in events if event.ended} == {job.name for job in asked.jobs()}
    assert untimed(asked.run().trials) == untimed(result.trials)


@pytest.mark.slow
def test_processes_find_what_this_one_does(tmp_path: Path) -> None:
    (tmp_path / "two").mkdir()
    here = comparison(tmp_path).run(in_this_process).trials
    assert untimed(comparison(tmp_path / "two").run(Processes(2)).trials) == untimed(here)


def test_an_evaluator_is_made_once_for_a_process(tmp_path: Path) -> None:
    counting = Counting(tmp_path / "log")
    jobs = plan(SPACE, ["random", "evolution"], counting, budget=2, seeds=2, store=tmp_path / "runs.db")
    in_this_process(jobs, lambda _: None)
    assert len(counting.made) == 1


@pytest.mark.slow
def test_each_worker_makes_it_once(tmp_path: Path) -> None:
    counting = Counting(tmp_path / "log")
    jobs = plan(SPACE, ["random", "evolution"], counting, budget=2, seeds=3, store=tmp_path / "runs.db")
    Processes(2)(jobs, lambda _: None)
    assert len(counting.made) == len(set(counting.made)) <= 2


@pytest.mark.parametrize("workers", [0, -1])
def test_no_worker_is_an_error_and_not_an_endless_wait(workers: int, tmp_path: Path) -> None:
    with pytest.raises(NasbenchPoseError, match=f"1 worker or more, not {workers}"):
        compare(plan(SPACE, ["random"], TABLE, budget=1, seeds=1, store=tmp_path / "a.db"), workers=workers)
    with pytest.raises(NasbenchPoseError, match="1 worker or more"):
        executor(workers)


def test_look_ups_run_here_and_what_takes_long_in_processes(tmp_path: Path) -> None:
    assert comparison(tmp_path).executor() is in_this_process
    assert (
        comparison(tmp_path, "random", "darts").executor() is not in_this_process or len(os.sched_getaffinity(0)) == 1
    )
    assert comparison(tmp_path).executor(3) == Processes(3)


def test_a_job_that_fails_here_stops_no_other(tmp_path: Path) -> None:
    jobs = [
        *plan(SPACE, ["random"], Refusing(DataError), budget=2, seeds=1, store=tmp_path / "runs.db"),
        *plan(SPACE, ["evolution"], KeyReader(tmp_path / "log"), budget=2, seeds=1, store=tmp_path / "runs.db"),
    ]
    with pytest.raises(NasbenchPoseError, match=r"2 of 4 searches failed.*random, seed 0 and .*: nothing to measure"):
        in_this_process(jobs, lambda _: None)
    with Store(tmp_path / "runs.db") as store:
        assert "evolution" in set(store.frame()["strategy"])


def test_whoever_listens_may_end_it_and_is_no_failure(tmp_path: Path) -> None:
    class EnoughError(Exception):
        pass

    def tell(event: Event) -> None:
        if event.steps:
            raise EnoughError

    jobs = plan(SPACE, ["random"], KeyReader(tmp_path / "log"), budget=2, seeds=1, store=tmp_path / "runs.db")
    with pytest.raises(EnoughError):
        in_this_process(jobs, tell)
    with Store(tmp_path / "runs.db") as store:
        assert len(store.evaluations()) == 0


def test_two_settings_of_a_strategy_are_two_rows_and_a_default_is_none(tmp_path: Path) -> None:
    asked = comparison(tmp_path, "evolution[population=20,sample=5]", "evolution[population=5]")
    labels = dict.fromkeys(job.label for job in asked.jobs())
    assert list(labels) == ["evolution", "evolution[population=5]", "baselines"]
    trials = asked.run().trials
    assert set(trials["strategy"]) == set(labels)
    with Store(tmp_path / "runs.db") as store:
        runs = store.runs()
    assert len(runs) == 6 and len(trials.groupby(["strategy", "run_seed"])["run"].unique().map(len).unique()) == 1


def test_settings_of_all_searches_give_way_to_those_of_one(tmp_path: Path) -> None:
    asked = comparison(tmp_path, "evolution", "evolution[population=7]", settings={"evolution": {"population": 6}})
    assert [job.label for job in asked.jobs()][::2] == [
        "evolution[population=6]", "evolution[population=7]", "baselines", "baselines"
    ][:3]  # fmt: skip


def test_the_steps_are_read_without_writing_and_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path)
    jobs = plan(SPACE, ["random"], TABLE, budget=3, seeds=1, store="runs.db")
    with pytest.raises(StoreError, match="No database"):
        steps_of(jobs)
    assert not (tmp_path / "runs.db").exists(), "reading makes no database"
    compare(jobs)
    monkeypatch.chdir(tmp_path / "other")
    before = (tmp_path / "runs.db").stat().st_mtime_ns
    assert len(steps_of(jobs)) == 3 + len(SPACE.baselines)
    assert (tmp_path / "runs.db").stat().st_mtime_ns == before
    assert list((tmp_path / "other").iterdir()) == []


def test_a_metric_that_the_measurement_does_not_give_is_said_before_anything_runs(tmp_path: Path) -> None:
    latency = measurement("latency", MeasurementOptions(space=SPACE))
    with pytest.raises(UnknownNameError, match=r"gives no 'val_pckh'; it gives latency_ms, .*such as train\+latency"):
        replace(comparison(tmp_path), measurement=latency).jobs()


@pytest.mark.parametrize(
    ("strategy", "told", "said"),
    [
        ("asha[schedule=own]", {}, r"asha.*own.*has only the whole schedule: set its schedule to whole"),
        (
            "mo_asha",
            {"limits": (Limit("train_loss", 5.0),)},
            r"mo_asha .* has no 'train_loss'; it has val_pckh, .*macs",
        ),
        ("bohb", {"objectives": (Objective("val_pckh"), Objective("val_loss"))}, "bohb .* has no 'val_loss'"),
    ],
)
def test_partial_trainings_that_a_table_lacks_are_said_before_anything_runs(
    strategy: str, told: dict[str, Any], said: str
) -> None:
    looked_up = Comparison(SPACE, ("random", strategy), LookUp(SPACE.name, "synthetic"), budget=4, seeds=1, **told)
    with pytest.raises(NasbenchPoseError, match=said):
        looked_up.jobs()
    assert replace(looked_up, strategies=("random",)).jobs(), "full trainings have every metric"


class Swapping(KeyReader):
    """Answers with another fidelity than it is asked for."""

    def evaluate(self, genotype: Genotype, *, fidelity: int, seed: int, progress: Progress | None = None) -> Trial:  # noqa: ARG002
        return replace(super().evaluate(genotype, fidelity=fidelity, seed=seed), fidelity=fidelity + 1)


class WithoutMacs(KeyReader):
    """Knows no cost."""

    def evaluate(self, genotype: Genotype, *, fidelity: int, seed: int, progress: Progress | None = None) -> Trial:  # noqa: ARG002
        trial = super().evaluate(genotype, fidelity=fidelity, seed=seed)
        return replace(trial, metrics={"val_pckh": trial.metrics["val_pckh"]})


@pytest.mark.parametrize(
    ("evaluator", "said"),
    [
        (Swapping, "asked for fidelity 100 of .* answered with fidelity 101"),
        (WithoutMacs, "lack the metric 'macs'; they have val"),
    ],
)
def test_an_evaluator_that_breaks_its_word_keeps_nothing(evaluator: type[KeyReader], said: str, tmp_path: Path) -> None:
    made = evaluator(tmp_path / "log")
    jobs = plan(SPACE, ["random"], made, budget=5, seeds=1, store=tmp_path / "runs.db")[:1]
    with pytest.raises(NasbenchPoseError, match=said):
        in_this_process(jobs, lambda _: None)
    assert len(made.measured) == 1, "before the second trial"
    with Store(tmp_path / "runs.db") as store:
        assert len(store.evaluations()) == 0


@pytest.mark.parametrize("text", ["evolution[population]", "evolution[population=5", "[a=1]", "evolution[=5]"])
def test_a_label_that_is_none(text: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidFileError):
        comparison(tmp_path, text).jobs()


class Partly:
    """Asks for a part of each training only."""

    def __init__(self, space: SearchSpace, rng: np.random.Generator) -> None:
        self.space, self.rng = space, rng

    def ask(self) -> Proposal:
        return Proposal(self.space.sample(self.rng), fidelity=100)

    def tell(self, proposal: Proposal, losses: object) -> None:
        pass


def test_trials_of_a_part_are_never_full_ones_even_if_there_are_no_others(tmp_path: Path) -> None:
    space = replace(SPACE, baselines=())
    asked = Comparison(space, ("test_comparison:Partly",), TABLE, budget=3, seeds=1, store=tmp_path / "runs.db")
    trials = asked.run().trials
    assert trials["fidelity"].tolist() == [100] * 3 and not finished(trials).any()


def test_a_frame_tells_settings_apart(tmp_path: Path) -> None:
    comparison(tmp_path, "evolution", "evolution[population=5]").run()
    with Store(tmp_path / "runs.db") as store:
        frame = store.frame()
    assert set(frame["strategy"]) == {"evolution", "baselines"}
    assert set(frame["label"]) == {"evolution", "evolution[population=5]", "baselines"}


def test_a_strategy_that_trains_needs_people_unless_its_settings_have_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nasbench_pose.search.comparison.is_complete", lambda _: False)
    assert comparison(tmp_path, "random", "darts").without_people() == ("darts",)
    own = {"darts": {"data": "synthetic"}}
    assert comparison(tmp_path, "random", "darts", settings=own).without_people() == ()
    assert comparison(tmp_path, "darts[data=synthetic]").without_people() == ()


@pytest.mark.parametrize("measured", [True, False])
def test_baselines_are_searched_where_they_can_be_measured(measured: bool, tmp_path: Path) -> None:
    """A supernet has the members of its space only."""
    asked = comparison(tmp_path, "random")
    object.__setattr__(asked, "info", replace(asked.info, baselines=measured))
    assert ("baselines" in {job.strategy for job in asked.jobs()}) is measured
