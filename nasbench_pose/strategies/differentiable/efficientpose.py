"""The search of EfficientPose, as far as it is known: FNA's."""

from collections.abc import Mapping
from typing import ClassVar

from nasbench_pose.strategies.declaration import Declaration
from nasbench_pose.strategies.supernet.search import DifferentiableSearch
from nasbench_pose.strategies.supernet.settings import QUICK


class Efficientpose(DifferentiableSearch):
    """Weights on one path, choices on the mixture, λ·log10 E in the loss; five steps of weights to one of choices.

    Weights see even paths until the choices move, after half of the steps. A `cost_weight` of several numbers gives a
    family such as EfficientPose-A, B and C. The paper's own search code is not public: see docs/differentiable.md.
    """

    declaration = Declaration(
        summary="FNA's search, the one behind EfficientPose: paths for weights, mixture for choices.",
        paper="Zhang et al., arXiv:2012.07086; the search of Fang et al., arXiv:2001.02525",
        defaults="5 : 1, choices after half of the steps, 0.15 log10 (here natural: 0.065): FNA; choice_rate ours",
        needs=("protocol", "people", "supernet"),
        colour="#F46D43",
        presets={"quick": QUICK},
    )
    defaults: ClassVar[Mapping[str, object]] = {
        "choices_every": 5,
        "warm_up_share": 0.5,
        "cost_weight": 0.065,
        "temperature": 1.0,
        "cooling": 1.0,
    }


STRATEGY = Efficientpose
