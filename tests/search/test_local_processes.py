"""Executors of trials: processes of this machine, and those that users bring."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import pytest
from fakes import SPACE, Dying, KeyReader

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, UnknownNameError
from nasbench_pose.search import Event, compare, plan
from nasbench_pose.search.executors import in_this_process
from nasbench_pose.search.local_processes import LocalProcesses, ProcessDiedError
from nasbench_pose.search.trial_executors import make_executor
from nasbench_pose.store import Store
from nasbench_pose.testing import ExecutorContract


@pytest.mark.slow
class TestLocal(ExecutorContract):
    @pytest.fixture
    def executor(self) -> Iterator[Executor]:
        with make_executor("local", 2) as made:
            yield made


class TestThreads(ExecutorContract):
    @pytest.fixture
    def executor(self) -> Iterator[Executor]:
        with make_executor("concurrent.futures:ThreadPoolExecutor", 2) as made:
            yield made


@pytest.mark.slow
def test_a_call_that_dies_or_is_late_ends_alone() -> None:
    with LocalProcesses(2, timeout=30.0) as processes:
        good = processes.submit(time.sleep, 0.1)
        with pytest.raises(ProcessDiedError, match="exit code 3"):
            processes.submit(os._exit, 3).result(120)
        assert good.result(120) is None and processes.submit(pow, 2, 3).result(120) == 8
        with pytest.raises(RuntimeError, match="lock"):
            processes.submit(_unpicklable).result(120)
    with LocalProcesses(1, timeout=0.2) as processes:
        with pytest.raises(TimeoutError, match=r"it took longer than 0\.2 s"):
            processes.submit(time.sleep, 60).result(120)
        assert not processes._pool


def _unpicklable() -> object:
    import threading

    return threading.Lock()


@pytest.mark.slow
def test_shutdown_kills_what_runs() -> None:
    processes = LocalProcesses(1)
    future = processes.submit(time.sleep, 600)
    while not processes._pool:
        time.sleep(0.05)
    (process,) = processes._pool.values()
    processes.shutdown(wait=False)
    assert not process.is_alive() and future.exception(60) is not None


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("slurn", UnknownNameError, "No executor named 'slurn'; known: local"),
        ("concurrent.futures:wait_for", UnknownNameError, "The executor .* cannot be imported"),
        ("math:pi", InvalidFileError, "The executor 'math:pi' is a float; expected a function"),
    ],
)
def test_what_is_no_executor_is_said_before_anything_starts(
    name: str, error: type[Exception], said: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=said):
        plan(
            SPACE, ["random"], KeyReader(tmp_path / "log"), budget=1, seeds=1, store=str(tmp_path / "runs.db"),
            trial_executor=name,
        )  # fmt: skip


def test_an_executor_that_cannot_be_made_is_said() -> None:
    with pytest.raises(InvalidFileError, match=r"'math:factorial' cannot be made: ValueError: .*negative"):
        make_executor("math:factorial", -1)
    with pytest.raises(NasbenchPoseError, match="cannot end a trial that is late: leave --trial-timeout out"):
        make_executor("concurrent.futures:ThreadPoolExecutor", 2, 5.0)
    assert isinstance(make_executor("concurrent.futures:ThreadPoolExecutor", 2), ThreadPoolExecutor)


@pytest.mark.slow
def test_processes_find_what_one_does_and_some_of_them_die(tmp_path: Path) -> None:
    jobs = plan(
        SPACE, ["random"], Dying(tmp_path / "log"), budget=5, seeds=1, store=str(tmp_path / "runs.db"), parallel=2
    )[:1]  # fmt: skip
    events: list[Event] = []
    frame = compare(jobs, tell=events.append)
    alone = plan(SPACE, ["random"], KeyReader(tmp_path / "log"), budget=5, seeds=1, store=str(tmp_path / "alone.db"))
    in_this_process(alone[:1], lambda _: None)
    with Store(tmp_path / "alone.db") as store:
        assert set(frame["key"]) == set(store.frame()["key"]), "random search proposes the same to any workers"
    deadly = [int(key[:2], 16) % 3 == 0 for key in frame["key"]]
    assert frame["error"].notna().tolist() == deadly and any(deadly)
    assert frame["error"].dropna().str.startswith("its process died").all()
    assert len([event for event in events if event.trial]) == 5
