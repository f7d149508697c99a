"""The results database: every fact, and every run's way through them; out come DataFrames. The only place with SQL."""

from nasbench_pose.store.engine import check_shared
from nasbench_pose.store.run import Run, Step
from nasbench_pose.store.store import Store

__all__ = ["Run", "Step", "Store", "check_shared"]
