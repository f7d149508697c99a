"""Worker processes: they compute on one thread, leave Ctrl-C to their parent, and never outlive it."""

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
"""The connection to each process, and the process."""

_SPAWN = get_context("spawn")  # torch's threads do not survive a fork


@contextmanager
def worker_pool() -> Iterator[Pool]:
    """Yield an empty pool; kill the processes that are in it at the end, whatever happens."""
    pool: Pool = {}
    try:
        yield pool
    finally:
        for process in pool.values():
            process.kill()  # the database is whole whenever a process ends
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
    """Take a process that has died out of the pool, or `kill` it first.

    Returns its exit code, which is negative for the signal that killed it.
    """
    worker.close()
    process = pool.pop(worker)
    if kill:
        process.kill()
    process.join()
    return process.exitcode


@contextmanager
def _for_children() -> Iterator[None]:
    """Set what processes that start now inherit."""
    before = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = "1"  # numeric libraries read it when they load
    resource_tracker.ensure_running()  # it is started with the first process, and lets Ctrl-C through again
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        with _interrupts_later():
            yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        os.environ.pop("OMP_NUM_THREADS")
        if before is not None:
            os.environ["OMP_NUM_THREADS"] = before


@contextmanager
def _interrupts_later() -> Iterator[None]:
    """Keep Ctrl-C for the end: a process that has been started by half prints a traceback of its own.

    The mask alone does not do it, as numeric libraries have threads that take the signal for the main one.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[tuple[int, FrameType | None]] = []
    before = signal.signal(signal.SIGINT, lambda *arguments: came.append(arguments))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came and callable(before):
        before(*came[0])


def _serve(task: Callable[[Connection], None], connection: Connection) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    task(connection)


def _end_with_parent() -> None:
    if (parent := parent_process()) is not None:
        parent.join()
        os._exit(1)
