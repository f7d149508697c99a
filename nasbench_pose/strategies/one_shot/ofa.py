"""Once-for-All."""

from typing import ClassVar

from nasbench_pose.strategies.declaration import Declaration
from nasbench_pose.strategies.supernet.inherited import QUICK, InheritedAccuracySearch


class Ofa(InheritedAccuracySearch):
    """The largest path is trained first and teaches. Then smaller ones are opened: operations, depths, widths."""

    declaration = Declaration(
        summary="Progressive shrinking from the largest network, then evolution on inherited accuracy.",
        paper="Cai et al., arXiv:1908.09791; its evolution asks an accuracy predictor",
        defaults="evolution 20 × 50, parents, mutation: Single Path One-Shot; steps and people ours",
        objectives="the accuracy with inherited weights",
        needs=("protocol", "people", "supernet"),
        colour="#5254A3",
        presets={"quick": QUICK},
    )
    sampling: ClassVar[str] = "progressive"


STRATEGY = Ofa
