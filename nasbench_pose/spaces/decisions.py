"""Decisions: from the open choices of a supernet to the genes of a member."""

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
    """An outcome of a decision: the alternatives that are picked, and the resulting genes of the member."""

    picks: tuple[tuple[str, int], ...]
    """(choice, number of its alternative); the decision's other choices take their first alternative."""
    genes: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, eq=False)
class Decision:
    """Open choices of a supernet that are decided together, such as which two edges into a node remain.

    All options pick the same number of alternatives. The weight of an option is the product of the weights of its
    picks. The first alternatives of the other choices mean that there is no operation; they do not count, just as DARTS
    ignores `none` when it derives a cell.

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
        """Whether there is one choice whose alternatives are the options."""
        (first, alternatives), *others = self.choices.items()
        return not others and [option.picks for option in self.options] == [
            ((first, i),) for i in range(len(alternatives))
        ]

    @cached_property
    def places(self) -> NDArray[np.intp]:
        """Indices of each option's picks in the concatenated alternatives of all choices, shape (options, picks)."""
        import numpy as np

        ends = np.cumsum([len(alternatives) for alternatives in self.choices.values()])
        first = dict(zip(self.choices, [0, *ends[:-1].tolist()], strict=True))
        picks = [[first[choice] + number for choice, number in option.picks] for option in self.options]
        return np.array(picks, dtype=np.intp)

    def likelihoods(self, weights: Mapping[str, ArrayLike]) -> NDArray[np.floating]:
        """Return the product of the weights of each option's picks, shape (options,)."""
        import numpy as np

        every = np.concatenate([np.asarray(weights[choice]) for choice in self.choices])
        likely: NDArray[np.floating] = every[self.places].prod(axis=1)
        return likely

    def option_of(self, genes: Mapping[str, Value]) -> int | None:
        """Return the number of the option that leads to a member's `genes`; None if there is no such option.

        >>> heads = ("small", "large")
        >>> options = tuple(Option((("head", i),), (("head", value),)) for i, value in enumerate(heads))
        >>> Decision({"head": heads}, options).option_of({"head": "large", "width": 32})
        1
        """
        return self._numbers.get(tuple(genes[gene] for gene in self.genes))

    @cached_property
    def genes(self) -> tuple[str, ...]:
        """The genes that the decision sets."""
        return tuple(sorted(gene for gene, _ in self.options[0].genes))

    @cached_property
    def _numbers(self) -> dict[tuple[Value, ...], int]:
        """Values of the genes -> number of the first option with these values."""
        numbers: dict[tuple[Value, ...], int] = {}
        for number, option in enumerate(self.options):
            values = dict(option.genes)
            numbers.setdefault(tuple(values[gene] for gene in self.genes), number)
        return numbers

    def path(self, option: int) -> dict[str, int]:
        """Return choice -> number of the alternative that an option takes."""
        return dict.fromkeys(self.choices, 0) | dict(self.options[option].picks)
