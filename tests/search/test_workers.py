"""Comparisons in several processes, some of which die."""

import os
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from fakes import SPACE, Dying, Hanging, KeyReader, Refusing, Saving, untimed

from nasbench_pose.errors import DataError, NasbenchPoseError, StoreError
from nasbench_pose.search import Event, Job, compare, forget_failures, plan
from nasbench_pose.search.executors import in_this_process
from nasbench_pose.search.workers import run_jobs, summary
from nasbench_pose.store import Store


def jobs(folder: Path, evaluator: object, *strategies: str, seeds: int = 2, name: str = "runs.db") -> list[Job]:
    make_evaluator = evaluator(folder / "log") if isinstance(evaluator, type) else evaluator
    return plan(SPACE, strategies, make_evaluator, budget=6, seeds=seeds, store=str(folder / name))


def children() -> list[int]:
    """Return the Python processes that this one started, apart from Python's resource tracker and fork server."""
    helpers = ("resource_tracker", "multiprocessing.forkserver")
    own = [child for child in psutil.Process().children() if any(name in " ".join(child.cmdline()) for name in helpers)]
    started = [child for child in psutil.Process().children(recursive=True) if child not in own]
    return [child.pid for child in started if child.name().startswith("python")]  # other tests started a browser


@pytest.mark.slow
def test_two_processes_find_what_one_does(tmp_path: Path) -> None:
    planned = jobs(tmp_path, KeyReader, "random", "evolution", "fakes:Saving")
    events: list[Event] = []
    frame = compare(planned, workers=2, tell=events.append)
    alone = jobs(tmp_path, KeyReader, "random", "evolution", "fakes:Saving", name="alone.db")
    in_this_process(alone, lambda _: None)
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
def test_a_measurement_that_kills_its_process_is_tried_twice_and_then_a_failed_trial(tmp_path: Path) -> None:
    planned = jobs(tmp_path, Dying, "random")[:2]
    events: list[Event] = []
    run_jobs(planned, 2, events.append)
    with Store(tmp_path / "runs.db") as store:
        frame = store.frame()
        again = store.evaluations()
    assert frame.groupby(["strategy", "run_seed"])["step"].max().tolist() == [6, 6], "both end at their budget"
    failed = frame[frame["error"].notna()]
    deadly = [key for key in frame["key"].unique() if int(key[:2], 16) % 3 == 0]
    assert deadly and sorted(failed["key"].unique()) == sorted(deadly)
    causes = {0: "exit code 3", 1: "killed by SIGKILL, as the system does when memory runs out"}
    for row in failed.to_dict("records"):
        assert row["error"] == f"its process died ({causes[row['seed']]}), 2 times"
        assert 0 < row["seconds"] < 60, "what it took is not lost"
    notices = [event.notice for event in events if event.notice]
    once = [notice for notice in notices if notice.endswith("it is tried once more")]
    assert len(once) == len(failed) and all("while it measured efficientpose_micro:" in n for n in once)
    assert children() == []
    compare(planned, workers=1)
    with Store(tmp_path / "runs.db") as store:
        assert store.evaluations().equals(again), "the same command has nothing more to do"


@pytest.mark.slow
def test_a_process_that_dies_while_nothing_is_measured_is_replaced_once(tmp_path: Path) -> None:
    planned = plan(SPACE, ["fakes:AskDies"], KeyReader(tmp_path / "log"), budget=3, seeds=1, store=str(tmp_path / "d"))
    events: list[Event] = []
    with pytest.raises(NasbenchPoseError, match=r"AskDies, seed 0: its process died \(exit code 4\), twice"):
        run_jobs(planned, 1, events.append)
    assert [event.notice for event in events if event.notice] == [
        "its process died (exit code 4); it is tried once more"
    ]


@pytest.mark.slow
def test_a_measurement_that_takes_too_long_is_a_failed_trial(tmp_path: Path) -> None:
    planned = jobs(tmp_path, Hanging, "random", seeds=1)[:1]
    started = time.monotonic()
    frame = compare(planned, workers=1, trial_timeout=0.7)
    assert time.monotonic() - started < 120
    late = [int(key[:2], 16) % 3 == 0 for key in frame["key"]]
    assert frame["error"].notna().tolist() == late and any(late)
    assert set(frame["error"].dropna()) == {"it took longer than 0.7 s"}
    assert frame[late]["seconds"].between(0.7, 30).all()
    assert children() == []


@pytest.mark.slow
def test_failed_trials_are_tried_again_when_asked_for(tmp_path: Path) -> None:
    evaluator = Hanging(tmp_path / "log")
    planned = jobs(tmp_path, evaluator, "random", seeds=1)
    first = compare(planned, workers=1, trial_timeout=0.7)
    mended = jobs(tmp_path, KeyReader, "random", seeds=1)
    failed = int(first["error"].notna().sum())
    assert failed and len(compare(mended, workers=1)["error"].dropna()) == failed, "failures are facts"
    assert forget_failures(mended) == failed
    again = compare(mended, workers=1)
    assert again["error"].isna().all()
    whole = compare(jobs(tmp_path, KeyReader, "random", seeds=1, name="whole.db"), workers=1)
    assert untimed(again) == untimed(whole)


@pytest.mark.parametrize("where", ["sqlite://", ":memory:"])
def test_a_database_in_memory_is_refused_before_anything_starts(where: str, tmp_path: Path) -> None:
    evaluator = KeyReader(tmp_path / "log")
    planned = plan(SPACE, ["random"], evaluator, budget=2, seeds=1, store=str(tmp_path / "runs.db"))
    elsewhere = [replace(job, store=where) for job in planned]
    with pytest.raises(StoreError, match="is in the memory of this process, which its workers cannot see"):
        run_jobs(elsewhere, 1, lambda _: None)
    with pytest.raises(StoreError, match="is in the memory of this process"):
        plan(SPACE, ["random"], evaluator, budget=2, seeds=1, store=where)
    assert evaluator.measured == []


@pytest.mark.parametrize("workers", [0, -1])
def test_nobody_cannot_work(workers: int, tmp_path: Path) -> None:
    with pytest.raises(NasbenchPoseError, match=f"at least 1 worker, not {workers}"):
        run_jobs(jobs(tmp_path, KeyReader, "random"), workers, lambda _: None)


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
    with pytest.raises(NasbenchPoseError, match=r"'random, seed 0' cannot be sent to another process \(.*lambda"):
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


def test_of_many_reasons_the_first_are_said() -> None:
    failed = [Event(f"random, seed {seed}", ended=True, error=f"no row of {seed // 2}.") for seed in range(10)]
    assert str(summary(failed, 12)) == (
        "10 of 12 searches failed; the rest is kept. random, seed 0 and random, seed 1: no row of 0; "
        "random, seed 2 and random, seed 3: no row of 1; random, seed 4 and random, seed 5: no row of 2; "
        "and 2 reasons more."
    )
    assert "more" not in str(summary(failed[:6], 12))


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan")])
def test_a_limit_of_no_time_is_said_before_anything_starts(seconds: float, tmp_path: Path) -> None:
    with pytest.raises(NasbenchPoseError, match="A trial is given more than 0 seconds, not"):
        run_jobs(jobs(tmp_path, KeyReader, "random"), 1, print, trial_timeout=seconds)
    assert not KeyReader(tmp_path / "log").measured
