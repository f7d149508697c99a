"""PC-DARTS: partial channels, and weights of edges."""

from collections.abc import Mapping
from typing import ClassVar

from nasbench_pose.strategies.declaration import Declaration
from nasbench_pose.strategies.supernet.search import DifferentiableSearch
from nasbench_pose.strategies.supernet.settings import QUICK


class PcDarts(DifferentiableSearch):
    """A K-th of the channels passes through the options; edges into a node have weights of their own.

    Choices that change the width see all channels. The choices begin after 15 of 50 epochs in the paper: 0.3 here.
    """

    declaration = Declaration(
        summary="Partial channels and weights of edges; first order.",
        paper="Xu et al., arXiv:1907.05737",
        defaults="K = 4, edges, choices after 0.3 of the steps: the paper; choice_rate ours",
        needs=("protocol", "people", "supernet"),
        colour="#00A6A6",
        presets={"quick": QUICK},
    )
    defaults: ClassVar[Mapping[str, object]] = {
        "partial": 4,
        "edges": True,
        "weights_see": "mixture",
        "warm_up_share": 0.3,
        "cost_weight": 0.0,
        "temperature": 1.0,
        "cooling": 1.0,
    }


STRATEGY = PcDarts
