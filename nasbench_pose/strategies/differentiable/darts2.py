"""DARTS as in its paper, second order."""

from collections.abc import Mapping
from typing import ClassVar

from nasbench_pose.strategies.declaration import Declaration
from nasbench_pose.strategies.supernet.search import DifferentiableSearch
from nasbench_pose.strategies.supernet.settings import QUICK


class Darts2(DifferentiableSearch):
    """Second-order DARTS: the choices look one step of the weights ahead.

    Weights and choices both see the mixture; there is no cost term and no temperature.
    """

    declaration = Declaration(
        summary="Second-order DARTS: the choices look one step of the weights ahead.",
        paper="Liu et al., arXiv:1806.09055",
        defaults="order, mixture, betas and decay: the paper; choice_rate times steps as there; the rest ours",
        needs=("protocol", "people", "supernet"),
        colour="#1B4F9C",
        presets={"quick": QUICK},
    )
    defaults: ClassVar[Mapping[str, object]] = {
        "order": 2,
        "weights_see": "mixture",
        "cost_weight": 0.0,
        "temperature": 1.0,
        "cooling": 1.0,
    }


STRATEGY = Darts2
