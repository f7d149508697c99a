"""Worker processes: they compute on one thread, ignore Ctrl-C, and end with their parent."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context, parent_process, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from types import FrameType

Pool = dict[Connection, BaseProcess]
"""Connection to a process -> the process."""

_SPAWN = get_context("spawn")  # not fork: torch's threads do not survive it


@contextmanager
def worker_pool() -> Iterator[Pool]:
    """Yield an empty pool; kill its processes at the end of the block, also if it raises."""
    pool: Pool = {}
    try:
        yield pool
    finally:
        for process in pool.values():
            process.kill()  # safe at any time: all that a process stores is stored in transactions
        for process in pool.values():
            process.join()


def start(pool: Pool, task: Callable[[Connection], None]) -> Connection:
    """Start a process that runs `task` on its end of a pipe; return the other end."""
    here, there = _SPAWN.Pipe()
    process = _SPAWN.Process(target=_serve, args=(task, there), daemon=True)
    with _for_children():
        process.start()
    there.close()
    pool[here] = process
    return here


def stop(pool: Pool, worker: Connection, *, kill: bool = False) -> int | None:
    """Remove a dead process from the pool (`kill`: kill it first) and return its exit code.

    The exit code of a process that was killed is the negative number of the signal.
    """
    worker.close()
    process = pool.pop(worker)
    if kill:
        process.kill()
    process.join()
    return process.exitcode


@contextmanager
def _for_children() -> Iterator[None]:
    """Set the environment and the signal mask that a new process inherits: one thread, Ctrl-C blocked."""
    before = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = "1"  # numeric libraries read it when they load
    resource_tracker.ensure_running()  # before the mask is set: starting the tracker unblocks Ctrl-C
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        with _delayed_interrupt():
            yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        os.environ.pop("OMP_NUM_THREADS")
        if before is not None:
            os.environ["OMP_NUM_THREADS"] = before


@contextmanager
def _delayed_interrupt() -> Iterator[None]:
    """Delay Ctrl-C until the end of the block: a half-started process would print a traceback.

    Blocking the signal is not enough, as it is then delivered to the threads of numeric libraries.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    received: list[tuple[int, FrameType | None]] = []
    before = signal.signal(signal.SIGINT, lambda *arguments: received.append(arguments))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if received and callable(before):
        before(*received[0])


def _serve(task: Callable[[Connection], None], connection: Connection) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    task(connection)


def _end_with_parent() -> None:
    if (parent := parent_process()) is not None:
        parent.join()
        os._exit(1)
