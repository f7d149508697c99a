"""Trials as tasks of Slurm: by submitit's local scheduler, and on a node of Slurm where it is installed."""

from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import pytest

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.executors import slurm_tasks
from nasbench_pose.executors.placement import Placement, ready
from nasbench_pose.testing import ProcessExecutorContract
from nasbench_pose.testing.executor import local, probe, searched

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
        ({"slurm": {"partitoin": "gpu"}}, "sbatch is not told partitoin: "),
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
