"""SNAS: relaxed Gumbel samples whose temperature falls."""

from collections.abc import Mapping
from typing import ClassVar

from nasbench_pose.strategies.declaration import Declaration
from nasbench_pose.strategies.supernet.search import DifferentiableSearch
from nasbench_pose.strategies.supernet.settings import QUICK


class Snas(DifferentiableSearch):
    """Weights and choices see the same relaxed sample of the options, with an expected cost in the loss.

    The temperature falls from 1 to 0.03 over the planned asks.
    """

    declaration = Declaration(
        summary="Relaxed Gumbel samples with a falling temperature.",
        paper="Xie et al., arXiv:1812.09926",
        defaults="sampler and temperature 1 to 0.03: the paper; the cost term is FNA's; the rest ours",
        needs=("protocol", "people", "supernet"),
        colour="#7B3294",
        presets={"quick": QUICK},
    )
    defaults: ClassVar[Mapping[str, object]] = {
        "sampler": "gumbel",
        "weights_see": "sample",
        "temperature": 1.0,
        "cooling": 0.677,
    }


STRATEGY = Snas
