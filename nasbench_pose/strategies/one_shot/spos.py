"""Single Path One-Shot."""

from typing import ClassVar

from nasbench_pose.strategies.declaration import Declaration
from nasbench_pose.strategies.supernet.inherited import QUICK, InheritedAccuracySearch


class Spos(InheritedAccuracySearch):
    """The supernet trains one uniformly drawn path in each step."""

    declaration = Declaration(
        summary="Single Path One-Shot: uniform paths, then evolution on inherited accuracy.",
        paper="Guo et al., arXiv:1904.00420",
        defaults="evolution 20 × 50, parents, mutation: Single Path One-Shot; steps and people ours",
        objectives="the accuracy with inherited weights",
        needs=("protocol", "people", "supernet"),
        colour="#1B7837",
        presets={"quick": QUICK},
    )
    sampling: ClassVar[str] = "single_path"


STRATEGY = Spos
