"""The results database: trials, and the runs that made them; results are read as DataFrames. All SQL is in here."""

from nasbench_pose.store.engine import check_shared
from nasbench_pose.store.run import Run, Step
from nasbench_pose.store.store import Store

__all__ = ["Run", "Step", "Store", "check_shared"]
