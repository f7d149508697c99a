"""How the open choices of a supernet become the genes of a member."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasbench_pose.genotype import Value


@dataclass(frozen=True, slots=True)
class Way:
    """One way to decide: the options that are picked, and the genes that a member then has."""

    picks: tuple[tuple[str, int], ...]
    """Choice -> number of its option; of the decision's other choices the first option is taken."""
    genes: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, eq=False)
class Decision:
    """Open choices that a member makes together, such as which two of the edges into a node it keeps.

    All ways pick equally many options. A way is as likely as the options that it picks are, multiplied; the first
    options, which stand for nothing, do not count, as DARTS leaves `none` out when it derives a cell.

    >>> edges = {"from 0": ("none", "conv"), "from 1": ("none", "conv")}
    >>> decision = Decision(edges, (Way((("from 0", 1),), (("node", "conv.0"),)), Way((("from 1", 1),), ())))
    >>> decision.likelihoods({"from 0": [0.9, 0.1], "from 1": [0.8, 0.2]})
    array([0.1, 0.2])
    >>> decision.path(1)
    {'from 0': 0, 'from 1': 1}
    """

    choices: Mapping[str, tuple[Value, ...]]
    """Choice -> its options."""
    ways: tuple[Way, ...]

    @cached_property
    def plain(self) -> bool:
        """Whether the ways are the options of one choice, one by one."""
        (first, options), *others = self.choices.items()
        return not others and [way.picks for way in self.ways] == [((first, i),) for i in range(len(options))]

    @cached_property
    def places(self) -> NDArray[np.intp]:
        """Where the picks of each way stand among the options of all choices in a row, shape (ways, picks)."""
        ends = np.cumsum([len(options) for options in self.choices.values()])
        first = dict(zip(self.choices, [0, *ends[:-1].tolist()], strict=True))
        return np.array([[first[choice] + option for choice, option in way.picks] for way in self.ways], dtype=np.intp)

    def likelihoods(self, weights: Mapping[str, ArrayLike]) -> NDArray[np.floating]:
        """Return the product of the weights of what each way picks, shape (ways,)."""
        every = np.concatenate([np.asarray(weights[choice]) for choice in self.choices])
        likely: NDArray[np.floating] = every[self.places].prod(axis=1)
        return likely

    def way_of(self, genes: Mapping[str, Value]) -> int | None:
        """Return the number of the way that gives a member these genes, among others; None if none does.

        >>> options = {"head": ("small", "large")}
        >>> ways = tuple(Way((("head", i),), (("head", value),)) for i, value in enumerate(options["head"]))
        >>> Decision(options, ways).way_of({"head": "large", "width": 32})
        1
        """
        return self._numbers.get(tuple(genes[gene] for gene in self.genes))

    @cached_property
    def genes(self) -> tuple[str, ...]:
        """The genes that the decision makes, whichever way it goes."""
        return tuple(sorted(gene for gene, _ in self.ways[0].genes))

    @cached_property
    def _numbers(self) -> dict[tuple[Value, ...], int]:
        """The number of the first way that gives the genes these values."""
        numbers: dict[tuple[Value, ...], int] = {}
        for number, way in enumerate(self.ways):
            given = dict(way.genes)
            numbers.setdefault(tuple(given[gene] for gene in self.genes), number)
        return numbers

    def path(self, way: int) -> dict[str, int]:
        """Return the number of the option of every choice."""
        return dict.fromkeys(self.choices, 0) | dict(self.ways[way].picks)
