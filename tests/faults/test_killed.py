"""Killed at any moment, a comparison goes on where it stopped and ends as if nobody had touched it."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
from fakes import SPACE, KeyReader, untimed

from nasbench_pose.search import plan
from nasbench_pose.search.executors import in_this_process
from nasbench_pose.store import Store

PAUSE = 0.02
SCRIPT = f"""
import sys
from pathlib import Path

sys.path.insert(0, {str(Path(__file__).parent.parent)!r})
from fakes import SPACE, KeyReader
from nasbench_pose.search import compare, plan

if __name__ == "__main__":
    folder, pause, workers, budget = Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    evaluator = KeyReader(folder / "log", pause)
    strategies = ["random", "evolution", "fakes:Saving"]
    jobs = plan(SPACE, strategies, evaluator, budget=budget, seeds=2, store=str(folder / "runs.db"))
    try:
        compare(jobs, workers=workers, tell=lambda event: print(event.trials or "", flush=True))
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


@contextmanager
def comparing(folder: Path, pause: float, workers: int, budget: int = 15) -> "Iterator[subprocess.Popen[str]]":
    command = [sys.executable, "-c", SCRIPT, *map(str, (folder, pause, workers, budget))]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def workers_of(process: "subprocess.Popen[str]") -> list[psutil.Process]:
    return [child for child in psutil.Process(process.pid).children(recursive=True) if _is_worker(child)]


def _is_worker(child: psutil.Process) -> bool:
    """Say whether it is a child of the fork server or, where there is none, a spawned process."""
    try:
        server = ["multiprocessing.forkserver" in " ".join(each.cmdline()) for each in (child, child.parent()) if each]
        return all(server) or "spawn_main" in " ".join(child.cmdline())
    except psutil.NoSuchProcess:  # it has just ended, with the comparison
        return False


def wait_for_trials(process: "subprocess.Popen[str]", count: int) -> None:
    assert process.stdout is not None
    while count:
        count -= bool(process.stdout.readline().strip())


def check(folder: Path, whole: Path) -> None:
    """Finish the comparison of `folder`; compare it with one that nothing happened to."""
    with comparing(folder, 0, 1) as process:
        _, errors = process.communicate(timeout=120)
        assert (process.returncode, errors) == (0, "")
    evaluator, strategies = KeyReader(whole / "log"), ["random", "evolution", "fakes:Saving"]
    in_this_process(
        plan(SPACE, strategies, evaluator, budget=15, seeds=2, store=str(whole / "whole.db")), lambda _: None
    )
    with Store(folder / "runs.db") as found, Store(whole / "whole.db") as expected:
        assert untimed(found.frame()) == untimed(expected.frame())
        assert set(found.evaluations()["key"]) == set(expected.evaluations()["key"]), "nothing was half kept"


@pytest.mark.slow
def test_killed_at_any_moment(tmp_path: Path) -> None:
    rng = random.Random(0)
    for _ in range(4):
        with comparing(tmp_path, PAUSE, 2) as process:
            wait_for_trials(process, 1)
            time.sleep(rng.uniform(0, 0.4))
            orphans = workers_of(process)
            process.send_signal(signal.SIGKILL)
            if rng.random() < 0.5:  # a worker in the middle of something, too; else it ends by itself
                for orphan in orphans:
                    with suppress(psutil.NoSuchProcess):  # it was faster
                        orphan.kill()
            assert psutil.wait_procs(orphans, timeout=20)[1] == []
    whole = tmp_path / "whole"
    whole.mkdir()
    check(tmp_path, whole)


@pytest.mark.slow
def test_workers_do_not_outlive_a_killed_parent_however_long_they_measure(tmp_path: Path) -> None:
    with comparing(tmp_path, 0.2, 2) as process:
        wait_for_trials(process, 3)
        orphans = workers_of(process)
        assert len(orphans) == 2
        process.kill()
        assert psutil.wait_procs(orphans, timeout=5)[1] == []
    with Store(tmp_path / "runs.db") as store:
        assert store.evaluations()["error"].isna().all(), "dying is not failing"


@pytest.mark.slow
def test_a_measurement_under_way_dies_with_the_parent(tmp_path: Path) -> None:
    with comparing(tmp_path, 60, 2) as process:
        while not KeyReader(tmp_path / "log").measured:
            time.sleep(0.05)
        orphans = workers_of(process)
        process.kill()
        assert psutil.wait_procs(orphans, timeout=5)[1] == []


@pytest.mark.slow
@pytest.mark.parametrize("pause", [0.05, 60])
def test_ctrl_c_ends_everything_at_once(pause: float, tmp_path: Path) -> None:
    with comparing(tmp_path, pause, 2, budget=10_000) as process:  # on a busy machine too it is far from its end
        while len(KeyReader(tmp_path / "log").measured) < 2:
            time.sleep(0.02)
        everybody = [*workers_of(process), psutil.Process(process.pid)]
        for member in everybody:  # a terminal interrupts all of them
            member.send_signal(signal.SIGINT)
        printed, errors = process.communicate(timeout=30)
        assert (process.returncode, errors) == (0, "")
        assert printed.endswith("interrupted\n")
        assert not any(member.is_running() for member in everybody[:-1])
    with Store(tmp_path / "runs.db") as store:
        assert store.evaluations()["error"].isna().all()


@pytest.mark.slow
def test_ctrl_c_while_the_workers_start(tmp_path: Path) -> None:
    with comparing(tmp_path, 60, 2) as process:
        while not (workers := workers_of(process)):
            time.sleep(0.001)
        for member in [*workers, psutil.Process(process.pid)]:
            member.send_signal(signal.SIGINT)
        printed, errors = process.communicate(timeout=20)
        assert (process.returncode, errors, printed) == (0, "", "interrupted\n")
        assert psutil.wait_procs(workers, timeout=5)[1] == []


@pytest.mark.slow
def test_a_killed_worker_is_replaced_and_nothing_is_lost(tmp_path: Path) -> None:
    with comparing(tmp_path, PAUSE, 2) as process:
        wait_for_trials(process, 2)
        workers_of(process)[0].kill()
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    whole = tmp_path / "whole"
    whole.mkdir()
    check(tmp_path, whole)
