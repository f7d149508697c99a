"""Comparisons in several processes, some of which die."""

import os
import time
from pathlib import Path

import psutil
import pytest
from fakes import SPACE, Dying, KeyReader, Refusing, Saving, untimed

from nasbench_pose.errors import DataError, NasbenchPoseError
from nasbench_pose.search import Event, Job, compare, plan
from nasbench_pose.search.jobs import work
from nasbench_pose.search.workers import run_jobs
from nasbench_pose.store import Store


def jobs(folder: Path, evaluator: object, *strategies: str, seeds: int = 2, name: str = "runs.db") -> list[Job]:
    make_evaluator = evaluator(folder / "log") if isinstance(evaluator, type) else evaluator
    return plan(SPACE, strategies, make_evaluator, budget=6, seeds=seeds, store=str(folder / name))


def children() -> list[int]:
    """Return this process's children, apart from Python's own resource tracker."""
    found = psutil.Process().children(recursive=True)
    return [process.pid for process in found if "resource_tracker" not in " ".join(process.cmdline())]


@pytest.mark.slow
def test_two_processes_find_what_one_does(tmp_path: Path) -> None:
    planned = jobs(tmp_path, KeyReader, "random", "evolution", "fakes:Saving")
    events: list[Event] = []
    frame = compare(planned, workers=2, tell=events.append)
    alone = jobs(tmp_path, KeyReader, "random", "evolution", "fakes:Saving", name="alone.db")
    for job in alone:
        work(job, lambda _: None)
    with Store(tmp_path / "alone.db") as store:
        assert untimed(frame) == untimed(store.frame())
    assert {(event.job, event.trials) for event in events if event.trial} == {
        (job.name, number) for job in planned for number in range(1, job.budget + 1)
    }
    assert sorted(event.job for event in events if event.ended) == sorted(job.name for job in planned)
    assert {event.steps for event in events if event.steps} == {(100, 100)}
    assert children() == []


@pytest.mark.slow
def test_a_second_comparison_measures_nothing_and_a_larger_one_goes_on(tmp_path: Path) -> None:
    evaluator = KeyReader(tmp_path / "log")
    first = compare(jobs(tmp_path, evaluator, "random"), workers=2)
    measured = evaluator.measured
    assert untimed(compare(jobs(tmp_path, evaluator, "random"), workers=1)) == untimed(first)
    assert evaluator.measured == measured
    larger = plan(SPACE, ["random"], evaluator, budget=9, seeds=3, store=str(tmp_path / "runs.db"))
    frame = compare(larger, workers=1)
    assert frame[frame["strategy"] == "random"].groupby("run_seed")["step"].max().tolist() == [9, 9, 9]
    assert evaluator.measured[: len(measured)] == measured
    smaller = compare(jobs(tmp_path, evaluator, "random"), workers=1)
    assert untimed(smaller) == untimed(first), "what a larger comparison has kept is left out of a smaller one"


@pytest.mark.slow
def test_a_process_that_dies_costs_its_job_only(tmp_path: Path) -> None:
    planned = jobs(tmp_path, Dying, "random", seeds=4)
    ended: list[Event] = []
    with pytest.raises(NasbenchPoseError) as caught:
        run_jobs(planned, 1, lambda event: ended.append(event) if event.ended else None)
    said = str(caught.value)
    assert "random, seed 1" in said and "its process died (exit code 3)" in said
    assert "random, seed 2" in said and "its process died (exit code -9)" in said
    assert "random, seed 0" not in said and "random, seed 3" not in said
    assert {event.job for event in ended} == {job.name for job in planned}
    with Store(tmp_path / "runs.db") as store:
        done = store.frame().groupby(["strategy", "run_seed"])["step"].max()
    assert done["random", 0] == done["random", 3] == 6
    assert children() == []


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_a_job_that_fails_is_named_and_stops_no_other(tmp_path: Path, workers: int) -> None:
    planned = [
        *jobs(tmp_path, Refusing(DataError), "random"),
        *jobs(tmp_path, Refusing(ZeroDivisionError), "evolution", seeds=1)[:1],
        *jobs(tmp_path, KeyReader, "fakes:Saving"),
    ]
    with pytest.raises(NasbenchPoseError) as caught:
        run_jobs(planned, workers, lambda _: None)
    said = str(caught.value)
    assert said.startswith("5 of 9 searches failed; the rest is kept. ")
    assert said.count("nothing to measure with") == 2, "each reason once"
    assert "ZeroDivisionError: nothing to measure with" in said
    assert "\n" not in said
    assert ["evolution, seed 0: Traceback" in note for note in caught.value.__notes__] == [True]
    with Store(tmp_path / "runs.db") as store:
        assert set(store.frame()["strategy"]) == {"fakes:Saving", "baselines"}


def test_what_cannot_be_sent_to_another_process_is_said_before_any_is_started(tmp_path: Path) -> None:
    evaluator = KeyReader(tmp_path / "log")
    with pytest.raises(NasbenchPoseError, match=r"'random, seed 0' cannot be handed to another process \(.*lambda"):
        run_jobs(jobs(tmp_path, lambda: evaluator, "random"), 2, lambda _: None)
    assert not (tmp_path / "runs.db").exists()
    assert children() == []


class OnlyHere(KeyReader):
    """Can be packed, but not unpacked in another process."""

    def __reduce__(self) -> tuple[object, ...]:
        return _only_in, (os.getpid(),)


def _only_in(pid: int) -> None:
    if os.getpid() != pid:
        raise ValueError("not my process")


@pytest.mark.slow
def test_what_cannot_be_unpacked_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NasbenchPoseError, match=r"4 of 4 searches failed.*random, seed 0 and .*: ValueError: not my"):
        run_jobs(jobs(tmp_path, OnlyHere, "random"), 1, lambda _: None)


@pytest.mark.slow
def test_whoever_listens_may_end_it(tmp_path: Path) -> None:
    class EnoughError(Exception):
        pass

    def tell(event: Event) -> None:
        if event.trials == 2:
            raise EnoughError

    started = time.perf_counter()
    with pytest.raises(EnoughError):
        run_jobs(jobs(tmp_path, KeyReader(tmp_path / "log", pause=1.0), "random"), 2, tell)
    assert time.perf_counter() - started < 30
    assert children() == []
    with Store(tmp_path / "runs.db") as store:
        assert len(store.frame()) >= 2


def test_strategies_with_checkpoints_come_first(tmp_path: Path) -> None:
    assert Saving.__module__ == "fakes"
    assert [job.strategy for job in jobs(tmp_path, KeyReader, "random", "fakes:Saving", seeds=1)] == [
        "fakes:Saving", "random", "baselines"
    ]  # fmt: skip
