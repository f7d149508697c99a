"""The hand-made networks of a space, measured beside what is searched."""

import numpy as np

from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.black_box.fixed import Fixed
from nasbench_pose.strategies.declaration import Declaration


class Baselines(Fixed):
    """Proposes the hand-made networks that a space names as its baselines (`space.baselines`)."""

    declaration = Declaration(summary="The hand-made networks that a space names as its baselines; no search.")

    def __init__(self, space: SearchSpace, rng: np.random.Generator) -> None:
        super().__init__(space, rng, genotypes=space.baselines)


STRATEGY = Baselines
