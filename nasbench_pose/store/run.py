"""The definition of a run: everything that determines its trials, and nothing else."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nasbench_pose.evaluators.trial import Schedule, Trial
from nasbench_pose.genotype import Genotype
from nasbench_pose.hashing import short_sha256
from nasbench_pose.objective import OBJECTIVES, Objective
from nasbench_pose.scalar import number, whole


@dataclass(frozen=True, slots=True)
class Run:
    """A search, defined by everything that determines its trials and their order; the budget is not part of it.

    >>> Run("random", "tiny", "d1", seed=0, protocol="p1", fidelity=500).identity
    '618fc069a396ed5e'
    """

    strategy: str
    space: str
    space_digest: str
    seed: int
    protocol: str
    """Key of the protocol."""
    fidelity: int
    """Fidelity of proposals that have none: that of a full measurement, in training steps."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The strategy's settings: strings, numbers of any type, booleans, None, lists, mappings."""
    objectives: tuple[Objective, ...] = OBJECTIVES
    protocol_text: str | None = None
    """The protocol as canonical JSON."""

    def __post_init__(self) -> None:
        for name, value in (("seed", whole(self.seed, "seed")), ("fidelity", whole(self.fidelity, "fidelity"))):
            object.__setattr__(self, name, value)
        settings = {name: _json(value, f"setting {name!r}") for name, value in self.settings.items()}
        object.__setattr__(self, "settings", settings)

    @property
    def identity(self) -> str:
        """16 hex digits; runs of one identity are one run."""
        parts = [self.strategy, dict(self.settings), self.space_digest, self.seed, self.protocol, self.fidelity]
        aims = [f"{aim.column}:max" if aim.maximise else aim.column for aim in self.objectives]  # as they always were
        text = json.dumps([*parts, aims], sort_keys=True)
        return short_sha256(text)


def _json(value: Any, what: str) -> Any:
    """Return a setting as JSON types; numbers of any type become `int` or `float`."""
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, Mapping):
        return {str(key): _json(part, what) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json(part, what) for part in value]
    return number(value, what)


@dataclass(frozen=True, slots=True)
class Turn:
    """When a search with several workers measured a step, in seconds of its clock (see `search.crew`)."""

    ask: int
    """Number of the ask (from 1), which differs from that of the step: trainings end in another order."""
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a run: its number (from 1), its trial, and the seconds that `ask` took."""

    number: int
    trial: Trial
    ask_seconds: float
    turn: Turn | None = None
    """None in a search with one worker."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A proposal of a search with several workers, stored before it is measured: a killed search asks the same again.

    >>> Ask(3, 1, Genotype("tiny", [("width", 24)]), 500, "whole", 0.001).told  # asked third, after one tell
    1
    """

    number: int
    """Counted from 1."""
    told: int
    """Number of steps that the strategy had been told before."""
    genotype: Genotype
    fidelity: int
    schedule: Schedule
    seconds: float
    """Core seconds that `ask` took."""
