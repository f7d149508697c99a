"""Worker processes of this machine as a `concurrent.futures.Executor`: a dying or late call ends alone."""

import contextlib
import os
import pickle
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from queue import Empty, SimpleQueue
from typing import Any, ParamSpec, TypeVar

from nasbench_pose.errors import one_line
from nasbench_pose.executors.call import ProcessDiedError
from nasbench_pose.executors.processes import Pool, start, stop

P = ParamSpec("P")
T = TypeVar("T")

STARTING = threading.Lock()
"""Held while a process is started."""


class LocalProcesses(Executor):
    """Runs each call in one of `count` single-threaded processes, which are kept for later calls.

    A call that kills its process raises ProcessDiedError; one that takes longer than `trial_timeout` seconds is killed
    and raises TimeoutError. The other calls go on, and another process takes the place of the dead one. Calls and
    results are sent as pickles. `shutdown` kills the processes; they also end when this process is killed.

    >>> with LocalProcesses(1) as processes:
    ...     processes.submit(pow, 2, 5).result()
    32
    """

    def __init__(self, count: int, trial_timeout: float | None = None) -> None:
        """Start no process yet: each is started when there is no idle one for a call."""
        self._timeout = trial_timeout
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="local-process")
        self._pool: Pool = {}
        self._idle: SimpleQueue[Connection] = SimpleQueue()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Return the future of a call; raises what pickling the call raises, and RuntimeError after `shutdown`."""
        return self._threads.submit(self._run, pickle.dumps((fn, args, kwargs)))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Refuse new calls, let those that were submitted end if `wait`, and kill the processes."""
        self._threads.shutdown(wait=wait, cancel_futures=cancel_futures or not wait)
        with STARTING:  # a process that is just being started is killed, too
            started = list(self._pool.values())
            for process in started:
                process.kill()
            for process in started:
                process.join()

    def _run(self, call: bytes) -> Any:
        try:
            worker, ready = self._idle.get_nowait(), True
        except Empty:
            with STARTING:  # it sets the environment, which all threads share
                worker, ready = start(self._pool, _serve), False
        try:
            if not ready:
                worker.recv()  # the time of a call begins when its process is there
            worker.send_bytes(call)
            if not worker.poll(self._timeout):
                stop(self._pool, worker, kill=True)
                raise TimeoutError(f"it took longer than {self._timeout:g} s")
            good, answer = worker.recv()
        except (EOFError, BrokenPipeError, ConnectionResetError):
            raise ProcessDiedError(f"exit code {stop(self._pool, worker)}") from None
        self._idle.put(worker)
        if good:
            return answer
        raise answer


def _serve(parent: Connection) -> None:
    """Run the calls that the parent sends, one after the other."""
    with contextlib.suppress(EOFError):
        parent.send("ready")
        while True:
            answer: tuple[bool, Any]
            try:
                function, args, kwargs = pickle.loads(parent.recv_bytes())
                answer = True, function(*args, **kwargs)
            except EOFError:
                raise
            except Exception as error:
                answer = False, error
            try:
                parent.send(answer)
            except OSError:  # the parent is gone
                os._exit(1)
            except Exception as error:  # neither every result nor every exception can be pickled
                parent.send((False, RuntimeError(f"{one_line(error)}: {answer[1]!r:.200}")))
