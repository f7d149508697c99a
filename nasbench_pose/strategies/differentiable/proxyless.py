"""ProxylessNAS: two paths, of which one is open."""

from collections.abc import Mapping
from typing import ClassVar

from nasbench_pose.strategies.declaration import Declaration
from nasbench_pose.strategies.supernet.search import DifferentiableSearch
from nasbench_pose.strategies.supernet.settings import QUICK


class Proxyless(DifferentiableSearch):
    """Weights see one path drawn by the probabilities; choices see two, and move these against each other.

    The cost term λ·log E stands in for the paper's, which are on latency.
    """

    declaration = Declaration(
        summary="Two drawn paths with binary gates; weights on one.",
        paper="Cai et al., arXiv:1812.00332",
        defaults="sampler: the paper; the cost term and choice_rate ours",
        needs=("protocol", "people", "supernet"),
        colour="#3D3D3D",
        presets={"quick": QUICK},
    )
    defaults: ClassVar[Mapping[str, object]] = {
        "sampler": "two_paths",
        "weights_see": "path",
        "temperature": 1.0,
        "cooling": 1.0,
    }


STRATEGY = Proxyless
