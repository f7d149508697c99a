"""Jobs in several processes: each process is handed another job when it has ended the one before."""

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
from nasbench_pose.search.jobs import Evaluators, Event, Job, work
from nasbench_pose.search.processes import Pool, start, stop, worker_pool
from nasbench_pose.store import Store, check_shared

Tell = Callable[[Event], None]
ATTEMPTS = 2
"""How often a measurement that kills its process is tried."""
REASONS = 3
"""As many are said of why searches failed."""


def run_jobs(jobs: Sequence[Job], workers: int, tell: Tell, *, trial_timeout: float | None = None) -> None:
    """Run all jobs in `workers` processes of one thread each; `tell` hears of everything, in this process.

    A job that fails does not stop the others; when all have ended, NasbenchPoseError says what failed, with tracebacks
    as its notes. A measurement that takes its process with it (out of memory, a segmentation fault) is tried twice,
    one that takes longer than `trial_timeout` seconds once; then it is kept as a failed trial, and its job goes on.
    Ctrl-C (and any exception of `tell`) ends the workers at once, which costs only the measurements under way; they
    also end when this process is killed. Raises NasbenchPoseError before anything is started if there is no worker, if
    a job cannot be handed to another process, or if its database is in the memory of this one.
    """
    if workers < 1:
        raise NasbenchPoseError(f"Searches need at least 1 worker, not {workers}.")
    for where in {job.store for job in jobs}:
        check_shared(where)
    failed: list[Event] = []

    def listen(event: Event) -> None:
        if event.error:
            failed.append(event)
        tell(event)

    waiting = deque(_Assignment(job, _packed(job)) for job in jobs)
    with worker_pool() as pool:
        _Dispatch(pool, waiting, listen, trial_timeout).run(workers)
    if failed:
        raise summary(failed, len(jobs))


@dataclass
class _Assignment:
    """A job that waits or is worked on, and how far it is."""

    job: Job
    packed: bytes
    under_way: Trial | None = None
    """What is being measured: a trial without metrics."""
    since: float = 0.0
    """When that began, on the monotonic clock."""

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.since


class _Dispatch:
    """Hands out jobs, hears their workers, and does what is to be done when one dies."""

    def __init__(self, pool: Pool, waiting: "deque[_Assignment]", tell: Tell, trial_timeout: float | None) -> None:
        self.pool, self.waiting, self.tell, self.trial_timeout = pool, waiting, tell, trial_timeout
        self.at_work: dict[Connection, _Assignment] = {}
        self.deaths: Counter[object] = Counter()
        self.lost: defaultdict[object, float] = defaultdict(float)
        """Seconds of the measurements that died."""

    def run(self, workers: int) -> None:
        while self.waiting or self.at_work:
            while self.waiting and len(self.at_work) < workers:
                self._hand_out()
            for ready in wait(list(self.at_work), self._patience()):
                self._hear(ready)  # type: ignore[arg-type]
            for worker in [worker for worker in self.at_work if self._is_late(worker)]:
                self._end_late(worker)

    def _hand_out(self) -> None:
        idle = next((worker for worker in self.pool if worker not in self.at_work), None)
        worker = start(self.pool, _worker) if idle is None else idle
        self.at_work[worker] = self.waiting.popleft()
        with contextlib.suppress(OSError):  # it has died; listening to it will tell
            worker.send_bytes(self.at_work[worker].packed)

    def _hear(self, worker: Connection) -> None:
        assignment = self.at_work[worker]
        try:
            event: Event = replace(worker.recv(), job=assignment.job.name)
        except (EOFError, OSError):
            self._bury(worker)
            return
        if event.measuring is not None:
            assignment.under_way, assignment.since = event.measuring, time.monotonic()
        elif event.trials is not None:
            assignment.under_way = None
        if event.ended:
            del self.at_work[worker]
        self.tell(event)

    def _bury(self, worker: Connection) -> None:
        """Give the job of a worker that has died to another one; fail what it measured if that has killed two."""
        assignment, cause = self.at_work.pop(worker), _cause(stop(self.pool, worker))
        name, trial = assignment.job.name, assignment.under_way
        what = name if trial is None else _about(trial)
        self.deaths[what] += 1
        if trial is not None:
            self.lost[what] += assignment.seconds
        if self.deaths[what] < ATTEMPTS:
            doing = "" if trial is None else f" while it measured {_about(trial)}"
            self.tell(Event(name, notice=f"its process died ({cause}){doing}; it is tried once more"))
        elif trial is None:
            self.tell(Event(name, ended=True, error=f"its process died ({cause}), twice"))
            return
        else:
            self._fail(assignment, trial, f"its process died ({cause}), {ATTEMPTS} times", self.lost[what])
        self.waiting.appendleft(replace(assignment, under_way=None))

    def _fail(self, assignment: _Assignment, trial: Trial, error: str, seconds: float) -> None:
        """Keep a trial whose measurement could not say itself that it failed."""
        with Store(assignment.job.store) as store:
            store.add(replace(trial, error=error, seconds=seconds))
        self.tell(Event(assignment.job.name, notice=f"{_about(trial)} failed: {error}"))

    def _is_late(self, worker: Connection) -> bool:
        assignment = self.at_work[worker]
        late = self.trial_timeout is not None and assignment.under_way is not None
        return late and assignment.seconds > (self.trial_timeout or 0.0) and not worker.poll()

    def _end_late(self, worker: Connection) -> None:
        assignment = self.at_work.pop(worker)
        stop(self.pool, worker, kill=True)
        assert assignment.under_way is not None
        error = f"it took longer than {self.trial_timeout:g} s"
        self._fail(assignment, assignment.under_way, error, assignment.seconds)
        self.waiting.appendleft(replace(assignment, under_way=None))

    def _patience(self) -> float | None:
        """Return the seconds until the next measurement is late; None to wait for ever."""
        if self.trial_timeout is None:
            return None
        left = [self.trial_timeout - work.seconds for work in self.at_work.values() if work.under_way is not None]
        return max(0.0, min(left)) + 0.01 if left else None


def _about(trial: Trial) -> str:
    return f"{trial.genotype.text} (fidelity {trial.fidelity}, seed {trial.seed})"


def _cause(code: int | None) -> str:
    if code is None or code >= 0:
        return f"exit code {code}"
    name = signal.Signals(-code).name if -code in {*signal.Signals} else f"signal {-code}"
    return f"killed by {name}{', as the system does when memory runs out' if name == 'SIGKILL' else ''}"


def _packed(job: Job) -> bytes:
    try:
        return pickle.dumps(job)
    except Exception as error:  # whatever the objects in it raise
        raise NasbenchPoseError(
            f"The search {job.name!r} cannot be handed to another process ({error}); make its evaluator by a value "
            "such as evaluators.training.Training, or by a function at the top of a module."
        ) from error


def summary(failed: Sequence[Event], count: int) -> NasbenchPoseError:
    """Return the error that says each reason once, with the jobs that it ended; of many reasons, the first three."""
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
    """Work off jobs as they come."""

    def tell(event: Event) -> None:
        try:
            parent.send(event)
        except OSError:  # nobody listens any more; raised, it would pass for a failed measurement
            os._exit(1)

    evaluators = Evaluators()
    with contextlib.suppress(EOFError):
        while True:
            packed = parent.recv_bytes()
            tell(attempt(lambda: pickle.loads(packed), tell, evaluators))  # noqa: B023 - called before the next


def attempt(job: Callable[[], Job], tell: Tell, evaluators: Evaluators) -> Event:
    """Run the job that `job` returns; return what became of it."""
    ended = Event("", ended=True)
    try:
        work(job(), tell, evaluators)
    except NasbenchPoseError as error:
        return replace(ended, error=str(error))
    except Exception as error:
        return replace(ended, error=one_line(error), details=traceback.format_exc())
    return ended
