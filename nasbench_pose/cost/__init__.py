"""Exact costs from a graph under named conventions, and of whole populations."""

from nasbench_pose.cost.conventions import CONVENTIONS, Convention
from nasbench_pose.cost.count import Cost, LayerCost, count
from nasbench_pose.cost.table import CostTable, Counts, Memory, table
from nasbench_pose.cost.terms import Term

__all__ = ["CONVENTIONS", "Convention", "Cost", "CostTable", "Counts", "LayerCost", "Memory", "Term", "count", "table"]
