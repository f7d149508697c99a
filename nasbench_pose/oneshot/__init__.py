"""One-shot scores: train all networks of a space at once, then measure each with the weights it inherits."""

from nasbench_pose.oneshot.evaluator import OneShot, OneShotEvaluator
from nasbench_pose.oneshot.members import Member, recalibrate
from nasbench_pose.oneshot.paths import SAMPLINGS

__all__ = ["SAMPLINGS", "Member", "OneShot", "OneShotEvaluator", "recalibrate"]
