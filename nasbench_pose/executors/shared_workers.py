"""Trials measured by the workers of a database: `nasbench-pose worker --db URL`, any number of times on any machine."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

from nasbench_pose.errors import InvalidNumberError
from nasbench_pose.evaluators import Trial
from nasbench_pose.executors.call import Call, WorkerLostError
from nasbench_pose.executors.proposals import Proposals, State
from nasbench_pose.store import Store

P = ParamSpec("P")
T = TypeVar("T")

LOOK = 0.3
"""Seconds between two looks at the proposals that are not measured yet."""
PATIENCE = 30.0
"""Seconds without a worker after which the log says how to start one."""


@dataclass
class _Waiting:
    call: Call
    future: "Future[Any]"
    seen: tuple[str | None, int] = (None, 0)
    """Owner and beat at the last change."""
    since: float = field(default_factory=time.monotonic)
    """When they changed, on the monotonic clock of this process."""


class SharedWorkers(Executor):
    """Writes each call, a `Call`, into the database as a proposal, and waits until a worker has stored its trial.

    A worker that is silent for `lease_seconds` loses its proposal: the call raises WorkerLostError. A call that kills
    its process raises ProcessDiedError, and another error is raised as it is. Two searches that want the same trial
    have one proposal.
    """

    def __init__(self, workers: int, store: str, lease_seconds: float = 60.0) -> None:  # noqa: ARG002 - as many as come
        """`store` is the URL of the database."""
        if not lease_seconds > 0:
            raise InvalidNumberError(f"A worker may be silent for more than 0 seconds, not {lease_seconds:g}.")
        self._store = Store(store)
        self._proposals = Proposals(self._store)
        self._lease = float(lease_seconds)
        self._waiting: dict[int, list[_Waiting]] = {}
        self._changing = threading.Lock()
        self._ended = threading.Event()
        self._asked_for_workers = False
        self._thread = threading.Thread(target=self._look, name="shared-workers", daemon=True)
        self._thread.start()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Return the future of a `Call`; raises RuntimeError after `shutdown`, TypeError for any other function."""
        if self._ended.is_set():
            raise RuntimeError("cannot schedule new futures after shutdown")
        if not isinstance(fn, Call) or args or kwargs:
            raise TypeError(f"workers of a database measure a Call, not {fn!r:.80}")
        future: Future[T] = Future()
        with self._changing:
            self._propose(_Waiting(fn, future))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Refuse new calls; wait for those that were submitted, or withdraw the ones that no worker has taken."""
        if wait and not cancel_futures:
            for waiting in [each for several in self._waiting.values() for each in several]:
                waiting.future.exception()
        self._ended.set()
        self._thread.join()
        for number in self._waiting:
            self._proposals.remove(number, unless_taken=True)
        self._waiting.clear()
        self._store.close()

    def _propose(self, waiting: _Waiting) -> None:
        self._waiting.setdefault(self._proposals.put(waiting.call, self._lease), []).append(waiting)

    def _look(self) -> None:
        """Answer calls until the end; an error of the database is that of all of them."""
        while not self._ended.wait(LOOK):
            with self._changing:
                try:
                    states = self._proposals.states(self._waiting)
                    for number in list(self._waiting):
                        self._examine(number, states.get(number))
                except Exception as error:
                    for waiting in [each for several in self._waiting.values() for each in several]:
                        waiting.future.set_exception(error)
                    self._waiting.clear()

    def _examine(self, number: int, state: State | None) -> None:
        first = self._waiting[number][0]
        if state is None:
            self._answer(number)
        elif state.error is not None:
            self._proposals.remove(number)
            self._fail(number, state.error)
        elif (state.owner, state.beat) != first.seen:
            first.seen, first.since = (state.owner, state.beat), time.monotonic()
        elif state.owner is None:
            self._ask_for_workers(first)
        elif time.monotonic() - first.since > self._lease and self._proposals.give_back(
            number, state.owner, state.beat
        ):
            self._fail(number, WorkerLostError(f"{state.owner} has been silent for {self._lease:g} s"))

    def _answer(self, number: int) -> None:
        """Answer with the trial, as the proposal is gone; propose it again if somebody else has withdrawn it."""
        for waiting in self._waiting.pop(number):
            if (trial := self._trial(waiting.call)) is None:
                self._propose(waiting)
            else:
                waiting.future.set_result(trial)

    def _trial(self, call: Call) -> Trial | None:
        return self._store.find(call.genotype, call.protocol, call.fidelity, call.seed, call.schedule)

    def _fail(self, number: int, error: BaseException) -> None:
        for waiting in self._waiting.pop(number):
            waiting.future.set_exception(error)

    def _ask_for_workers(self, waiting: _Waiting) -> None:
        if not self._asked_for_workers and time.monotonic() - waiting.since > PATIENCE:
            self._asked_for_workers = True
            logging.getLogger(__name__).warning(
                "No worker has taken a trial for %.0f s. Start one, or several: nasbench-pose worker --db %s",
                PATIENCE,
                self._store.name,
            )
