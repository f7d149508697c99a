"""A worker: takes the proposals of a database one after the other, and stores their trials."""

import math
import os
import socket
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future, wait

from nasbench_pose.errors import InvalidNumberError, NasbenchPoseError
from nasbench_pose.evaluators import Trial
from nasbench_pose.executors.call import UnfitError
from nasbench_pose.executors.local_processes import LocalProcesses
from nasbench_pose.executors.proposals import Proposals, Taken, versions
from nasbench_pose.store import Store

LOOK = 0.5
"""Seconds between two looks for a proposal."""
BEATS = 6
"""How often a worker says within a lease that it is alive."""


def work(
    store: Store,
    *,
    idle_seconds: float = math.inf,
    go_on: Callable[[], bool] = lambda: True,
    tell: Callable[[Trial], None] = lambda _: None,
) -> int:
    """Measure proposals until none has come for `idle_seconds`, or `go_on()` is false; return the number of trials.

    `tell` is called with every trial that was stored. A measurement runs in a process of its own, on one thread; if it
    kills that process, the search is told. An exception such as Ctrl-C gives the proposal back. Raises
    NasbenchPoseError if the proposals are those of other versions, or if this machine cannot measure them, e.g. for
    want of the data.
    """
    if not idle_seconds > 0:
        raise InvalidNumberError(f"A worker waits for more than 0 seconds, not {idle_seconds:g}.")
    proposals, owner, done, since = Proposals(store), name_of_worker(), 0, time.monotonic()
    processes = LocalProcesses(1)
    try:
        while go_on() and time.monotonic() - since < idle_seconds:
            if (taken := proposals.take(owner)) is None:
                _check_versions(store, proposals)
                time.sleep(LOOK)
                continue
            try:
                trial = _measured(proposals, owner, taken, processes.submit(taken.call))
            except BaseException:
                proposals.give_back(taken.number, owner)
                raise
            since = time.monotonic()
            if trial is None:  # its process is of no use any more, or measures for nobody
                processes.shutdown(wait=False)
                processes = LocalProcesses(1)
                continue
            stored = store.add(trial)
            proposals.remove(taken.number)
            tell(stored)
            done, since = done + 1, time.monotonic()
    finally:
        processes.shutdown(wait=False)
    return done


def name_of_worker() -> str:
    """Return a name that no other worker has, of which a reader knows where it runs."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:6]}"


def _measured(proposals: Proposals, owner: str, taken: Taken, future: "Future[Trial]") -> Trial | None:
    """Return the trial; None if it ended with an error, which the search is told, or if the lease was lost."""
    while not wait([future], taken.lease_seconds / BEATS).done:
        if not proposals.beat(taken.number, owner):
            return None
    match future.exception():
        case None:
            return future.result()
        case UnfitError() as error:
            raise NasbenchPoseError(
                f"This worker cannot measure {taken.call.genotype.text}: {str(error).rstrip('.')}. "
                "The search waits for another one."
            ) from error
        case error:
            proposals.end(taken.number, owner, error)
            return None


def _check_versions(store: Store, proposals: Proposals) -> None:
    if others := proposals.other_versions():
        raise NasbenchPoseError(
            f"The trials that wait in {store.name} are those of {' and of '.join(others)}; this is {versions()}. "
            "Install the same here: trials of other versions may differ."
        )
