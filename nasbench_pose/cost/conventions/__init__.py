"""Conventions as data: the counting rules of the exact count, of papers and of tools for each operation."""

from nasbench_pose.cost.conventions import papers, tools
from nasbench_pose.cost.conventions.convention import Convention, Rule, Rules, measure, spelt
from nasbench_pose.cost.conventions.sizes import ACTIVATIONS

CONVENTIONS: dict[str, Convention] = {
    convention.name: convention
    for convention in (
        papers.MACS,
        papers.HRNET,
        papers.EFFICIENTPOSE,
        papers.MMCV,
        tools.FVCORE,
        tools.THOP,
        tools.TORCH,
        tools.PTFLOPS,
        tools.PTFLOPS_ATEN,
        tools.TORCHINFO,
        tools.CALFLOPS,
    )
}
"""Name -> convention."""

__all__ = ["ACTIVATIONS", "CONVENTIONS", "Convention", "Rule", "Rules", "measure", "spelt"]
