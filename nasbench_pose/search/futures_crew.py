"""A crew whose trials are measured by an executor, in real time."""

import heapq
import inspect
import pickle
from collections import Counter
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from dataclasses import dataclass
from queue import SimpleQueue
from time import monotonic

from nasbench_pose.errors import EvaluatorError, MeasurementError, NasbenchPoseError, StoppedError, one_line
from nasbench_pose.evaluators import Evaluator, Trial
from nasbench_pose.evaluators.trial import Schedule
from nasbench_pose.executors.call import Call, ProcessDiedError, WorkerLostError, folders_here
from nasbench_pose.genotype import Genotype
from nasbench_pose.store import Ask, Run, Step, Turn

ATTEMPTS = 2
"""Attempts at a measurement that kills its process."""
LOSSES = 10
"""Attempts at a measurement whose machine is gone each time: it may be what brings the machines down."""
Fact = tuple[Genotype, int, Schedule]


@dataclass(frozen=True)
class _Training:
    ask: Ask
    start: float
    future: Future[Trial]


class FuturesCrew:
    """Workers of an executor, in real time. Trials that end at once are told in the order of their asks.

    A measurement that kills its process is tried twice, one whose machine is lost or wanted back ten times, one that
    raises TimeoutError once; then it is a failed trial.
    A proposal that is under way already waits for that training. After an interruption, the clock goes on from the last
    step, and trainings that were under way begin anew.
    """

    ahead = False

    def __init__(
        self,
        executor: Executor,
        measurement: Callable[[], Evaluator],
        run: Run,
        size: int,
        notice: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`executor` is shut down by `close`; `notice` is told of measurements that are tried again."""
        self.size = size
        self._executor, self._measurement, self._run, self._notice = executor, pickle.dumps(measurement), run, notice
        self._under_way: dict[int, _Training] = {}
        self._futures: dict[Fact, Future[Trial]] = {}
        """The future of each measurement that no ask has finished yet."""
        self._ended: SimpleQueue[int] = SimpleQueue()
        """Numbers of asks whose futures have ended, put by the threads of the executor: looking at all takes long."""
        self._ready: list[int] = []
        """A heap of those that were taken from the queue."""
        self._deaths: Counter[Fact] = Counter()
        self._losses: Counter[Fact] = Counter()
        self._past, self._since = 0.0, monotonic()

    @property
    def now(self) -> float:
        """Seconds on the clock of the search."""
        return self._past + monotonic() - self._since

    def skip(self, step: Step) -> None:
        if step.turn is not None:
            self._past, self._since = step.turn.end, monotonic()

    def begin(self, ask: Ask, found: Trial | None, since: float | None) -> None:  # noqa: ARG002 - it begins anew
        if found is not None:
            future: Future[Trial] = Future()
            future.set_result(found)
        elif (known := self._futures.get(_fact(ask))) is not None:
            future = known
        else:
            future = self._futures[_fact(ask)] = self._submit(ask)
        self._watch(ask, self.now, future)

    def finish(self) -> tuple[Ask, Trial, Turn]:
        while True:
            if not self._ready:
                self._ready.append(self._ended.get())
            while not self._ended.empty():
                heapq.heappush(self._ready, self._ended.get())
            training = self._under_way.get(number := heapq.heappop(self._ready))
            if training is None or not training.future.done():  # it was tried again
                continue
            if (trial := self._result(training)) is not None:
                del self._under_way[number]
                self._futures.pop(_fact(training.ask), None)
                return training.ask, trial, Turn(number, training.start, self.now)

    def _watch(self, ask: Ask, start: float, future: Future[Trial]) -> None:
        self._under_way[ask.number] = _Training(ask, start, future)
        future.add_done_callback(lambda _: self._ended.put(ask.number))

    def close(self) -> None:
        """Cancel what is under way and shut the executor down."""
        known = inspect.signature(self._executor.shutdown).parameters.values()
        if any(each.name == "cancel_futures" or each.kind is each.VAR_KEYWORD for each in known):
            self._executor.shutdown(wait=False, cancel_futures=True)
            return
        for future in self._futures.values():  # some packages have the interface from before Python 3.9
            future.cancel()
        self._executor.shutdown(wait=False)

    def _submit(self, ask: Ask) -> Future[Trial]:
        try:
            future = self._executor.submit(
                Call(
                    self._measurement,
                    ask.genotype,
                    self._run.protocol,
                    ask.fidelity,
                    self._run.seed,
                    ask.schedule,
                    folders_here(),
                )
            )
        except NasbenchPoseError:
            raise
        except Exception as error:  # another package may raise anything
            how = "has broken" if isinstance(error, BrokenExecutor) else "takes no call"
            raise MeasurementError(
                f"The executor of the trials {how}: {one_line(error)}. What was measured is kept."
            ) from error
        if not isinstance(future, Future):
            raise EvaluatorError(
                f"The executor {type(self._executor).__name__} answered a call with {type(future).__name__}; submit() "
                "returns a concurrent.futures.Future."
            )
        return future

    def _result(self, training: _Training) -> Trial | None:
        """Return the trial of a future that is done; None if it is tried again."""
        try:
            error = training.future.exception()
        except CancelledError:  # by the executor, as this search cancels nothing before its end
            error = WorkerLostError("its call was cancelled")
        match error:
            case None:
                return self._checked(training.ask, training.future.result())
            case TimeoutError():
                return self._failed(training, str(error))
            case ProcessDiedError() | BrokenExecutor():
                return self._again_or_failed(training, f"its process died ({error})", self._deaths, ATTEMPTS)
            case WorkerLostError() | StoppedError() | CancelledError():
                return self._again_or_failed(training, f"its worker is gone ({error})", self._losses, LOSSES)
            case _:
                raise error

    def _checked(self, ask: Ask, trial: object) -> Trial:
        """Return what an executor has answered; raise EvaluatorError if it is not the trial that was asked for."""
        asked = (*_fact(ask), self._run.protocol, self._run.seed)
        if isinstance(trial, Trial):
            if (trial.genotype, trial.fidelity, trial.schedule, trial.protocol, trial.seed) == asked:
                return trial
            given = f"the trial of {trial.genotype.text} (fidelity {trial.fidelity}, seed {trial.seed})"
        else:
            given = type(trial).__name__
        raise EvaluatorError(
            f"The executor {type(self._executor).__name__} answered the call of {ask.genotype.text} (fidelity "
            f"{ask.fidelity}, seed {self._run.seed}) with {given}; a call returns its own trial."
        )

    def _again_or_failed(self, training: _Training, what: str, counts: Counter[Fact], most: int) -> Trial | None:
        """Submit a measurement again; return a failed trial if it has ended so too often."""
        ask = training.ask
        counts[_fact(ask)] += 1
        if counts[_fact(ask)] >= most:
            return self._failed(training, f"{what}, {most} times")
        self._notice(f"{what} while it measured {ask.genotype.text}; it is tried again")
        again = self._futures[_fact(ask)] = self._submit(ask)
        for each in tuple(self._under_way.values()):
            if each.future is training.future:
                self._watch(each.ask, each.start, again)
        return None

    def _failed(self, training: _Training, error: str) -> Trial:
        ask, spent = training.ask, self.now - training.start
        return Trial(
            ask.genotype, self._run.protocol, ask.fidelity, self._run.seed, seconds=spent, error=error,
            schedule=ask.schedule,
        )  # fmt: skip


def _fact(ask: Ask) -> Fact:
    return ask.genotype, ask.fidelity, ask.schedule
