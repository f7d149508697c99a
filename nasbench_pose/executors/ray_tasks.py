"""Trials as tasks of a Ray cluster, which a user has already or which this machine becomes for a comparison."""

import os
import pickle
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

import ray
from ray.exceptions import OutOfMemoryError, RayError, RayTaskError, TaskCancelledError, WorkerCrashedError

from nasbench_pose.errors import NasbenchPoseError, one_line
from nasbench_pose.executors.call import ProcessDiedError, WorkerLostError
from nasbench_pose.executors.resources import Resources

P = ParamSpec("P")
T = TypeVar("T")

OBJECTS = 80_000_000
"""Bytes of shared memory of a cluster that is started here: a call and a trial are some kilobytes."""

SECONDS = 10.0
"""How long the machine of an address has to answer."""


class RayTasks(Executor):
    """Runs each call as a task of a Ray cluster, which gives it the cores, GPUs and memory that it asks for.

    Ray queues what finds no place. A call whose process dies raises ProcessDiedError; one whose node is gone, or that
    Ray ended for want of memory, raises WorkerLostError. Ray itself tries nothing again: a search says what it repeats.
    """

    def __init__(
        self,
        workers: int,  # noqa: ARG002 - Ray queues
        address: str | None = None,
        gpus_per_trial: float = 0.0,
        cores_per_trial: int = 1,
        memory_per_trial: float | None = None,
    ) -> None:
        """Join the cluster at `address`, unless this process has joined one; memory is in GB."""
        needs = Resources(gpus_per_trial, cores_per_trial, memory_per_trial)
        connect(address)
        options: dict[str, Any] = {"num_cpus": needs.cores, "num_gpus": needs.gpus, "max_retries": 0}
        if needs.memory is not None:
            options["memory"] = round(needs.memory * 1e9)
        self._task = ray.remote(_answer).options(**options)
        self._running: dict[Future[Any], Any] = {}
        self._ended = False

    @classmethod
    @contextmanager
    def ready(cls, address: str | None = None, **needs: Any) -> Iterator[dict[str, str]]:
        """Join the cluster at `address`, or start one on this machine until the end of the block; yield its address.

        Raises NasbenchPoseError if it cannot be reached, or if none of its machines has what a trial asks for.
        """
        wanted = Resources(*(needs.get(f"{what}_per_trial") for what in ("gpus", "cores", "memory")))
        connect(address)
        try:
            wanted.check([node["Resources"] for node in ray.nodes() if node["Alive"]])
            yield {"address": ray.get_runtime_context().gcs_address}
        finally:
            ray.shutdown()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Return the future of a call; raises what pickling the call raises, and RuntimeError after `shutdown`."""
        if self._ended:
            raise RuntimeError("cannot schedule new futures after shutdown")
        reference = self._task.remote(pickle.dumps((fn, args, kwargs)))
        future: Future[T] = Future()
        self._running[future] = reference
        reference.future().add_done_callback(lambda answer: self._end(future, answer))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Refuse new calls; let those that were submitted end if `wait`, or end them."""
        self._ended = True
        for future, reference in list(self._running.items()):
            if not wait or cancel_futures:
                ray.cancel(reference, force=True)
            else:
                future.exception()

    def _end(self, future: Future[T], answer: "Future[tuple[bool, Any]]") -> None:
        del self._running[future]
        try:
            good, result = answer.result()
        except (TaskCancelledError, CancelledError) as error:
            future.set_exception(WorkerLostError(one_line(error)))
        except (WorkerCrashedError, OutOfMemoryError) as error:
            future.set_exception(ProcessDiedError(_reason(error)))
        except RayTaskError as error:  # its result cannot be sent
            future.set_exception(error)
        except RayError as error:  # a node, its agent or an object in its memory is gone
            future.set_exception(WorkerLostError(_reason(error)))
        else:
            future.set_result(result) if good else future.set_exception(result)


def connect(address: str | None) -> None:
    """Join a cluster, or start one on this machine; raises NasbenchPoseError if it cannot be reached."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    quiet: dict[str, Any] = {"logging_level": "ERROR", "log_to_driver": False}
    try:
        if address is not None and address != "auto":
            _answers(address)
        if ray.is_initialized():
            return
        if address is None:
            ray.init("local", include_dashboard=False, object_store_memory=OBJECTS, **quiet)
        else:
            ray.init(address, **quiet)
    except Exception as error:  # ConnectionError, ValueError, RuntimeError, by the kind of the address
        if address is None:
            raise NasbenchPoseError(f"Ray cannot be started on this machine: {one_line(error)}.") from error
        raise NasbenchPoseError(
            f"No Ray cluster answers at {address!r} ({_reason(error)}): start one with `ray start --head`, or leave "
            "--address out for one on this machine."
        ) from error


def _answers(address: str) -> None:
    """Raise OSError or ValueError for an address where nothing listens; Ray itself would try for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not (host and port.isdecimal()):
        raise ValueError("expected host:port, or auto")
    socket.create_connection((host, int(port)), SECONDS).close()


def _answer(call: bytes) -> tuple[bool, Any]:
    """Return whether a call came back, and what: an exception of Ray would hide the one that was raised."""
    try:
        function, args, kwargs = pickle.loads(call)
        return True, function(*args, **kwargs)
    except Exception as error:
        return False, error


def _reason(error: BaseException) -> str:
    """Return the first sentence of a message of Ray; the others explain what Ray is."""
    return one_line(error).split(". ")[0].rstrip(".")
