"""A fixed list of genotypes, as a strategy: reference networks appear in the same tables as searched ones."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated

import numpy as np

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace, find
from nasbench_pose.strategies.declaration import Declaration, Setting
from nasbench_pose.strategies.strategy import Exhausted, Proposal


class Fixed:
    """Proposes listed genotypes of any space in order. An entry is a name, a text or a file that contains the text.

    >>> from nasbench_pose.spaces import load, name_of
    >>> strategy = Fixed(load("efficientpose_small"), np.random.default_rng(0), genotypes=["hrnet-w32"])
    >>> name_of(strategy.ask().genotype)
    'HRNet-W32'
    """

    declaration = Declaration(
        summary="A list of genotypes, by default those that the space names; no search.",
        needs=("named genotypes",),
        objectives="none",
        limits="ignored",
        colour="#882255",
    )

    def __init__(
        self,
        space: SearchSpace,
        rng: np.random.Generator,  # noqa: ARG002 - part of the interface; a fixed list draws nothing
        *,
        genotypes: Annotated[
            Iterable[str] | None, Setting("names or texts; by default all that the space names")
        ] = None,
    ) -> None:
        """Propose `genotypes`; None: every named genotype of the space.

        Raises InvalidFileError for a space without named genotypes, and the errors of `spaces.find`.
        """
        named = list(space.named.values()) if genotypes is None else [find(text) for text in genotypes]
        if not named and genotypes is None:
            raise InvalidFileError(
                f"{space.name} names no genotypes, so 'fixed' has nothing to propose; list some: "
                """--set 'fixed.genotypes=["hrnet-w32"]'."""
            )
        self._rest: Iterator[Genotype] = iter(tuple(named))

    def ask(self) -> Proposal:
        """Propose the next genotype of the list."""
        for genotype in self._rest:
            return Proposal(genotype)
        raise Exhausted

    def tell(self, proposal: Proposal, losses: Sequence[float]) -> None:
        """Ignore the losses: the list is fixed."""


STRATEGY = Fixed
