"""What an evaluation says: a trial, or the error that ended it."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from typing import Protocol as Interface

from nasbench_pose.errors import InvalidNumberError, UnknownNameError, nearest
from nasbench_pose.genotype import Genotype
from nasbench_pose.hashing import short_sha256
from nasbench_pose.scalar import finite, is_finite, number, whole


@dataclass(frozen=True, slots=True)
class Trial:
    """One measured fact: this genotype, under this protocol, with this fidelity and seed, gave these metrics.

    `metrics` is empty exactly if `error` says why. Numbers of any type (NumPy's, torch's, fractions, decimals) become
    Python's own. Raises NotFiniteError for a metric that is NaN or infinite, unless `error` is given: it is dropped
    then. Raises InvalidNumberError for a metric, seed, fidelity or seconds that are no such number; both name it.

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
    """Key of the protocol (how it was measured); trials of two protocols never share an axis."""
    fidelity: int
    """How much of the full measurement was paid for, in the protocol's unit (training steps); 0 = free."""
    seed: int
    metrics: Mapping[str, float] = field(default_factory=dict)
    """Name -> value, e.g. `val_pckh` in percent, `params`, `macs`; finite."""
    seconds: float = 0.0
    """Seconds of one core that the measurement took when it was made (not when it was looked up)."""
    curve: tuple[tuple[int, float], ...] = ()
    """Learning curve: (step, validation accuracy in percent); NaN where it was no number."""
    error: str | None = None
    """Why it failed, in one line; None if it did not."""

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
        _set(self, "metrics", _metrics(self.metrics, failed=self.error is not None))


_set = object.__setattr__
_FIELDS = ("genotype", "protocol", "fidelity", "seed", "metrics", "seconds", "curve", "error")


def _point(value: Any) -> float:
    found = number(value, "point of a curve")
    return found if isinstance(found, float) or is_finite(found) else math.inf


def _metrics(given: Mapping[str, Any], *, failed: bool) -> dict[str, float]:
    """Return metrics as Python's numbers; those of a failed trial that are not finite are left out."""
    metrics = {}
    for name, value in given.items():
        if not isinstance(name, str):
            raise InvalidNumberError(f"The name of a metric is a text, not {name!r:.60}.")
        found = number(value, f"metric {name!r}") if failed else finite(value, f"metric {name!r}")
        if not failed or is_finite(found):
            metrics[name] = found
    return metrics


def unchecked(*values: Any) -> Trial:
    """Return a trial of these fields without looking at them: what a database holds was looked at when it came in.

    Databases of older versions hold metrics that are not finite; they come out as they are.
    """
    trial = object.__new__(Trial)
    for name, value in zip(_FIELDS, values, strict=True):
        _set(trial, name, value)
    return trial


Progress = Callable[[int, int], None]
"""Called with (steps done, steps in all) while an evaluation runs."""


class Evaluator(Interface):
    """Measures genotypes. An evaluation that fails is a Trial with an `error`, not an exception."""

    @property
    def protocol_key(self) -> str:
        """16 hex digits naming how it measures."""
        ...

    @property
    def protocol_text(self) -> str:
        """The protocol as canonical JSON: everything that a rebuild needs."""
        ...

    @property
    def full_fidelity(self) -> int:
        """The fidelity of a complete measurement."""
        ...

    def evaluate(self, genotype: Genotype, *, fidelity: int, seed: int, progress: Progress | None = None) -> Trial:
        """Measure `genotype`; `progress` is told how far it is."""
        ...


class KeyedByProtocol:
    """Base of evaluators: the key of a protocol is derived from its text."""

    @property
    def protocol_text(self) -> str:
        """The protocol as canonical JSON."""
        raise NotImplementedError

    @cached_property
    def protocol_key(self) -> str:
        """The first sixteen hex digits of the SHA-256 of `protocol_text`."""
        return short_sha256(self.protocol_text)


def check_metrics(trial: Trial, metrics: Iterable[str]) -> None:
    """Raise UnknownNameError if a trial that did not fail lacks one of `metrics`: nothing could be made of it.

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
