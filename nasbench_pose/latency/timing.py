"""Timing several networks in turn, with a reference between them that shows when the machine itself drifts."""

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Call = Callable[[], object]
"""One forward pass."""

NOISE = 0.1
"""Drift of the reference's latency above which the machine is called busy."""


@dataclass(frozen=True, eq=False)
class Timing:
    """The times of one network, in ms, each with that of the reference run right after it."""

    milliseconds: NDArray[np.float64]
    reference: NDArray[np.float64]
    """Same shape."""

    @property
    def median(self) -> float:
        """Half of the passes took less."""
        return float(np.median(self.milliseconds))

    @property
    def q1(self) -> float:
        """A quarter of the passes took less."""
        return float(np.quantile(self.milliseconds, 0.25))

    @property
    def q3(self) -> float:
        """Three quarters of the passes took less."""
        return float(np.quantile(self.milliseconds, 0.75))

    @property
    def p95(self) -> float:
        """95 % of the passes took less."""
        return float(np.quantile(self.milliseconds, 0.95))

    @property
    def ratio(self) -> float:
        """Median of network / reference, pair by pair: what slows both down cancels."""
        return float(np.median(self.milliseconds / self.reference))

    @property
    def metrics(self) -> dict[str, float]:
        """The latency metrics of a trial, by name."""
        return {
            "latency_ms": self.median,
            "latency_ms_q1": self.q1,
            "latency_ms_q3": self.q3,
            "latency_ms_p95": self.p95,
            "latency_ratio": self.ratio,
            "reference_ms": float(np.median(self.reference)),
            "reference_drift": self.drift,
        }

    @property
    def drift(self) -> float:
        """How much slower the reference was in the last third than in the first: 0.1 is 10 %."""
        third = max(1, len(self.reference) // 3)
        return float(np.median(self.reference[-third:]) / np.median(self.reference[:third]) - 1)


def interleave(
    calls: Mapping[str, Call],
    reference: Call,
    *,
    repeats: int,
    warm_up: int = 0,
    clock: Callable[[], int] = time.perf_counter_ns,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Timing]:
    """Time every call `repeats` times, in rounds: A R B R, A R B R, … where R is the reference.

    An untimed pass comes right before each timed one. It fills the caches, as a stream of images does; without it a
    network would be slow because of the network before it. The first `warm_up` rounds are not counted. `clock` returns
    nanoseconds. The garbage collector is off meanwhile.

    >>> timings = interleave({"sum": lambda: sum(range(100))}, lambda: None, repeats=30)
    >>> timings["sum"].milliseconds.shape, timings["sum"].median > 0
    ((30,), True)
    """
    times = np.empty((len(calls), 2, repeats))
    collecting = gc.isenabled()
    gc.disable()
    try:
        for number in range(-warm_up, repeats):
            for row, call in zip(times, calls.values(), strict=True):
                row[:, max(number, 0)] = _ms(call, clock), _ms(reference, clock)
            if progress is not None:
                progress(number + warm_up + 1, repeats + warm_up)
    finally:
        if collecting:
            gc.enable()
    return {name: Timing(own, beside) for name, (own, beside) in zip(calls, times, strict=True)}


def _ms(call: Call, clock: Callable[[], int]) -> float:
    call()
    started = clock()
    call()
    return (clock() - started) / 1e6
