"""The protocol every search strategy follows: ask, tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.genotype import Genotype
from nasbench_pose.scalar import whole


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a strategy wants measured next.

    Raises InvalidFileError for what is no genotype, InvalidNumberError for a fidelity that is no whole number.
    """

    genotype: Genotype
    fidelity: int | None = None
    """How much of the full measurement to pay for (training steps); None = all of it."""

    def __post_init__(self) -> None:
        if not isinstance(self.genotype, Genotype):
            raise InvalidFileError(f"A proposal holds a Genotype, not {self.genotype!r}.")
        if self.fidelity is not None:
            object.__setattr__(self, "fidelity", whole(self.fidelity, "fidelity of a proposal", least=0))


class Strategy(Protocol):
    """Proposes genotypes and learns from their losses (lower is better, one loss per objective).

    It may be asked several times before it is told. The same seed and the same history give the same proposals,
    so resuming is replaying. It never evaluates, stores or logs.
    """

    def ask(self) -> Proposal:
        """Propose the next genotype; raise Exhausted when there is nothing left to propose."""
        ...

    def tell(self, proposal: Proposal, losses: Sequence[float]) -> None:
        """Learn the losses of an earlier proposal; infinities stand for a failed trial."""
        ...


@runtime_checkable
class Checkpointed(Protocol):
    """A strategy whose `ask` is too expensive to replay: it can be saved and restored between two asks."""

    def checkpoint(self) -> bytes:
        """Return the whole state, the history it was told included."""
        ...

    def restore(self, state: bytes) -> None:
        """Take over a state that `checkpoint` returned; the next `ask` is the one that would have followed."""
        ...


class Exhausted(Exception):  # noqa: N818 - a signal like StopIteration, not an error
    """Raised by `ask`: the strategy has proposed everything it ever will."""
