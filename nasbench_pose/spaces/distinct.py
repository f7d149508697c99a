"""The number of distinct networks of a space: several assignments of genes may be the same network."""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from nasbench_pose.large_numbers import FLOAT, approximately, scientific
from nasbench_pose.spaces.kinds import as_given
from nasbench_pose.spaces.space import SearchSpace

ENUMERABLE = 20_000
"""Most genotypes of a space that are enumerated."""
Z95 = 1.96
"""Half width of a 95 % interval, in standard errors."""


@dataclass(frozen=True)
class Distinct:
    """A number of networks, or an estimate of it with its 95 % interval."""

    networks: float
    low: float
    high: float

    @property
    def exact(self) -> bool:
        """Whether the number was counted, not estimated."""
        return self.low == self.high

    @property
    def text(self) -> str:
        """The number as printed.

        >>> Distinct(648, 648, 648).text, Distinct(5.1e20, 4.9e20, 5.3e20).text
        ('648', '5.1e+20 (95 %: 4.9e+20 to 5.3e+20)')
        """
        if self.exact:
            return approximately(self.networks, 2)
        return f"{scientific(self.networks)} (95 %: {scientific(self.low)} to {scientific(self.high)})"


def distinct(space: SearchSpace, rng: np.random.Generator, *, samples: int = 2000) -> Distinct | None:
    """Return the number of networks of `space`: counted if the space is small, else estimated.

    The estimate: if a uniformly drawn assignment has m spellings of the same network, the number of networks is the
    mean of 1/m times the number of assignments. None for a large space whose kind cannot count spellings.

    >>> from nasbench_pose.spaces import load
    >>> distinct(load("efficientpose_micro"), np.random.default_rng(0)).text
    '648'
    """
    if space.kind.canonical is as_given:
        return _counted(space.size)
    if space.size <= ENUMERABLE:
        return _counted(sum(1 for _ in space.enumerate()))
    return _estimated(space, rng, samples)


def _counted(networks: int) -> Distinct:
    return Distinct(networks, networks, networks)


def _estimated(space: SearchSpace, rng: np.random.Generator, samples: int) -> Distinct | None:
    spellings = space.kind.spellings
    if spellings is None:
        return None
    genes = list(space.genes.items())
    drawn = (
        {gene: options[index] for (gene, options), index in zip(genes, code, strict=True)}
        for code in space.sample_codes(samples, rng)
    )
    share = np.array([1 / spellings(space, values) for values in drawn])
    error = Z95 * share.std(ddof=1) / math.sqrt(samples)
    values = [float(value) for value in share.mean() + np.array([0, -error, error])]
    if space.size < FLOAT:
        return Distinct(*(float(space.size * value) for value in values))
    return Distinct(*(round(space.size * Fraction(value)) for value in values))
