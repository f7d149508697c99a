"""BigNAS."""

from typing import ClassVar

from nasbench_pose.strategies.declaration import Declaration
from nasbench_pose.strategies.supernet.inherited import QUICK, InheritedAccuracySearch


class Bignas(InheritedAccuracySearch):
    """Each step trains the largest, the smallest and two drawn paths on one batch; the largest teaches the others."""

    declaration = Declaration(
        summary="The sandwich rule with in-place distillation, then evolution on inherited accuracy.",
        paper="Yu et al., arXiv:2003.11142; its selection is coarse to fine, here evolution",
        defaults="evolution 20 × 50, parents, mutation: Single Path One-Shot; steps and people ours",
        objectives="the accuracy with inherited weights",
        needs=("protocol", "people", "supernet"),
        colour="#8C6D31",
        presets={"quick": QUICK},
    )
    sampling: ClassVar[str] = "distilled_sandwich"


STRATEGY = Bignas
