"""Evaluators measure genotypes, e.g. by training, or by looking trainings up."""

from nasbench_pose.evaluators.measurement import Measurement, MeasurementInfo
from nasbench_pose.evaluators.trial import Evaluator, KeyedByProtocol, Progress, Trial

__all__ = ["Evaluator", "KeyedByProtocol", "Measurement", "MeasurementInfo", "Progress", "Trial"]
