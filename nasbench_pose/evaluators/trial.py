"""Trials, the results of evaluations, and the interface of evaluators."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, get_args
from typing import Protocol as Interface

from nasbench_pose.errors import InvalidNumberError, UnknownNameError, nearest, pick
from nasbench_pose.genotype import Genotype
from nasbench_pose.hashing import short_sha256
from nasbench_pose.scalar import finite, is_finite, number, whole

Schedule = Literal["whole", "own"]
"""What a fidelity below the full one means. `whole`: a point of a full training, whose learning-rate schedule goes on
after it. `own`: a training of so many steps, at the end of its schedule."""
SCHEDULES: dict[str, None] = dict.fromkeys(get_args(Schedule))


@dataclass(frozen=True, slots=True)
class Trial:
    """The result of one evaluation: the metrics of a genotype under a protocol, with a fidelity and a seed.

    A failed trial has an `error` instead of metrics. Numbers of any type (NumPy, torch, fractions, decimals) become
    `int` or `float`. Raises NotFiniteError for a metric that is NaN or infinite; if there is an `error`, the metric is
    dropped instead. Raises InvalidNumberError for a metric, seed, fidelity or seconds of the wrong type. Both messages
    name the field.

    >>> import numpy as np
    >>> Trial(Genotype("tiny", []), "p1", np.int64(500), np.uint8(1), {"val_pckh": np.float32(0.5)}).metrics
    {'val_pckh': 0.5}
    >>> Trial(Genotype("tiny", []), "p1", 500, 1, {"val_pckh": float("nan")})
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.NotFiniteError: The metric 'val_pckh' is nan, not a finite number.
    """

    genotype: Genotype
    protocol: str
    """Key of the protocol; trials of two protocols never share an axis."""
    fidelity: int
    """Fidelity in the unit of the protocol (training steps); 0 for a measurement without cost."""
    seed: int
    metrics: Mapping[str, float] = field(default_factory=dict)
    """Name -> value, e.g. `val_pckh` in percent, `params`, `macs`; finite."""
    seconds: float = 0.0
    """Core seconds of the original measurement, also if it was looked up."""
    curve: tuple[tuple[int, float], ...] = ()
    """Learning curve: (step, validation accuracy in percent); values may be NaN."""
    error: str | None = None
    """Why the trial failed, in one line; None if it did not."""
    schedule: Schedule = "whole"
    """What `fidelity` means; a full training is `whole`."""

    def __post_init__(self) -> None:
        if not isinstance(self.genotype, Genotype) or not isinstance(self.protocol, str):
            raise InvalidNumberError(
                f"A trial is of a Genotype and the key of a protocol (a text), not of {self.genotype!r:.60} "
                f"and {self.protocol!r:.60}."
            )
        seconds = number(self.seconds, "seconds of a trial")
        if not (is_finite(seconds) and seconds >= 0):
            raise InvalidNumberError(f"The seconds of a trial are 0 or more and finite, not {seconds:.3g}.")
        curve = [(whole(step, "step of a curve"), _point(value)) for step, value in self.curve]
        _set(self, "fidelity", whole(self.fidelity, "fidelity", least=0))
        _set(self, "seed", whole(self.seed, "seed"))
        _set(self, "seconds", float(seconds))
        _set(self, "curve", tuple(curve))
        _set(self, "error", None if self.error is None else str(self.error))
        pick("schedule", self.schedule, SCHEDULES)
        _set(self, "metrics", _metrics(self.metrics, failed=self.error is not None))


_set = object.__setattr__
_FIELDS = ("genotype", "protocol", "fidelity", "seed", "metrics", "seconds", "curve", "error", "schedule")


def _point(value: Any) -> float:
    found = number(value, "point of a curve")
    return found if isinstance(found, float) or is_finite(found) else math.inf


def _metrics(given: Mapping[str, Any], *, failed: bool) -> dict[str, float]:
    """Return metrics as Python numbers; of a failed trial, those that are not finite are left out."""
    metrics = {}
    for name, value in given.items():
        if not isinstance(name, str):
            raise InvalidNumberError(f"The name of a metric is a text, not {name!r:.60}.")
        found = number(value, f"metric {name!r}") if failed else finite(value, f"metric {name!r}")
        if not failed or is_finite(found):
            metrics[name] = found
    return metrics


def unchecked(*values: Any) -> Trial:
    """Return a trial without checking its fields, for trials read from a database, which were checked when stored.

    Databases of older versions may have metrics that are not finite; they are returned unchanged.
    """
    trial = object.__new__(Trial)
    for name, value in zip(_FIELDS, values, strict=True):
        _set(trial, name, value)
    return trial


Progress = Callable[[int, int], None]
"""Called with (steps done, total steps) while an evaluation runs."""


class Evaluator(Interface):
    """Measures genotypes. A failed evaluation returns a Trial with an `error`; it does not raise.

    An evaluator with an attribute `schedules` other than `("whole",)` is passed `schedule=`, one of them, when a
    fidelity below the full one is asked for; without the attribute it measures points of whole schedules.
    """

    @property
    def protocol_key(self) -> str:
        """The key of the protocol: 16 hex digits."""
        ...

    @property
    def protocol_text(self) -> str:
        """The protocol as canonical JSON: everything needed to reproduce a measurement."""
        ...

    @property
    def full_fidelity(self) -> int:
        """The fidelity of a complete measurement."""
        ...

    def evaluate(self, genotype: Genotype, *, fidelity: int, seed: int, progress: Progress | None = None) -> Trial:
        """Measure `genotype`; `progress` is called during the evaluation."""
        ...


class KeyedByProtocol:
    """Base class of evaluators that derives `protocol_key` from `protocol_text`."""

    @property
    def protocol_text(self) -> str:
        """The protocol as canonical JSON."""
        raise NotImplementedError

    @cached_property
    def protocol_key(self) -> str:
        """The first sixteen hex digits of the SHA-256 of `protocol_text`."""
        return short_sha256(self.protocol_text)


def check_metrics(trial: Trial, metrics: Iterable[str]) -> None:
    """Raise UnknownNameError if a successful trial lacks one of `metrics`.

    >>> check_metrics(Trial(Genotype("tiny", []), "p", 9, 0, {"val_pckh": 1.0}), ["macs"])
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.UnknownNameError: The evaluator's trials lack the metric 'macs'; they have val_pckh.
    """
    if trial.error is not None:
        return
    for metric in metrics:
        if metric not in trial.metrics:
            known = ", ".join(sorted(trial.metrics)) or "none"
            hint = nearest(metric, trial.metrics)
            raise UnknownNameError(f"The evaluator's trials lack the metric {metric!r}; they have {known}.{hint}")
