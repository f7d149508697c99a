"""Trials as tasks of Slurm's job arrays, by submitit."""

import shutil
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from submitit import AutoExecutor, Job
from submitit.core.utils import FailedJobError, FailedSubmissionError

from nasbench_pose.errors import InvalidFileError, InvalidNumberError, NasbenchPoseError, one_line
from nasbench_pose.executors.call import ProcessDiedError, WorkerLostError
from nasbench_pose.executors.resources import Resources
from nasbench_pose.executors.slurm_task import NOT_IN_TIME, Task
from nasbench_pose.scalar import whole

P = ParamSpec("P")
T = TypeVar("T")

ARRAY = 1000
"""Most tasks of one array: the limit of Slurm (MaxArraySize) as it is installed."""
LOOK = 0.5
"""Seconds between two looks for results. Calls that come in between are one array."""
ASK_SLURM = 10.0
"""Seconds between two calls of squeue, which finds tasks that have ended without a result."""
NOTICE = 90
"""Seconds before the walltime at which a task is told to end, at most."""
REQUEUES = 1000
"""How often a training that has written its state may be queued again."""
LOST = {"NODE_FAIL", "PREEMPTED", "CANCELLED", "BOOT_FAIL", "REVOKED", "UNKNOWN"}
"""States of Slurm in which a task is not the reason of its end."""


class SlurmTasks(Executor):
    """Runs each call as a task of Slurm; calls that come together are a job array.

    A task that is about to reach its walltime is told so before. A training with a folder for its state writes it and
    is queued again; another one raises TimeoutError. A call whose task fails raises ProcessDiedError; one whose node is
    lost, or that is cancelled, raises WorkerLostError.
    """

    def __init__(
        self,
        workers: int,
        gpus_per_trial: float = 0.0,
        cores_per_trial: int = 1,
        memory_per_trial: float | None = None,
        walltime: int = 60,
        slurm: Mapping[str, str] | None = None,
        folder: str = "slurm_trials",
        job_name: str = "nasbench-pose",
        scheduler: str = "slurm",
    ) -> None:
        """Memory is in GB, the walltime in minutes; `slurm` has options of sbatch, such as `partition`.

        `folder` is on a file system that all nodes share. The scheduler `local` stands for processes of this machine.
        Raises NasbenchPoseError for values that cannot be.
        """
        needs = Resources(gpus_per_trial, cores_per_trial, memory_per_trial)
        walltime = whole(walltime, "walltime in minutes", least=1)
        if needs.gpus != round(needs.gpus):
            raise InvalidNumberError(f"Slurm gives whole GPUs to a trial, not {needs.gpus:g}.")
        self._submitit = AutoExecutor(folder, cluster=scheduler, slurm_max_num_timeout=REQUEUES)
        more: dict[str, Any] = {f"slurm_{name.replace('-', '_')}": value for name, value in (slurm or {}).items()}
        more |= {"gpus_per_node": round(needs.gpus)} if needs.gpus else {}
        more |= {"mem_gb": needs.memory} if needs.memory else {}
        try:
            self._submitit.update_parameters(
                name=job_name,
                timeout_min=walltime,
                cpus_per_task=needs.cores,
                slurm_signal_delay_s=min(NOTICE, 30 * walltime),
                slurm_array_parallelism=workers,
                slurm_setup=[f"export OMP_NUM_THREADS={needs.cores}"],
                **more,
            )
        except Exception as error:  # NameError, ValueError or AssertionError
            said = " ".join(str(error).split()).partition(" Known executors")[0].rstrip(".")
            raise InvalidFileError(f"--slurm {', '.join(slurm or {})} cannot be: {said}.") from error
        self._walltime, self._is_slurm = walltime, scheduler == "slurm"
        self._new: list[tuple[Task, Future[Any]]] = []
        self._running: dict[str, tuple[Job[Any], Future[Any]]] = {}
        """Number of a task -> the task and the future of its call."""
        self._asked = 0.0
        self._ended = threading.Event()
        self._changing = threading.Lock()
        self._thread = threading.Thread(target=self._serve, name="slurm-tasks", daemon=True)
        self._thread.start()

    @classmethod
    @contextmanager
    def ready(cls, scheduler: str = "slurm", **options: Any) -> Iterator[dict[str, str]]:
        """Check the options; cancel the tasks that are left at the end of the block, however it ends.

        Raises NasbenchPoseError on a machine without sbatch.
        """
        if scheduler == "slurm" and shutil.which("sbatch") is None:
            raise NasbenchPoseError(
                "There is no sbatch here: run compare on a login node of the cluster, or choose another executor "
                "(ray, workers)."
            )
        name = f"nasbench-pose-{uuid.uuid4().hex[:8]}"
        folder = str(Path(options.pop("folder", "slurm_trials")).absolute())
        cls(1, **options, scheduler=scheduler, folder=folder).shutdown()
        try:
            yield {"job_name": name, "folder": folder}
        finally:
            if scheduler == "slurm":
                subprocess.run(["scancel", "--me", f"--name={name}"], check=False)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Return the future of a call; raises RuntimeError after `shutdown`."""
        if self._ended.is_set():
            raise RuntimeError("cannot schedule new futures after shutdown")
        future: Future[T] = Future()
        with self._changing:
            self._new.append((Task(fn, args, kwargs), future))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Refuse new calls; let those that were submitted end if `wait`, or cancel their tasks."""
        if wait and not cancel_futures:
            for _, future in [*self._new, *self._running.values()]:
                future.exception()
        self._ended.set()
        self._thread.join()
        for job, _ in self._running.values():
            job.cancel(check=False)
        self._running.clear()

    def _serve(self) -> None:
        """Submit what is new and answer calls, until the end; an error of Slurm's commands is that of all calls."""
        while not self._ended.wait(LOOK):
            with self._changing:
                try:
                    if self._new:
                        self._submit_array()
                    for number in self._settled():
                        self._answer(*self._running[number])
                        del self._running[number]
                except Exception as error:
                    for _, future in [*self._new, *self._running.values()]:
                        future.set_exception(_said(error))
                    self._new, self._running = [], {}

    def _submit_array(self) -> None:
        while self._new:
            part, self._new = self._new[:ARRAY], self._new[ARRAY:]
            try:
                with self._submitit.batch():
                    jobs = [self._submitit.submit(task) for task, _ in part]
            except BaseException:
                self._new = part + self._new
                raise
            self._running |= {job.job_id: (job, future) for job, (_, future) in zip(jobs, part, strict=True)}

    def _settled(self) -> list[str]:
        """Return the numbers of the tasks that have ended, with a result or without."""
        if not self._is_slurm:
            return [number for number, (job, _) in self._running.items() if job.done()]
        settled = [number for number, (job, _) in self._running.items() if job.paths.result_pickle.exists()]
        if len(settled) < len(self._running) and time.monotonic() - self._asked > ASK_SLURM:
            self._asked = time.monotonic()
            before = dict(self._running)
            active = _active()
            gone = [number for number in before if number not in active]
            settled += [number for number in gone if number not in settled]
        return settled

    def _answer(self, job: "Job[Any]", future: "Future[Any]") -> None:
        if not job.paths.result_pickle.exists():
            state = _state(job.job_id) if self._is_slurm else "FAILED"
            future.set_exception(self._reason(state, f"Slurm says {state}, its log is {job.paths.stderr}"))
            return
        try:
            good, result = job.result()
        except Exception as error:  # UncompletedJobError, or what unpickling raises
            future.set_exception(self._reason("TIMEOUT" if NOT_IN_TIME in str(error) else "FAILED", one_line(error)))
            return
        if good and NOT_IN_TIME in str(getattr(result, "error", "")):
            future.set_exception(self._reason("TIMEOUT", ""))
        elif good:
            future.set_result(result)
        else:
            future.set_exception(result)

    def _reason(self, state: str, said: str) -> Exception:
        if state == "TIMEOUT":
            return TimeoutError(f"it took longer than its walltime of {self._walltime} min")
        return WorkerLostError(said) if state in LOST else ProcessDiedError(said)


def _active() -> set[str]:
    """Return the numbers of this user's tasks that wait or run."""
    command = ["squeue", "--me", "--noheader", "--array", "--format=%i"]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def _state(number: str) -> str:
    """Return how a task has ended; UNKNOWN if Slurm has forgotten it. It works without Slurm's accounting."""
    command = ["scontrol", "show", "job", number, "--oneliner"]
    words = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
    return next((word.removeprefix("JobState=") for word in words if word.startswith("JobState=")), "UNKNOWN")


def _said(error: Exception) -> Exception:
    """Return an error of a command of Slurm as one line with what the command said."""
    if isinstance(error, subprocess.CalledProcessError):
        return NasbenchPoseError(f"Slurm refuses: {' '.join((error.stderr or str(error)).split())}")
    if isinstance(error, FailedJobError | FailedSubmissionError):
        return NasbenchPoseError(f"Slurm refuses a task: {' '.join(str(error).split())}")
    return error
