"""Stencils: drawings with slots, each of which a gene of the network fills with a pattern.

The networks of a space differ in what their genes choose; the arrows and names around it are those of thousands of
other networks. So nothing is stored for a network: its genes say which stencil it has and what is in each slot.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nasbench_pose.genotype import Value
from nasbench_pose.plots.architecture.symbols import Symbols

Genes = Mapping[str, Value]
"""Gene -> value of a network."""
Options = Mapping[str, Sequence[Value]]
"""Gene -> the values that it has among the networks to be drawn."""


@dataclass(frozen=True)
class Ink:
    """The colour of an edge, and whether its first half is dashed."""

    colour: str
    dashed: bool


@dataclass(frozen=True)
class Slot:
    """The place of a pattern, and what can be there: value of the gene -> number of the pattern in `Symbols`."""

    x: int
    y: int
    patterns: Mapping[Value, int]
    edges: Sequence[int] = ()
    """Number and place of each half of the edge through it, which has the ink of what is there."""


@dataclass(frozen=True)
class Stencil:
    """A drawing with slots."""

    width: int
    height: int
    frame: Sequence[int]
    """Number and place of each pattern around the slots, one after the other."""
    slots: Mapping[str, Slot] = field(default_factory=dict)
    """Gene -> its slot."""


class Part(ABC):
    """A picture that all networks of a space have, such as that of the normal cell."""

    marks: Mapping[str, Mapping[Value, int]]
    """Gene -> value -> mark; networks with equal marks have the same stencil."""

    def __init__(self) -> None:
        self.stencils: dict[tuple[int, ...], Stencil] = {}
        """Marks -> stencil."""
        self.inks: dict[int, Ink] = {}
        """Number of a pattern -> its ink, if there are edges."""

    def key(self, genes: Genes) -> tuple[int, ...]:
        """Return the marks of a network; -1 for a gene that it does not have."""
        return tuple([known[genes[gene]] if gene in genes else -1 for gene, known in self.marks.items()])

    @abstractmethod
    def add(self, genes: Genes, symbols: Symbols) -> bool:
        """Draw what is new in a network; return whether its stencil and its genes make its drawing."""
