"""Exact costs from a graph under named conventions, and of whole populations."""

from nasbench_pose.cost.conventions import CONVENTIONS, Convention
from nasbench_pose.cost.count import Cost, LayerCost, count
from nasbench_pose.cost.histogram import Histogram, bounds, histogram
from nasbench_pose.cost.table import CostTable, Counts, Memory, table
from nasbench_pose.cost.terms import Term
from nasbench_pose.cost.window import Window, window

__all__ = [
    "CONVENTIONS",
    "Convention",
    "Cost",
    "CostTable",
    "Counts",
    "Histogram",
    "LayerCost",
    "Memory",
    "Term",
    "Window",
    "bounds",
    "count",
    "histogram",
    "table",
    "window",
]
