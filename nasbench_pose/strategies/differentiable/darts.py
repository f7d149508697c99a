"""First-order DARTS with FNA's cost term and sampled paths."""

from nasbench_pose.strategies.declaration import Declaration
from nasbench_pose.strategies.supernet.search import DifferentiableSearch
from nasbench_pose.strategies.supernet.settings import QUICK


class Darts(DifferentiableSearch):
    """First-order DARTS as EfficientPose's authors published it (FNA): the defaults of `Settings`.

    The choices are trained on the mixture of all options, with the cost term λ·log E[MACs]. The weights are trained on
    one sampled path at a time, which is cheaper by the number of options. The temperature falls, as in FBNet.
    """

    declaration = Declaration(
        summary="First-order DARTS with a cost term; weights on sampled paths, a falling temperature.",
        paper="Liu et al., arXiv:1806.09055, as FNA has it, arXiv:2001.02525",
        defaults="betas and weight decay of the choices as DARTS has them; the rest ours, for small images and a CPU",
        needs=("protocol", "people", "supernet"),
        colour="#56B4E9",
        presets={"quick": QUICK},
    )


STRATEGY = Darts
