"""R-DARTS-ES: DARTS that stops when the dominant eigenvalue rises."""

from collections.abc import Mapping
from typing import ClassVar

from nasbench_pose.strategies.declaration import Declaration
from nasbench_pose.strategies.supernet.search import DifferentiableSearch
from nasbench_pose.strategies.supernet.settings import QUICK


class RobustDarts(DifferentiableSearch):
    """The training stops when the averaged dominant eigenvalue of the choices' Hessian has risen by 1.3.

    Later asks derive the next likeliest genotypes from the choices before the rise.
    """

    declaration = Declaration(
        summary="DARTS that stops when the dominant eigenvalue of the Hessian rises.",
        paper="Zela et al., arXiv:1909.09656",
        defaults="window 5, factor 1.3: the paper, in asks instead of epochs; choice_rate ours",
        needs=("protocol", "people", "supernet"),
        colour="#5E4FA2",
        presets={"quick": QUICK},
    )
    defaults: ClassVar[Mapping[str, object]] = {
        "stop": "eigenvalue",
        "weights_see": "mixture",
        "cost_weight": 0.0,
        "temperature": 1.0,
        "cooling": 1.0,
    }


STRATEGY = RobustDarts
