"""Fair DARTS: a sigmoid for each option, and the zero-one loss."""

from collections.abc import Mapping
from typing import ClassVar

from nasbench_pose.strategies.declaration import Declaration
from nasbench_pose.strategies.supernet.search import DifferentiableSearch
from nasbench_pose.strategies.supernet.settings import QUICK


class FairDarts(DifferentiableSearch):
    """Options do not compete; the zero-one loss drives each sigmoid to 0 or 1.

    The paper keeps up to two options of an edge above a threshold; here the largest of each choice is taken.
    """

    declaration = Declaration(
        summary="Sigmoids instead of a softmax, with the zero-one loss.",
        paper="Chu et al., arXiv:1911.12126",
        defaults="sampler and weight 10 of the zero-one loss: the paper; choice_rate ours",
        needs=("protocol", "people", "supernet"),
        colour="#B8860B",
        presets={"quick": QUICK},
    )
    defaults: ClassVar[Mapping[str, object]] = {
        "sampler": "sigmoid",
        "weights_see": "mixture",
        "zero_one": 10.0,
        "cost_weight": 0.0,
        "temperature": 1.0,
        "cooling": 1.0,
    }


STRATEGY = FairDarts
