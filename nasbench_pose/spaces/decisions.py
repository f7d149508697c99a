"""How the open choices of a supernet become the genes of a member."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from nasbench_pose.genotype import Value

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True)
class Option:
    """One outcome of a decision: the alternatives that are picked, and the genes that a member then has."""

    picks: tuple[tuple[str, int], ...]
    """Choice -> number of its alternative; of the decision's other choices the first alternative is taken."""
    genes: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, eq=False)
class Decision:
    """Open choices of a supernet that are decided together, such as which two of the edges into a node stay.

    All options pick equally many alternatives. The weight of an option is the product of the weights of its picks; the
    first alternatives, which stand for nothing, do not count, as DARTS leaves `none` out when it derives a cell.

    >>> edges = {"from 0": ("none", "conv"), "from 1": ("none", "conv")}
    >>> options = Option((("from 0", 1),), (("node", "conv.0"),)), Option((("from 1", 1),), (("node", "conv.1"),))
    >>> decision = Decision(edges, options)
    >>> decision.likelihoods({"from 0": [0.9, 0.1], "from 1": [0.8, 0.2]})
    array([0.1, 0.2])
    >>> decision.path(1)
    {'from 0': 0, 'from 1': 1}
    """

    choices: Mapping[str, tuple[Value, ...]]
    """Choice -> its alternatives."""
    options: tuple[Option, ...]

    @cached_property
    def is_single_choice(self) -> bool:
        """Whether the options are the alternatives of one choice, one by one."""
        (first, alternatives), *others = self.choices.items()
        return not others and [option.picks for option in self.options] == [
            ((first, i),) for i in range(len(alternatives))
        ]

    @cached_property
    def places(self) -> NDArray[np.intp]:
        """The places of each option's picks among the alternatives of all choices in a row, shape (options, picks)."""
        import numpy as np

        ends = np.cumsum([len(alternatives) for alternatives in self.choices.values()])
        first = dict(zip(self.choices, [0, *ends[:-1].tolist()], strict=True))
        picks = [[first[choice] + number for choice, number in option.picks] for option in self.options]
        return np.array(picks, dtype=np.intp)

    def likelihoods(self, weights: Mapping[str, ArrayLike]) -> NDArray[np.floating]:
        """Return the product of the weights of what each option picks, shape (options,)."""
        import numpy as np

        every = np.concatenate([np.asarray(weights[choice]) for choice in self.choices])
        likely: NDArray[np.floating] = every[self.places].prod(axis=1)
        return likely

    def option_of(self, genes: Mapping[str, Value]) -> int | None:
        """Return the number of the option that gives a member these genes, among others; None if none does.

        >>> heads = ("small", "large")
        >>> options = tuple(Option((("head", i),), (("head", value),)) for i, value in enumerate(heads))
        >>> Decision({"head": heads}, options).option_of({"head": "large", "width": 32})
        1
        """
        return self._numbers.get(tuple(genes[gene] for gene in self.genes))

    @cached_property
    def genes(self) -> tuple[str, ...]:
        """The genes that the decision makes, whatever its outcome."""
        return tuple(sorted(gene for gene, _ in self.options[0].genes))

    @cached_property
    def _numbers(self) -> dict[tuple[Value, ...], int]:
        """The number of the first option that gives the genes these values."""
        numbers: dict[tuple[Value, ...], int] = {}
        for number, option in enumerate(self.options):
            given = dict(option.genes)
            numbers.setdefault(tuple(given[gene] for gene in self.genes), number)
        return numbers

    def path(self, option: int) -> dict[str, int]:
        """Return the number of the alternative that an option takes at every choice."""
        return dict.fromkeys(self.choices, 0) | dict(self.options[option].picks)
