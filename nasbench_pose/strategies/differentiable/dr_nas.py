"""DrNAS: the weights of the options are drawn from a Dirichlet distribution."""

from collections.abc import Mapping
from typing import ClassVar

from nasbench_pose.strategies.declaration import Declaration
from nasbench_pose.strategies.supernet.search import DifferentiableSearch
from nasbench_pose.strategies.supernet.settings import QUICK


class DrNas(DifferentiableSearch):
    """The concentrations elu(logits) + 1 are learnt with pathwise gradients.

    The paper widens partial channels from K = 6 to 4 in a second stage; here K stays 4.
    """

    declaration = Declaration(
        summary="Option weights drawn from a learnt Dirichlet distribution; partial channels.",
        paper="Chen et al., arXiv:2006.10355",
        defaults="sampler, K of the second stage, decay 1e-3: the paper; choice_rate ours",
        needs=("protocol", "people", "supernet"),
        colour="#4D9221",
        presets={"quick": QUICK},
    )
    defaults: ClassVar[Mapping[str, object]] = {
        "sampler": "dirichlet",
        "weights_see": "sample",
        "partial": 4,
        "cost_weight": 0.0,
        "temperature": 1.0,
        "cooling": 1.0,
    }


STRATEGY = DrNas
