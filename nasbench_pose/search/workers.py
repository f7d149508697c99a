"""Jobs in several processes: each process is handed another job when it has ended the one before."""

import contextlib
import os
import pickle
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection, wait

from nasbench_pose.errors import NasbenchPoseError, in_a_line
from nasbench_pose.search.jobs import Evaluators, Event, Job, work
from nasbench_pose.search.team import Team, discharge, enlist, team

Tell = Callable[[Event], None]


def run_jobs(jobs: Sequence[Job], workers: int, tell: Tell) -> None:
    """Run all jobs in `workers` processes of one thread each; `tell` hears of everything, in this process.

    A job that fails, or takes its process with it, does not stop the others; when all have ended, NasbenchPoseError
    says what failed, with tracebacks as its notes. Ctrl-C (and any exception of `tell`) ends the workers at once, which
    costs only the measurements under way; they also end when this process is killed. Raises NasbenchPoseError before
    anything is started if a job cannot be handed to another process.
    """
    waiting = deque((job.name, _packed(job)) for job in jobs)
    failed: list[Event] = []
    at_work: dict[Connection, str] = {}
    with team() as members:
        while waiting or at_work:
            while waiting and len(at_work) < workers:
                idle = next((member for member in members if member not in at_work), None)
                member = enlist(members, _worker) if idle is None else idle
                at_work[member], packed = waiting.popleft()
                with contextlib.suppress(OSError):  # it has died; listening to it will tell
                    member.send_bytes(packed)
            for ready in wait(list(at_work)):
                event = _heard(ready, at_work, members)  # type: ignore[arg-type]
                failed += [event] if event.error else []
                tell(event)
    if failed:
        raise summary(failed, len(jobs))


def _packed(job: Job) -> bytes:
    try:
        return pickle.dumps(job)
    except Exception as error:  # whatever the objects in it raise
        raise NasbenchPoseError(
            f"The search {job.name!r} cannot be handed to another process ({error}); make its evaluator by a value "
            "such as evaluators.training.Training, or by a function at the top of a module."
        ) from error


def _heard(member: Connection, at_work: dict[Connection, str], members: Team) -> Event:
    """Return what a worker says next; of one that died, only that it did."""
    try:
        event: Event = replace(member.recv(), job=at_work[member])
    except (EOFError, OSError):
        code = discharge(members, member)
        event = Event(at_work[member], ended=True, error=f"its process died (exit code {code})")
    if event.ended:
        del at_work[member]
    return event


def summary(failed: Sequence[Event], count: int) -> NasbenchPoseError:
    """Return the error that says each reason once, with the jobs that it ended."""
    names: dict[str, list[str]] = {}
    for event in failed:
        names.setdefault(str(event.error), []).append(event.job)
    reasons = "; ".join(f"{' and '.join(jobs)}: {reason.rstrip('.')}" for reason, jobs in names.items())
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
        return replace(ended, error=in_a_line(error), details=traceback.format_exc())
    return ended
