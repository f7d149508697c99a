"""DARTS-: an auxiliary skip connection that fades."""

from collections.abc import Mapping
from typing import ClassVar

from nasbench_pose.strategies.declaration import Declaration
from nasbench_pose.strategies.supernet.search import DifferentiableSearch
from nasbench_pose.strategies.supernet.settings import QUICK


class DartsMinus(DifferentiableSearch):
    """An auxiliary skip of weight 1, which falls to 0, takes over what skips do for the training.

    Choices that change the shape have none.
    """

    declaration = Declaration(
        summary="An auxiliary skip connection of falling weight beside each choice.",
        paper="Chu et al., arXiv:2009.01027",
        defaults="weight 1 to 0: the paper; choice_rate ours",
        needs=("protocol", "people", "supernet"),
        colour="#CC6677",
        presets={"quick": QUICK},
    )
    defaults: ClassVar[Mapping[str, object]] = {
        "auxiliary": 1.0,
        "weights_see": "mixture",
        "cost_weight": 0.0,
        "temperature": 1.0,
        "cooling": 1.0,
    }


STRATEGY = DartsMinus
