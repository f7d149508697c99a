"""Trials as tasks of Slurm: by submitit's local scheduler, and on a node of Slurm where it is installed."""

import socket
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest
from slurm_node import slurm_node

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.executors import slurm_tasks
from nasbench_pose.executors.call import ProcessDiedError
from nasbench_pose.executors.placement import Placement, ready
from nasbench_pose.executors.probe import SECONDS
from nasbench_pose.testing import ProcessExecutorContract
from nasbench_pose.testing.executor import local, members, probe, searched, submitted

pytest.importorskip("submitit")


def here(folder: Path) -> Placement:
    """Return the scheduler that starts processes of this machine."""
    return Placement("slurm", {"scheduler": "local", "folder": str(folder / "trials"), "walltime": 2})


@pytest.mark.slow
class TestSubmitit(ProcessExecutorContract):
    @pytest.fixture
    def new(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Executor]:
        monkeypatch.setattr(slurm_tasks, "LOOK", 0.05)
        return lambda: here(tmp_path).executor(2)

    def test_a_trial_that_reaches_its_walltime_is_one_failed_trial(
        self, new: Callable[[], Executor], url: str, log: Path
    ) -> None:
        trials = searched(new, url, probe(log, "notice"))
        assert [trial.error for trial in trials] == ["it took longer than its walltime of 2 min", *[None] * 4]
        assert trials[1:] == local(probe(log.with_suffix(".local")))[1:]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"walltime": 0}, "walltime in minutes"),
        ({"gpus_per_trial": 0.5}, "Slurm gives whole GPUs to a trial, not 0.5"),
        ({"cores_per_trial": 0}, "A trial needs 1 core or more, not 0"),
        (
            {"slurm": {"partitoin": "gpu"}},
            "--slurm partitoin cannot be: Unknown argument 'partitoin'.*Valid arguments: [^.]*partition[^.]*\\.$",
        ),
    ],
)
def test_what_cannot_be_is_said_before_a_search_starts(options: dict[str, Any], said: str, tmp_path: Path) -> None:
    options = {**options, "folder": str(tmp_path), "scheduler": "local"}
    with pytest.raises(NasbenchPoseError, match=said), ready(Placement("slurm", options)):
        pass


def test_a_machine_without_slurm_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    said = "There is no sbatch here: run compare on a login node"
    with pytest.raises(NasbenchPoseError, match=said), ready(Placement("slurm")):
        pass


@pytest.fixture(scope="module")
def node() -> Iterator[Path]:
    with slurm_node() as folder:
        yield folder


@pytest.mark.slow
@pytest.mark.usefixtures("node")
def test_a_node_of_slurm_is_lost_in_the_middle_and_the_result_is_the_local_one(tmp_path: Path) -> None:
    waiting, url, began = probe(tmp_path / "log", "wait"), str(tmp_path / "runs.db"), time.time()
    with ready(Placement("slurm", {"folder": str(tmp_path / "trials")})) as placement, ThreadPoolExecutor() as pool:
        searching = pool.submit(searched, lambda: placement.executor(2), url, waiting)
        while not waiting.measured():
            assert not searching.done()
            time.sleep(0.1)
        host = socket.gethostname().partition(".")[0]
        subprocess.run(["scontrol", "update", f"nodename={host}", "state=down", "reason=lost"], check=True)
        while any(
            is_of_the_task(each, tmp_path, began) for each in psutil.process_iter(["name", "cmdline", "create_time"])
        ):
            time.sleep(0.1)
        waiting.log.with_suffix(".go").touch()
        # Slurm queues the task again by itself, to begin in two minutes.
        subprocess.run(["scontrol", "update", f"nodename={host}", "state=resume"], capture_output=True)
        task = subprocess.run(["squeue", "-h", "-o", "%i"], capture_output=True, text=True, check=True).stdout.strip()
        subprocess.run(["scontrol", "update", f"jobid={task}", "starttime=now"], check=True)
        trials = searching.result(SECONDS)
    assert trials == local(probe(tmp_path / "local"))
    assert waiting.measured().count(waiting.key) == 2 and len(waiting.measured()) == len(trials) + 1


@pytest.mark.slow
@pytest.mark.usefixtures("node")
def test_what_slurm_refuses_is_one_line(tmp_path: Path) -> None:
    options = {"folder": str(tmp_path / "trials"), "slurm": {"partition": "nowhere"}}
    with pytest.raises(NasbenchPoseError, match=r"^Slurm refuses a task: sbatch: error: invalid partition .*nowhere"):
        searched(lambda: Placement("slurm", options).executor(2), str(tmp_path / "runs.db"), probe(tmp_path / "log"))


@pytest.mark.slow
@pytest.mark.usefixtures("node")
def test_tasks_of_slurm_are_an_array_and_a_killed_one_is_noticed_without_accounting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slurm_tasks, "ASK_SLURM", 1.0)
    first, second = members(2)
    with ready(Placement("slurm", {"folder": str(tmp_path / "trials")})) as placement, placement.executor(2) as made:
        dies, ends = (submitted(made, probe(tmp_path / "log", "die"), genotype) for genotype in (first, second))
        assert ends.result(SECONDS).error is None
        with pytest.raises(ProcessDiedError, match="Slurm says FAILED, its log is"):
            dies.result(SECONDS)
    assert {path.name.partition("_")[2] for path in (tmp_path / "trials").glob("*.err")} == {
        "0_0_log.err",
        "1_0_log.err",
    }


@pytest.mark.slow
@pytest.mark.usefixtures("node")
def test_more_tasks_than_an_array_holds_are_several_arrays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slurm_tasks, "ARRAY", 2)
    with ready(Placement("slurm", {"folder": str(tmp_path / "trials")})) as placement, placement.executor(5) as made:
        futures = [submitted(made, probe(tmp_path / "log"), genotype) for genotype in members(5)]
        assert [future.result(SECONDS).genotype for future in futures] == members(5)
    logs = [path.name.split("_") for path in (tmp_path / "trials").glob("*.err")]
    arrays = Counter(number for number, *_ in logs)
    assert sorted(arrays.values()) == [1, 2, 2]


def is_of_the_task(process: psutil.Process, folder: Path, began: float) -> bool:
    """Return whether it measures, or is Slurm's process that watches over one that does."""
    watches = process.info["name"] == "slurmstepd" and process.info["create_time"] >= began
    return watches or str(folder) in " ".join(process.info["cmdline"] or ())
