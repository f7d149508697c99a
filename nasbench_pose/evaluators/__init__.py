"""Evaluators: interface, trials, and the evaluator that trains networks."""

from nasbench_pose.evaluators.measurement import Measurement, MeasurementInfo, MeasurementOptions
from nasbench_pose.evaluators.trial import Evaluator, KeyedByProtocol, Progress, Trial

__all__ = ["Evaluator", "KeyedByProtocol", "Measurement", "MeasurementInfo", "MeasurementOptions", "Progress", "Trial"]
