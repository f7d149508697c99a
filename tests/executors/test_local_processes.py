"""Executors of trials: processes of this machine, and those that users bring."""

import os
import time
from collections.abc import Callable
from concurrent.futures import Executor

import pytest

from nasbench_pose.executors.call import ProcessDiedError
from nasbench_pose.executors.local_processes import LocalProcesses
from nasbench_pose.executors.placement import Placement
from nasbench_pose.testing import ExecutorContract, ProcessExecutorContract


@pytest.mark.slow
class TestLocal(ProcessExecutorContract):
    @pytest.fixture
    def new(self) -> Callable[[], Executor]:
        return lambda: Placement("local").executor(2)


class TestThreads(ExecutorContract):
    @pytest.fixture
    def new(self) -> Callable[[], Executor]:
        return lambda: Placement("concurrent.futures:ThreadPoolExecutor").executor(2)


@pytest.mark.slow
def test_a_call_that_dies_or_is_late_ends_alone() -> None:
    with LocalProcesses(2, trial_timeout=30.0) as processes:
        good = processes.submit(time.sleep, 0.1)
        with pytest.raises(ProcessDiedError, match="exit code 3"):
            processes.submit(os._exit, 3).result(120)
        assert good.result(120) is None and processes.submit(pow, 2, 3).result(120) == 8
        with pytest.raises(RuntimeError, match="lock"):
            processes.submit(_unpicklable).result(120)
    with LocalProcesses(1, trial_timeout=0.2) as processes:
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
