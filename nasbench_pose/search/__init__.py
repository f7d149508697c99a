"""Run searches: one search, or a comparison of many in one process or several."""

from nasbench_pose.search.comparison import Comparison, ComparisonResult
from nasbench_pose.search.executors import Executor, Processes, executor, in_this_process
from nasbench_pose.search.jobs import BASELINES, Event, Job
from nasbench_pose.search.loop import search
from nasbench_pose.search.planning import compare, forget_failures, plan, steps_of

__all__ = [
    "BASELINES",
    "Comparison",
    "ComparisonResult",
    "Event",
    "Executor",
    "Job",
    "Processes",
    "compare",
    "executor",
    "forget_failures",
    "in_this_process",
    "plan",
    "search",
    "steps_of",
]
