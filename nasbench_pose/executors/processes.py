"""Worker processes: they compute on one thread, ignore Ctrl-C, and end with their parent."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import get_all_start_methods, get_context, parent_process, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from types import FrameType

Pool = dict[Connection, BaseProcess]
"""Connection to a process -> the process."""

GRACE = 60.0
"""Seconds in which a process writes its checkpoint before it is killed."""

UNGUARDED = 113
"""Exit code of a worker whose script starts workers while it is imported."""

_OF_SERVER = {"OMP_NUM_THREADS": "1", "PYTHONSAFEPATH": "1"}
"""Numeric libraries read the first at import; with the second, a file `torch.py` in this folder is not imported."""


@contextmanager
def worker_pool() -> Iterator[Pool]:
    """Yield an empty pool; end its processes at the end of the block, also if it raises.

    A process that handles SIGTERM, because it writes a checkpoint then, is given `GRACE` seconds. Ctrl-C kills it.
    """
    pool: Pool = {}
    try:
        yield pool
    finally:
        try:
            _end(pool)
        finally:
            for process in pool.values():
                process.kill()  # safe at any time: all that a process stores is stored in transactions
            for process in pool.values():
                process.join()


def _end(pool: Pool) -> None:
    """Send SIGTERM to all processes and wait for their end, but not longer than `GRACE` seconds."""
    until = time.monotonic() + GRACE
    for connection, process in pool.items():
        process.terminate()
        connection.close()  # a process that waits for its next task ends
    for process in pool.values():
        process.join(max(0.0, until - time.monotonic()))


def start(pool: Pool, task: Callable[[Connection], None]) -> Connection:
    """Start a process that runs `task` on its end of a pipe; return the other end."""
    context = _context()
    here, there = context.Pipe()
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = context.Process(  # type: ignore[attr-defined]
        target=_serve,
        args=(task, there, environment),
        daemon=False,  # it may start processes of its own
    )
    with _for_children():
        try:
            process.start()
        except RuntimeError as error:
            if "bootstrapping" not in str(error):
                raise
            os._exit(UNGUARDED)  # this worker runs the user's script again, which has no guard
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


def _context() -> BaseContext:
    """Return the start method: a fork server where there is one, otherwise `spawn`.

    Forking this process is not safe, because torch has threads. The fork server has none. It imports torch once, if
    this process has imported it, and each worker is a fork of it: workers start in milliseconds and share memory. With
    `spawn`, each worker imports everything itself.
    """
    if "forkserver" not in get_all_start_methods() or sys.platform == "darwin":  # forks are not safe there
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload(["torch"] if "torch" in sys.modules else [])  # no effect once the server runs
    return context


@contextmanager
def _for_children() -> Iterator[None]:
    """Set the environment and the signal mask that a new process inherits: one thread, Ctrl-C blocked."""
    before = {name: os.environ.get(name) for name in _OF_SERVER}
    os.environ.update(_OF_SERVER)
    resource_tracker.ensure_running()  # before the mask is set: starting the tracker unblocks Ctrl-C
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        with _delayed_interrupt():
            yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for name, value in before.items():
            del os.environ[name]
            if value is not None:
                os.environ[name] = value


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


def _serve(task: Callable[[Connection], None], connection: Connection, environment: Mapping[str, str]) -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # the server may have been started without the mask
    os.environ.clear()  # it is that of the server, from when the server started
    os.environ.update(environment)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    task(connection)


def _end_with_parent() -> None:
    if (parent := parent_process()) is not None:
        parent.join()
        os._exit(1)
