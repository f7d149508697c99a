"""Run third-party FLOP counters on a torch module, and explain where they differ. Loads torch."""

from nasbench_pose.cost.counters.counter import Counter
from nasbench_pose.cost.counters.factory import Made, made_by
from nasbench_pose.cost.counters.readings import COUNTERS, REGISTRY, Reading, by_rules, compare, installed, selected
from nasbench_pose.cost.counters.rules import CustomRule, load_rules
from nasbench_pose.cost.counters.tracing import Trace, Traced, inventory_of, trace

__all__ = [
    "COUNTERS",
    "REGISTRY",
    "Counter",
    "CustomRule",
    "Made",
    "Reading",
    "Trace",
    "Traced",
    "by_rules",
    "compare",
    "installed",
    "inventory_of",
    "load_rules",
    "made_by",
    "selected",
    "trace",
]
