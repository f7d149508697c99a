"""The state of a checkpointed strategy in the database: after each step of its search, and during an ask."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import process_time

from nasbench_pose.errors import StoppedError
from nasbench_pose.store import Run, Store
from nasbench_pose.strategies import Checkpointed, Interruptible

DURING_ASK = b"during ask, seconds: "
"""How a state begins that was taken during an ask; the core seconds of the ask until then follow, and a new line."""


class States:
    """Saves and restores the state of one strategy.

    That of an `Interruptible` strategy is also saved during an ask: every `minutes`, and when the process gets SIGTERM,
    SIGUSR1 or Ctrl-C, which end the search then.
    """

    def __init__(
        self, strategy: Checkpointed, store: Store, number: int, run: Run, minutes: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """`number` is that of the run in the database."""
        self._strategy, self._store, self._number, self._run = strategy, store, number, run
        self._minutes, self._clock = minutes, clock
        self._earlier = 0.0

    def restore(self, done: int) -> int:
        """Restore the state in the database, if it is of at most `done` steps; return the number of its steps."""
        found = self._store.checkpoint(self._number)
        if found is None or found[0] > done:
            return 0
        steps, state = found
        if state.startswith(DURING_ASK):
            seconds, _, state = state.removeprefix(DURING_ASK).partition(b"\n")
            self._earlier = float(seconds)
        self._strategy.restore(state)
        return steps

    def save(self, done: int) -> None:
        """Save the state after `done` steps."""
        self._store.save_checkpoint(self._number, done, self._strategy.checkpoint())

    @contextmanager
    def during_ask(self, done: int) -> Iterator[Callable[[], float]]:
        """Save the state during the ask in this block, after `done` steps.

        Yields a function that returns the core seconds of the ask so far, those before an interruption included.
        Raises StoppedError after the step in which a signal came.
        """
        began, earlier, self._earlier = process_time(), self._earlier, 0.0

        def seconds() -> float:
            return earlier + process_time() - began

        if not isinstance(self._strategy, Interruptible):
            yield seconds
            return
        from nasbench_pose.evaluators.checkpoints import stopped_by_signals  # loads torch, as such a strategy does

        strategy, written = self._strategy, self._clock()

        def after_step() -> None:
            nonlocal written
            reason = stop()
            if not reason and self._clock() - written < 60 * self._minutes:
                return
            state = DURING_ASK + f"{seconds()!r}\n".encode() + strategy.checkpoint()
            self._store.save_checkpoint(self._number, done, state)
            written = self._clock()
            if reason:
                raise StoppedError(
                    f"Stopped by {reason} in ask {done + 1} of {self._run.strategy} (seed {self._run.seed}), which is "
                    "kept in the database; the same command continues."
                )

        with stopped_by_signals() as stop:
            strategy.after_step = after_step
            yield seconds
        if reason := stop():  # it came after the last step
            signal.raise_signal(signal.Signals[reason])
