"""A list of genotypes to be measured: no search, so that references stand in the same tables as what was searched."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated

import numpy as np

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace, find
from nasbench_pose.strategies.declaration import Declaration, Setting
from nasbench_pose.strategies.strategy import Exhausted, Proposal


class Fixed:
    """Proposes genotypes of any space in the order given, each by its name, its text or a file that holds the text.

    >>> from nasbench_pose.spaces import load, name_of
    >>> strategy = Fixed(load("efficientpose_small"), np.random.default_rng(0), genotypes=["hrnet-w32"])
    >>> name_of(strategy.ask().genotype)
    'HRNet-W32'
    """

    declaration = Declaration(
        summary="A list of genotypes, by default those that the space names; no search.",
        needs=("named genotypes",),
        colour="#882255",
    )

    def __init__(
        self,
        space: SearchSpace,
        rng: np.random.Generator,  # noqa: ARG002 - every strategy is made alike, and a list leaves nothing to chance
        *,
        genotypes: Annotated[
            Iterable[str] | None, Setting("names or texts; by default all that the space names")
        ] = None,
    ) -> None:
        """List `genotypes`; None lists every named genotype of the space.

        Raises InvalidFileError if there is none to list, and what `find` raises.
        """
        named = list(space.named.values()) if genotypes is None else [find(text) for text in genotypes]
        if not named and genotypes is None:
            raise InvalidFileError(
                f"{space.name} names no genotypes, so 'fixed' has nothing to propose; list some: "
                """--set 'fixed.genotypes=["hrnet-w32"]'."""
            )
        self._rest: Iterator[Genotype] = iter(tuple(named))

    def ask(self) -> Proposal:
        """Propose the next of the list."""
        for genotype in self._rest:
            return Proposal(genotype)
        raise Exhausted

    def tell(self, proposal: Proposal, losses: Sequence[float]) -> None:
        """A list learns nothing."""


STRATEGY = Fixed
