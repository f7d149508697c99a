"""Exact costs from a graph under named conventions, and of whole populations."""

from nasbench_pose.cost.conventions import CONVENTIONS, Convention
from nasbench_pose.cost.count import Cost, LayerCost, count
from nasbench_pose.cost.histogram import Histogram, bounds, histogram
from nasbench_pose.cost.lattice import Quantity, countable
from nasbench_pose.cost.rejection import Drawn, rejection
from nasbench_pose.cost.table import CostTable, Counts, Memory, table
from nasbench_pose.cost.terms import Term
from nasbench_pose.cost.window import Window, window

__all__ = [
    "CONVENTIONS",
    "Convention",
    "Cost",
    "CostTable",
    "Counts",
    "Drawn",
    "Histogram",
    "LayerCost",
    "Memory",
    "Quantity",
    "Term",
    "Window",
    "bounds",
    "count",
    "countable",
    "histogram",
    "rejection",
    "table",
    "window",
]
