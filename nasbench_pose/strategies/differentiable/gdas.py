"""GDAS: one option per choice, by a straight-through Gumbel sample."""

from collections.abc import Mapping
from typing import ClassVar

from nasbench_pose.strategies.declaration import Declaration
from nasbench_pose.strategies.supernet.search import DifferentiableSearch
from nasbench_pose.strategies.supernet.settings import QUICK


class Gdas(DifferentiableSearch):
    """Weights and choices see one sampled option of each choice; its gradient is that of the relaxed sample.

    The temperature falls from 10 to 0.1 over the planned asks.
    """

    declaration = Declaration(
        summary="Straight-through Gumbel samples: one option of each choice is computed.",
        paper="Dong & Yang, arXiv:1910.04465",
        defaults="sampler and temperature 10 to 0.1: the paper; choice_rate times steps as there; the rest ours",
        needs=("protocol", "people", "supernet"),
        colour="#C51B7D",
        presets={"quick": QUICK},
    )
    defaults: ClassVar[Mapping[str, object]] = {
        "sampler": "straight_through",
        "weights_see": "sample",
        "cost_weight": 0.0,
        "temperature": 10.0,
        "cooling": 0.6,
    }


STRATEGY = Gdas
