"""A list to be measured: no search at all, so that references stand in the same tables as what was searched."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace, find
from nasbench_pose.strategies.strategy import Exhausted, Proposal


class Fixed:
    """Proposes genotypes of any space in the order given, each by its name, its text or a file that holds the text.

    >>> from nasbench_pose.spaces import load, name_of
    >>> strategy = Fixed(load("efficientpose_small"), np.random.default_rng(0), genotypes=["hrnet-w32"])
    >>> name_of(strategy.ask().genotype)
    'HRNet-W32'
    """

    def __init__(
        self,
        space: SearchSpace,
        rng: np.random.Generator,  # noqa: ARG002 - every strategy is made alike, and a list leaves nothing to chance
        *,
        genotypes: Iterable[str] | None = None,
    ) -> None:
        """List `genotypes`; None lists every named genotype of the space. Raises what `find` raises."""
        named = space.named.values() if genotypes is None else map(find, genotypes)
        self._rest: Iterator[Genotype] = iter(tuple(named))

    def ask(self) -> Proposal:
        """Propose the next of the list."""
        for genotype in self._rest:
            return Proposal(genotype)
        raise Exhausted

    def tell(self, proposal: Proposal, losses: Sequence[float]) -> None:
        """A list learns nothing."""


class Baselines(Fixed):
    """Proposes the hand-made networks that a space names as its baselines (`space.baselines`)."""

    def __init__(self, space: SearchSpace, rng: np.random.Generator) -> None:
        super().__init__(space, rng, genotypes=space.baselines)
