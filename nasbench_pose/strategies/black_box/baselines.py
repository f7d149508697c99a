"""The hand-made baselines of a space, as a strategy, so that every comparison measures them too."""

import numpy as np

from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.black_box.fixed import Fixed
from nasbench_pose.strategies.declaration import Declaration


class Baselines(Fixed):
    """Proposes the hand-made baselines of a space (`space.baselines`)."""

    declaration = Declaration(
        summary="The hand-made networks that a space names as its baselines; no search.",
        objectives="none",
        limits="ignored",
    )

    def __init__(self, space: SearchSpace, rng: np.random.Generator) -> None:
        super().__init__(space, rng, genotypes=space.baselines)


STRATEGY = Baselines
