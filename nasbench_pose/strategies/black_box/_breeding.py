"""Children of two parents, for strategies with a population and no weights: NSGA-II and SMS-EMOA."""

from collections.abc import Callable, Container

import numpy as np

from nasbench_pose.errors import NoOtherNetworkError
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.strategy import Exhausted

ATTEMPTS = 20
"""Children in a row that were all proposed before; the last of them is proposed again."""


def child_of(
    parents: Callable[[], tuple[Genotype, Genotype]],
    space: SearchSpace,
    rng: np.random.Generator,
    *,
    crossover: float,
    proposed: Container[Genotype],
) -> Genotype:
    """Return a child that was not proposed before, if a few attempts find one.

    Each attempt draws two `parents`. The child takes each gene from either of them, or with probability
    `1 - crossover` all genes from the first; then one gene mutates. Simulated binary crossover, which the papers have
    for real numbers, means nothing for options without an order. Raises Exhausted if the space has no other network.

    >>> from nasbench_pose.spaces import find, load
    >>> space, parent = load("simplebaseline"), find("simplebaseline-r50")
    >>> child = child_of(lambda: (parent, parent), space, np.random.default_rng(0), crossover=0.9, proposed=())
    >>> child in set(space.neighbours(parent))
    True
    """
    for _ in range(ATTEMPTS):
        first, second = parents()
        child = space.crossover(first, second, rng) if rng.random() < crossover else first
        try:
            child = space.mutate(child, rng)
        except NoOtherNetworkError:
            raise Exhausted from None
        if child not in proposed:
            break
    return child
