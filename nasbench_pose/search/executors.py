"""Executors run jobs: one after the other in this process, or in several worker processes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.search.jobs import Event, Job
from nasbench_pose.search.workers import attempt, run_jobs, summary
from nasbench_pose.search.workplace import Workplace

Tell = Callable[[Event], None]
Executor = Callable[[Sequence[Job], Tell], None]
"""Runs all jobs and reports every event; raises NasbenchPoseError at the end if some jobs failed."""


def in_this_process(jobs: Sequence[Job], tell: Tell) -> None:
    """Run jobs one after the other in this process.

    A failed job does not stop the others. An exception of `tell` does; it is raised unchanged.
    """
    failed: list[Event] = []

    def guarded_tell(event: Event) -> None:
        try:
            tell(event)
        except Exception as error:
            raise _ListenerError from error

    try:
        with Workplace() as place:
            for job in jobs:
                ended = replace(attempt(lambda job=job: job, guarded_tell, place), job=job.name)  # type: ignore[misc]
                failed += [ended] if ended.error else []
                guarded_tell(ended)
    except _ListenerError as stopped:
        assert stopped.__cause__ is not None
        raise stopped.__cause__ from None
    if failed:
        raise summary(failed, len(jobs))


class _ListenerError(BaseException):
    """Wraps an exception of `tell`; a BaseException, so that no `except Exception` mistakes it for a failed trial."""


@dataclass(frozen=True)
class Processes:
    """Runs jobs in `count` single-threaded processes; see `workers.run_jobs`."""

    count: int
    trial_timeout: float | None = None
    """Seconds after which a measurement is killed and stored as a failed trial."""

    def __call__(self, jobs: Sequence[Job], tell: Tell) -> None:
        """Run all jobs."""
        run_jobs(jobs, self.count, tell, trial_timeout=self.trial_timeout)


def executor(workers: int, trial_timeout: float | None = None) -> Executor:
    """Return the executor for a number of workers: 1 is this process, unless there is a timeout.

    Raises NasbenchPoseError for fewer than 1.

    >>> executor(2)
    Processes(count=2, trial_timeout=None)
    >>> executor(0)
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.NasbenchPoseError: A comparison needs 1 worker or more, not 0.
    """
    if workers < 1:
        raise NasbenchPoseError(f"A comparison needs 1 worker or more, not {workers}.")
    return in_this_process if workers == 1 and trial_timeout is None else Processes(workers, trial_timeout)
