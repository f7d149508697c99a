"""DARTS-PT: the supernet of DARTS, derived by removing options."""

from collections.abc import Mapping
from typing import ClassVar

from nasbench_pose.strategies.declaration import Declaration
from nasbench_pose.strategies.supernet.search import DifferentiableSearch
from nasbench_pose.strategies.supernet.settings import QUICK


class DartsPt(DifferentiableSearch):
    """The option whose removal raises the loss of the supernet most is kept, decision by decision.

    The paper trains the supernet for epochs after each decision; `tune` says for how many steps here.
    """

    declaration = Declaration(
        summary="DARTS, derived by removing options instead of by the logits.",
        paper="Wang et al., arXiv:2108.04392",
        defaults="derivation: the paper; tune ours",
        needs=("protocol", "people", "supernet"),
        colour="#6699CC",
        presets={"quick": QUICK},
    )
    defaults: ClassVar[Mapping[str, object]] = {
        "derive": "removal",
        "weights_see": "mixture",
        "cost_weight": 0.0,
        "temperature": 1.0,
        "cooling": 1.0,
    }


STRATEGY = DartsPt
