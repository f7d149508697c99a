"""Trials measured by workers of a shared database."""

import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.executors import shared_workers, worker
from nasbench_pose.executors.call import Call, WorkerLostError
from nasbench_pose.executors.placement import Placement
from nasbench_pose.executors.proposals import Proposals
from nasbench_pose.store import Store
from nasbench_pose.testing import ProcessExecutorContract
from nasbench_pose.testing.executor import PROTOCOL, SECONDS, local, members, probe, searched, submitted

LEASE = 2.0


def executor(url: str) -> Executor:
    return Placement("workers", {"lease_seconds": LEASE}).executor(2, url)


@pytest.mark.slow
class TestSharedWorkers(ProcessExecutorContract):
    @pytest.fixture
    def new(self, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Executor]]:
        for module in (shared_workers, worker):
            monkeypatch.setattr(module, "LOOK", 0.05)
        ended = threading.Event()

        def measure() -> None:
            with Store(url) as store:
                worker.work(store, go_on=lambda: not ended.is_set())

        threads = [threading.Thread(target=measure) for _ in range(2)]
        with Store(url):
            for thread in threads:
                thread.start()
        yield lambda: executor(url)
        ended.set()
        for thread in threads:
            thread.join()


@contextmanager
def running(url: str) -> "Iterator[subprocess.Popen[str]]":
    command = [sys.executable, "-m", "nasbench_pose", "worker", "--db", url]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("server", "number"),
    [("sqlite", signal.SIGKILL), ("postgres", signal.SIGKILL), ("sqlite", signal.SIGTERM)],
)
def test_a_worker_that_ends_in_the_middle_is_replaced(
    server: str, number: signal.Signals, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = str(tmp_path / "runs.db") if server == "sqlite" else request.getfixturevalue("postgres")
    waiting, notices = probe(tmp_path / "log", "wait"), list[str]()
    with Store(url):
        pass
    with running(url) as first, ThreadPoolExecutor() as pool:
        searching = pool.submit(searched, lambda: executor(url), url, waiting, notices.append)
        while not waiting.measured():
            time.sleep(0.05)
        first.send_signal(number)
        assert first.wait(SECONDS) == (130 if number == signal.SIGTERM else -9)
        waiting.log.with_suffix(".go").touch()
        with running(url):
            trials = searching.result(SECONDS)
    assert trials == local(probe(tmp_path / "local"))
    with Store(url) as store:
        assert len(store.evaluations()) == len(trials) and Proposals(store).waiting() == 0
    silent = [notice for notice in notices if "has been silent for 2 s" in notice]
    assert len(silent) == (number == signal.SIGKILL), "one that is asked to end gives its trial back"


def proposed(folder: Path) -> Call:
    return Call(pickle.dumps(probe(folder / "log")), members(1)[0], PROTOCOL, 100, 0)


def test_a_proposal_is_one_however_often_it_is_made_and_taken_once(tmp_path: Path) -> None:
    with Store(tmp_path / "runs.db") as store:
        queue = Proposals(store)
        call = proposed(tmp_path)
        assert queue.put(call, 60.0) == queue.put(call, 60.0) == 1
        taken = queue.take("a")
        assert taken is not None and taken.call == call and queue.take("b") is None
        assert queue.beat(1, "a") and not queue.beat(1, "b")
        assert not queue.give_back(1, "a", beat=0), "it has changed since"
        assert queue.give_back(1, "a", beat=1) and not queue.beat(1, "a")
        assert queue.take("b") is not None
        queue.end(1, "a", ValueError("too late"))
        assert queue.states([1])[1].error is None
        queue.end(1, "b", ValueError("no"))
        assert queue.take("a") is None and repr(queue.states([1])[1].error) == "ValueError('no')"
        assert queue.put(call, 60.0) == 1 and queue.take("a") is not None, "it begins anew"


def test_a_silent_worker_loses_its_proposal_by_the_clock_of_the_search(tmp_path: Path) -> None:
    url = str(tmp_path / "runs.db")
    with Store(url) as store, executor(url) as made:
        future = submitted(made, probe(tmp_path / "log"), members(1)[0])
        taken = Proposals(store).take("gone")
        assert taken is not None
        with pytest.raises(WorkerLostError, match="gone has been silent for 2 s"):
            future.result(SECONDS)
        assert Proposals(store).waiting() == 1 and not Proposals(store).beat(taken.number, "gone")


def test_a_worker_that_cannot_measure_says_so_and_gives_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store(tmp_path / "runs.db") as store:
        Proposals(store).put(replace(proposed(tmp_path), protocol="f" * 16), 60.0)
        with pytest.raises(
            NasbenchPoseError, match=r"This worker cannot measure efficientpose_micro:.*the search under f{16}"
        ):
            worker.work(store)
        assert Proposals(store).waiting() == 1
        monkeypatch.setattr("nasbench_pose.executors.proposals.versions", lambda: "nasbench-pose 9.9, torch 1")
        monkeypatch.setattr("nasbench_pose.executors.worker.versions", lambda: "nasbench-pose 9.9, torch 1")
        with pytest.raises(NasbenchPoseError, match=r"are those of nasbench-pose [\d.]+, torch [\d.]+; this is .*9\.9"):
            worker.work(store)


def test_a_search_without_workers_says_how_to_start_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(shared_workers, "PATIENCE", 0.1)
    made = executor(str(tmp_path / "runs.db"))
    submitted(made, probe(tmp_path / "log"), members(1)[0])
    for _ in range(100):
        if caplog.text:
            break
        time.sleep(0.1)
    made.shutdown(wait=False, cancel_futures=True)
    assert f"nasbench-pose worker --db {tmp_path / 'runs.db'}" in caplog.text
    with Store(tmp_path / "runs.db") as store:
        assert Proposals(store).waiting() == 0, "it is withdrawn"
