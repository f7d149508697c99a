"""What an evaluation says: a trial, or the error that ended it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol as Interface

from nasbench_pose.genotype import Genotype


@dataclass(frozen=True, slots=True)
class Trial:
    """One measured fact: this genotype, under this protocol, with this fidelity and seed, gave these metrics.

    `metrics` is empty exactly if `error` says why.
    """

    genotype: Genotype
    protocol: str
    """Key of the protocol (how it was measured); trials of two protocols never share an axis."""
    fidelity: int
    """How much of the full measurement was paid for, in the protocol's unit (training steps); 0 = free."""
    seed: int
    metrics: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Name -> value, e.g. `val_pckh` in percent, `params`, `macs`."""
    seconds: float = 0.0
    """Seconds of one core that the measurement took when it was made (not when it was looked up)."""
    curve: tuple[tuple[int, float], ...] = ()
    """Learning curve: (step, validation accuracy in percent)."""
    error: str | None = None
    """Why it failed, in one line; None if it did not."""


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
