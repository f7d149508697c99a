"""How jobs are handed to workers, and what becomes of a job whose worker dies or is late, without processes."""

import math
import pickle
import signal
import time
from collections import deque
from pathlib import Path

import pytest
from fakes import SPACE, KeyReader

from nasbench_pose.evaluators import Trial
from nasbench_pose.genotype import Genotype
from nasbench_pose.search import Event, Job, plan
from nasbench_pose.search.workers import LONGEST_WAIT, _Assignment, _cause, _Dispatch, _worker
from nasbench_pose.store import Store


def jobs(folder: Path) -> list[Job]:
    return plan(SPACE, ["random"], KeyReader(folder / "log"), budget=6, seeds=1, store=str(folder / "runs.db"))


def test_a_limit_may_be_infinite() -> None:
    """Operating systems count milliseconds in 32 bits."""
    dispatch = _Dispatch(None, deque(), print, math.inf)  # type: ignore[arg-type]
    assert dispatch._seconds_to_timeout() is None
    measured = _Assignment(None, b"", measuring=Trial(Genotype("x", []), "p", 1, 0))  # type: ignore[arg-type]
    dispatch.at_work[None] = measured  # type: ignore[index]
    assert dispatch._seconds_to_timeout() == LONGEST_WAIT


def test_only_measurements_run_out_of_time() -> None:
    dispatch = _Dispatch(None, deque(), print, 5.0)  # type: ignore[arg-type]
    dispatch.at_work[None] = _Assignment(None, b"")  # type: ignore[arg-type, index]
    assert dispatch._seconds_to_timeout() is None
    trial = Trial(Genotype("x", []), "p", 1, 0)
    dispatch.at_work[0] = _Assignment(None, b"", measuring=trial, since=time.monotonic())  # type: ignore[arg-type, index]
    assert 4.0 < (dispatch._seconds_to_timeout() or 0.0) <= 5.01
    dispatch.at_work[0].since -= 10.0  # type: ignore[index]
    assert dispatch._seconds_to_timeout() == 0.01, "one that is late is not waited for"


class Parent:
    """The end of a pipe that sends some jobs and then closes; it keeps what a worker answers."""

    def __init__(self, jobs: list[Job]) -> None:
        self.jobs = deque(pickle.dumps(job) for job in jobs)
        self.events: list[Event] = []

    def recv_bytes(self) -> bytes:
        if not self.jobs:
            raise EOFError
        return self.jobs.popleft()

    def send(self, event: Event) -> None:
        self.events.append(event)


def test_a_worker_runs_what_it_is_sent_and_says_when_each_job_has_ended(tmp_path: Path) -> None:
    parent = Parent(jobs(tmp_path))
    _worker(parent)  # type: ignore[arg-type]
    ends = [event for event in parent.events if event.ended]
    assert len(ends) == 2 and parent.events[-1] is ends[-1] and not any(event.error for event in ends)
    assert sum(event.trials == 6 for event in parent.events) == 1


class Dead:
    """A process that has died, and this end of its pipe."""

    exitcode = 3

    def close(self) -> None: ...

    def join(self) -> None: ...

    def kill(self) -> None: ...

    def poll(self) -> bool:
        return False


def die(dispatch: _Dispatch, assignment: _Assignment) -> _Assignment | None:
    """Let the process of a job die; return the job as it waits again."""
    worker = Dead()
    dispatch.pool[worker], dispatch.at_work[worker] = worker, assignment  # type: ignore[index, assignment]
    dispatch._handle_death(worker)  # type: ignore[arg-type]
    return dispatch.waiting.popleft() if dispatch.waiting else None


def test_a_death_between_measurements_is_not_blamed_on_the_one_before(tmp_path: Path) -> None:
    """Nor does its time run on while the job waits for another process."""
    (job, *_), events = jobs(tmp_path), list[Event]()
    dispatch = _Dispatch({}, deque(), events.append, 5.0)
    first = die(dispatch, _Assignment(job, b"", Trial(Genotype("x", []), "p", 1, 0)))
    assert first is not None and first.measuring is None
    second = die(dispatch, first)
    assert second is not None and die(dispatch, second) is None
    assert ["while it measured" in (event.notice or "") for event in events] == [True, False, False]
    assert events[-1].ended and events[-1].error == "its process died (exit code 3), twice"


def test_a_measurement_that_kills_two_processes_is_stored_and_said(tmp_path: Path) -> None:
    (job, *_), events = jobs(tmp_path), list[Event]()
    dispatch = _Dispatch({}, deque(), events.append, None)
    trial = Trial(next(SPACE.enumerate()), "p", 1, 0)
    for _ in range(2):
        assert die(dispatch, _Assignment(job, b"", trial, since=time.monotonic())) is not None
    reason = "its process died (exit code 3), 2 times"
    assert events[-1].notice == f"{trial.genotype.text} (fidelity 1, seed 0) failed: {reason}"
    with Store(job.store) as store:
        assert store.evaluations()["error"].tolist() == [reason]


def test_only_a_measurement_that_is_late_is_killed_and_stored(tmp_path: Path) -> None:
    (job, *_), now = jobs(tmp_path), time.monotonic()
    trial = Trial(next(SPACE.enumerate()), "p", 1, 0)
    late, punctual, idle = Dead(), Dead(), Dead()
    dispatch = _Dispatch({late: late}, deque(), lambda _: None, 5.0)  # type: ignore[dict-item]
    dispatch.at_work[late] = _Assignment(job, b"", trial, now - 9.0)  # type: ignore[index]
    dispatch.at_work[punctual] = _Assignment(job, b"", trial, now)  # type: ignore[index]
    dispatch.at_work[idle] = _Assignment(job, b"")  # type: ignore[index]
    assert [dispatch._is_late(worker) for worker in (late, punctual, idle)] == [True, False, False]  # type: ignore[arg-type]
    dispatch._kill_late(late)  # type: ignore[arg-type]
    assert dispatch.waiting[0].measuring is None and list(dispatch.at_work) == [punctual, idle]
    with Store(job.store) as store:
        (row,) = store.evaluations().to_dict("records")
    assert row["error"] == "it took longer than 5 s" and 9.0 <= row["seconds"] < 60


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (3, "exit code 3"),
        (-signal.SIGSEGV, "killed by SIGSEGV"),
        (-signal.SIGKILL, "killed by SIGKILL, as the system does when memory runs out"),
        (-99, "killed by signal 99"),
    ],
)
def test_what_ended_a_process_is_said(code: int, said: str) -> None:
    assert _cause(code) == said
