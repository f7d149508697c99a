"""FBNet: relaxed Gumbel samples and a multiplicative cost term."""

from collections.abc import Mapping
from typing import ClassVar

from nasbench_pose.strategies.declaration import Declaration
from nasbench_pose.strategies.supernet.search import DifferentiableSearch
from nasbench_pose.strategies.supernet.settings import QUICK


class Fbnet(DifferentiableSearch):
    """The loss of the choices is 0.2 · loss · log(E)^0.6; weights and choices see relaxed samples.

    The temperature falls from 5 by exp(-0.045) per epoch in the paper, over 90 epochs to 0.09.
    """

    declaration = Declaration(
        summary="Relaxed Gumbel samples, and the loss times a power of the logarithm of the cost.",
        paper="Wu et al., arXiv:1812.03443",
        defaults="alpha 0.2, beta 0.6, temperature 5, decay 5e-4: a public re-implementation; the rest ours",
        needs=("protocol", "people", "supernet"),
        colour="#A50026",
        presets={"quick": QUICK},
    )
    defaults: ClassVar[Mapping[str, object]] = {
        "sampler": "gumbel",
        "weights_see": "sample",
        "cost_form": "power",
        "cost_weight": 0.2,
        "cost_power": 0.6,
        "temperature": 5.0,
        "cooling": 0.64,
        "choice_decay": 0.0005,
    }


STRATEGY = Fbnet
