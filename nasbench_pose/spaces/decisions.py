"""How the open choices of a supernet become the genes of a member."""

from collections.abc import Mapping
from dataclasses import dataclass

from nasbench_pose.genotype import Value


@dataclass(frozen=True, slots=True)
class Way:
    """One way to decide: the options that are picked, and the genes that a member then has."""

    picks: tuple[tuple[str, int], ...]
    """Choice -> number of its option; of the decision's other choices the first option is taken."""
    genes: tuple[tuple[str, Value], ...]


@dataclass(frozen=True)
class Decision:
    """Open choices that a member makes together, such as which two of the edges into a node it keeps.

    All ways pick equally many options. A way is as likely as the options that it picks are, multiplied; the first
    options, which stand for nothing, do not count, as DARTS leaves `none` out when it derives a cell.
    """

    choices: Mapping[str, tuple[Value, ...]]
    """Choice -> its options."""
    ways: tuple[Way, ...]
