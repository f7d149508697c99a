"""Jobs in several processes: each process takes the next job until none is left."""

import multiprocessing
import os
import queue
import signal
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from typing import Any

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.search.jobs import Event, Job, work

POLL_SECONDS = 0.2


def run_jobs(jobs: Sequence[Job], workers: int, tell: Callable[[Event], None]) -> None:
    """Run all jobs in `workers` processes of one thread each; `tell` hears of everything, in this process.

    A job that fails does not stop the others; when all have ended, NasbenchPoseError says what failed. Ctrl-C (and any
    exception of `tell`) ends the workers at once, which costs only the measurements under way.
    """
    failed: dict[str, str] = {}
    ended: set[str] = set()
    with _started(jobs, workers) as (processes, events):
        while len(ended) < len(jobs):
            event = _next(events)
            if event is None and not any(process.is_alive() for process in processes):
                break
            if event is not None:
                ended |= {event.job} if event.ended else set()
                failed |= {event.job: event.error} if event.error else {}
                tell(event)
    lost = {job.name: "its process died" for job in jobs if job.name not in ended}
    if failed | lost:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in (failed | lost).items())
        raise NasbenchPoseError(f"{len(failed | lost)} of {len(jobs)} searches failed; the rest is kept. {reasons}")


@contextmanager
def _started(jobs: Sequence[Job], workers: int) -> Iterator[tuple[list[BaseProcess], Any]]:
    """Start the processes; end them, whatever happens."""
    context = multiprocessing.get_context("spawn")  # torch's threads do not survive a fork
    waiting, events = context.Queue(), context.Queue()
    for job in jobs:
        waiting.put(job)
    count = min(workers, len(jobs))
    for _ in range(count):
        waiting.put(None)
    processes = [context.Process(target=_worker, args=(waiting, events), daemon=True) for _ in range(count)]
    with _one_thread_each():
        for process in processes:
            process.start()
    try:
        yield list(processes), events
    finally:
        waiting.cancel_join_thread()
        for process in processes:
            process.terminate()
        for process in processes:
            process.join()


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let processes that start now compute on one thread: numeric libraries read this when they load."""
    before = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = "1"
    try:
        yield
    finally:
        os.environ.pop("OMP_NUM_THREADS")
        if before is not None:
            os.environ["OMP_NUM_THREADS"] = before


def _next(events: Any) -> Event | None:
    try:
        event: Event = events.get(timeout=POLL_SECONDS)
    except queue.Empty:
        return None
    return event


def _worker(waiting: Any, events: Any) -> None:
    """Work off jobs; Ctrl-C is the parent's to handle, and without a parent there is nobody to work for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def tell(event: Event) -> None:
        if parent is not None and not parent.is_alive():
            os._exit(1)
        events.put(event)

    while (job := waiting.get()) is not None:
        tell(Event(job.name, ended=True, error=_attempt(job, tell)))


def _attempt(job: Job, tell: Callable[[Event], None]) -> str | None:
    """Run one job; return why it failed, None if it did not."""
    try:
        work(job, tell)
    except NasbenchPoseError as error:
        return str(error)
    except Exception:
        return traceback.format_exc()
    return None
