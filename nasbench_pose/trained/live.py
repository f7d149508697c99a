"""Telling a database how far a training is, while it runs."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from nasbench_pose.errors import StoreError
from nasbench_pose.evaluators.train import TrainEvaluator
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import title_of
from nasbench_pose.store import Store
from nasbench_pose.store.live import Live, forget, note

Curve = Sequence[tuple[int, float]]
Tell = Callable[[int, Sequence[float], Curve], None]
"""Called after a step with its number, the losses that were read, and the learning curve."""

SECONDS = 5.0
"""Between two times that the database is told."""
LATEST = 50
"""Steps whose mean loss is told."""

_LOG = logging.getLogger(__name__)


class LiveCurve:
    """Writes how far a training is every few seconds, and at each new point of its curve.

    A database that fails does not end the training: the failure is logged.
    """

    def __init__(
        self,
        store: Store,
        evaluator: TrainEvaluator,
        genotype: Genotype,
        seed: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._evaluator, self._genotype, self._seed, self._clock = store, evaluator, genotype, seed, clock
        self._told, self._points = -SECONDS, 0

    def __call__(self, done: int, losses: Sequence[float], curve: Curve) -> None:
        """Write it if it is due."""
        now = self._clock()
        if now - self._told < SECONDS and len(curve) == self._points:
            return
        self._told, self._points = now, len(curve)
        title = f"{title_of(self._genotype)}, {self._evaluator.title}, seed {self._seed}"
        loss = float(np.mean(losses[-LATEST:])) if losses else None
        key, total = self._evaluator.protocol_key, self._evaluator.full_fidelity
        live = Live(self._genotype.key, key, self._seed, title, done, total, loss, tuple(curve))
        with _going_on():
            note(self._store, live)

    def end(self) -> None:
        """Delete what was written: the training is no longer under way."""
        with _going_on():
            forget(self._store, self._genotype, self._evaluator.protocol_key, self._seed)


@contextmanager
def _going_on() -> Iterator[None]:
    """Log the failure of a database."""
    try:
        yield
    except StoreError as error:
        _LOG.warning("The training goes on, but its curve is not in the database: %s", error)
