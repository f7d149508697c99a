"""The results database: trials, and the runs that made them; results are read as DataFrames. All SQL is in here."""

from nasbench_pose.store.engine import check_shared
from nasbench_pose.store.run import Ask, Run, Step, Turn
from nasbench_pose.store.store import Store

__all__ = ["Ask", "Run", "Step", "Store", "Turn", "check_shared"]
