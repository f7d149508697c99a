"""Running searches: one, or many against each other in several processes."""

from nasbench_pose.search.compare import compare, plan, steps_of
from nasbench_pose.search.jobs import BASELINES, Event, Job
from nasbench_pose.search.loop import search

__all__ = ["BASELINES", "Event", "Job", "compare", "plan", "search", "steps_of"]
