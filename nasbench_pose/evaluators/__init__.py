"""Evaluators measure genotypes: by training, by looking up, by cheap proxies."""

from nasbench_pose.evaluators.trial import Evaluator, Progress, Trial

__all__ = ["Evaluator", "Progress", "Trial"]
