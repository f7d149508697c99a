"""Outside counters side by side, on any torch module, and what explains where they differ. Loads torch."""

from nasbench_pose.cost.counters.compare import COUNTERS, Reading, compare, installed
from nasbench_pose.cost.counters.counter import Counter
from nasbench_pose.cost.counters.trace import Traced, own_copy, params_of, trace

__all__ = ["COUNTERS", "Counter", "Reading", "Traced", "compare", "installed", "own_copy", "params_of", "trace"]
