"""Jobs in several worker processes: a worker gets the next job when it has finished the one before."""

import contextlib
import os
import pickle
import signal
import time
import traceback
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait

from nasbench_pose.errors import NasbenchPoseError, one_line
from nasbench_pose.evaluators import Trial
from nasbench_pose.executors.processes import UNGUARDED, Pool, start, stop, worker_pool
from nasbench_pose.search.jobs import Event, Job, work
from nasbench_pose.search.workplace import Workplace
from nasbench_pose.store import Store, check_shared

Tell = Callable[[Event], None]
ATTEMPTS = 2
"""Attempts at a measurement that kills its process."""
LONGEST_WAIT = 3600.0
"""Seconds: operating systems wait for no more than weeks, and a limit may be infinite."""
REASONS = 3
"""Most reasons listed in the message about failed searches."""


def run_jobs(jobs: Sequence[Job], workers: int, tell: Tell, *, trial_timeout: float | None = None) -> None:
    """Run all jobs in `workers` single-threaded processes; `tell` is called in this process with every event.

    A failed job does not stop the others. When all have ended, NasbenchPoseError lists the failures; its notes are the
    tracebacks. A measurement that crashes its process (out of memory, a segmentation fault) is tried twice; one that
    takes longer than `trial_timeout` seconds is tried once. Then it is stored as a failed trial, and its job continues.
    Ctrl-C, and any exception of `tell`, kills the workers at once, which loses only the current measurements. The
    workers also end when this process is killed. Raises NasbenchPoseError before anything starts if there are no
    workers, if a job cannot be pickled, or if its database is in the memory of this process.
    """
    if workers < 1:
        raise NasbenchPoseError(f"Searches need at least 1 worker, not {workers}.")
    if trial_timeout is not None and not trial_timeout > 0:
        raise NasbenchPoseError(f"A trial is given more than 0 seconds, not {trial_timeout:g}.")
    for where in {job.store for job in jobs}:
        check_shared(where)
    failed: list[Event] = []

    def listen(event: Event) -> None:
        if event.error:
            failed.append(event)
        tell(event)

    waiting = deque(_Assignment(job, _packed(job)) for job in jobs)
    for where in {job.store for job in jobs}:
        Store(where).close()  # a server that cannot be reached is said now; later, workers wait for it
    with worker_pool() as pool:
        _Dispatch(pool, waiting, listen, trial_timeout).run(workers)
    if failed:
        raise summary(failed, len(jobs))


@dataclass
class _Assignment:
    """A job that waits or runs, and its current measurement."""

    job: Job
    packed: bytes
    measuring: Trial | None = None
    """The trial whose measurement runs, without metrics."""
    since: float = 0.0
    """When the measurement started, on the monotonic clock."""

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.since


class _Dispatch:
    """Assigns jobs to workers, receives their events, and handles the death and the timeout of a worker."""

    def __init__(self, pool: Pool, waiting: "deque[_Assignment]", tell: Tell, trial_timeout: float | None) -> None:
        self.pool, self.waiting, self.tell, self.trial_timeout = pool, waiting, tell, trial_timeout
        self.at_work: dict[Connection, _Assignment] = {}
        self.deaths: Counter[object] = Counter()
        self.lost: defaultdict[object, float] = defaultdict(float)
        """Seconds of the measurements that crashed."""

    def run(self, workers: int) -> None:
        while self.waiting or self.at_work:
            while self.waiting and len(self.at_work) < workers:
                self._assign()
            for ready in wait(list(self.at_work), self._seconds_to_timeout()):
                self._receive(ready)  # type: ignore[arg-type]
            for worker in [worker for worker in self.at_work if self._is_late(worker)]:
                self._kill_late(worker)

    def _assign(self) -> None:
        idle = next((worker for worker in self.pool if worker not in self.at_work), None)
        worker = start(self.pool, _worker) if idle is None else idle
        self.at_work[worker] = self.waiting.popleft()
        with contextlib.suppress(OSError):  # the worker has died, which `_receive` will notice
            worker.send_bytes(self.at_work[worker].packed)

    def _receive(self, worker: Connection) -> None:
        assignment = self.at_work[worker]
        try:
            event: Event = replace(worker.recv(), job=assignment.job.name)
        except (EOFError, OSError):
            self._handle_death(worker)
            return
        if event.measuring is not None:
            assignment.measuring, assignment.since = event.measuring, time.monotonic()
        elif event.trials is not None:
            assignment.measuring = None
        if event.ended:
            del self.at_work[worker]
        self.tell(event)

    def _handle_death(self, worker: Connection) -> None:
        """Queue the job of a dead worker again; store its measurement as failed if it has killed two workers."""
        assignment, code = self.at_work.pop(worker), stop(self.pool, worker)
        if code == UNGUARDED:
            raise NasbenchPoseError(
                'Worker processes import the script: put what starts searches under `if __name__ == "__main__":`.'
            )
        cause = _cause(code)
        name, trial = assignment.job.name, assignment.measuring
        what = name if trial is None else _description(trial)
        self.deaths[what] += 1
        if trial is not None:
            self.lost[what] += assignment.seconds
        if self.deaths[what] < ATTEMPTS:
            doing = "" if trial is None else f" while it measured {_description(trial)}"
            self.tell(Event(name, notice=f"its process died ({cause}){doing}; it is tried once more"))
        elif trial is None:
            self.tell(Event(name, ended=True, error=f"its process died ({cause}), twice"))
            return
        else:
            self._store_failure(assignment, trial, f"its process died ({cause}), {ATTEMPTS} times", self.lost[what])
        self.waiting.appendleft(replace(assignment, measuring=None))

    def _store_failure(self, assignment: _Assignment, trial: Trial, error: str, seconds: float) -> None:
        """Store a failed trial on behalf of a worker that cannot do so any more."""
        with Store(assignment.job.store, patient=True) as store:
            store.add(replace(trial, error=error, seconds=seconds))
        self.tell(Event(assignment.job.name, notice=f"{_description(trial)} failed: {error}"))

    def _is_late(self, worker: Connection) -> bool:
        assignment = self.at_work[worker]
        late = self.trial_timeout is not None and assignment.measuring is not None
        return late and assignment.seconds > (self.trial_timeout or 0.0) and not worker.poll()

    def _kill_late(self, worker: Connection) -> None:
        assignment = self.at_work.pop(worker)
        stop(self.pool, worker, kill=True)
        assert assignment.measuring is not None
        error = f"it took longer than {self.trial_timeout:g} s"
        self._store_failure(assignment, assignment.measuring, error, assignment.seconds)
        self.waiting.appendleft(replace(assignment, measuring=None))

    def _seconds_to_timeout(self) -> float | None:
        """Return the seconds until the next measurement times out; None if none can."""
        if self.trial_timeout is None:
            return None
        left = [self.trial_timeout - work.seconds for work in self.at_work.values() if work.measuring is not None]
        return min(max(0.0, min(left)) + 0.01, LONGEST_WAIT) if left else None


def _description(trial: Trial) -> str:
    return f"{trial.genotype.text} (fidelity {trial.fidelity}, seed {trial.seed})"


def _cause(code: int | None) -> str:
    if code is None or code >= 0:
        return f"exit code {code}"
    name = signal.Signals(-code).name if -code in {*signal.Signals} else f"signal {-code}"
    return f"killed by {name}{', as the system does when memory runs out' if name == 'SIGKILL' else ''}"


def _packed(job: Job) -> bytes:
    try:
        return pickle.dumps(job)
    except Exception as error:  # the objects in it may raise anything
        raise NasbenchPoseError(
            f"The search {job.name!r} cannot be sent to another process ({error}); make its evaluator by a value such "
            "as evaluators.training.Training, or by a function at module level."
        ) from error


def summary(failed: Sequence[Event], count: int) -> NasbenchPoseError:
    """Return one error for all failed jobs: each reason once with its jobs, at most the first `REASONS`."""
    names: dict[str, list[str]] = {}
    for event in failed:
        names.setdefault(str(event.error), []).append(event.job)
    said = [f"{' and '.join(jobs)}: {reason.rstrip('.')}" for reason, jobs in names.items()]
    more = [f"and {len(said) - REASONS} reasons more"] if len(said) > REASONS else []
    reasons = "; ".join([*said[:REASONS], *more])
    error = NasbenchPoseError(f"{len(failed)} of {count} searches failed; the rest is kept. {reasons}.")
    for event in failed:
        if event.details:
            error.add_note(f"{event.job}: {event.details}")
    return error


def _worker(parent: Connection) -> None:
    """Run the jobs that the parent sends, one after the other."""

    def tell(event: Event) -> None:
        try:
            parent.send(event)
        except OSError:  # the parent is gone; an exception here would be mistaken for a failed measurement
            os._exit(1)

    with contextlib.suppress(EOFError), Workplace(patient=True) as place:
        while True:
            packed = parent.recv_bytes()
            tell(attempt(lambda: pickle.loads(packed), tell, place))  # noqa: B023 - called before the next


def attempt(job: Callable[[], Job], tell: Tell, place: Workplace) -> Event:
    """Run the job that `job` returns; return the event of its end."""
    ended = Event("", ended=True)
    try:
        work(job(), tell, place)
    except NasbenchPoseError as error:
        return replace(ended, error=str(error))
    except Exception as error:
        return replace(ended, error=one_line(error), details=traceback.format_exc())
    return ended
