"""The interface of search strategies: `ask` and `tell`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from nasbench_pose.errors import InvalidFileError, pick
from nasbench_pose.evaluators.trial import SCHEDULES, Schedule
from nasbench_pose.genotype import Genotype
from nasbench_pose.scalar import whole


@dataclass(frozen=True, slots=True)
class Proposal:
    """A genotype that a strategy proposes to measure.

    Raises InvalidFileError if `genotype` is not a Genotype, InvalidNumberError if `fidelity` is not a whole number.
    """

    genotype: Genotype
    fidelity: int | None = None
    """Fidelity of the measurement in the unit of the protocol (training steps); None = full fidelity."""
    schedule: Schedule = "whole"
    """What a fidelity below the full one means: a point of a full training, or a training of its own; see `Trial`."""

    def __post_init__(self) -> None:
        pick("schedule", self.schedule, SCHEDULES)
        if not isinstance(self.genotype, Genotype):
            raise InvalidFileError(f"A proposal holds a Genotype, not {self.genotype!r}.")
        if self.fidelity is not None:
            object.__setattr__(self, "fidelity", whole(self.fidelity, "fidelity of a proposal", least=0))


class Strategy(Protocol):
    """Proposes genotypes and learns from their losses (lower is better, one loss per objective).

    `ask` may be called several times before the first `tell`. The same seed and the same history give the same
    proposals, so a search is resumed by replaying its history. A strategy never evaluates, stores or logs.
    """

    def ask(self) -> Proposal:
        """Propose the next genotype; raise Exhausted when there is nothing left to propose."""
        ...

    def tell(self, proposal: Proposal, losses: Sequence[float]) -> None:
        """Learn the losses of an earlier proposal; the losses of a failed trial are infinite."""
        ...


@runtime_checkable
class Checkpointed(Protocol):
    """A strategy whose `ask` is too expensive to replay. Its state can be saved and restored between two asks."""

    def checkpoint(self) -> bytes:
        """Return the complete state, including what it learned from `tell`."""
        ...

    def restore(self, state: bytes) -> None:
        """Restore a state that `checkpoint` returned, so that the next `ask` gives the same proposal."""
        ...


@runtime_checkable
class Interruptible(Checkpointed, Protocol):
    """A Checkpointed strategy whose state can be saved during an `ask`, too, such as a supernet in training."""

    after_step: Callable[[], None]
    """Called after each step of an ask. `checkpoint` may be called there, and an exception ends the ask."""


class Exhausted(Exception):  # noqa: N818 - a signal like StopIteration, not an error
    """Raised by `ask` when the strategy has no further proposals."""
