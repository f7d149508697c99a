"""Evaluators measure genotypes: by training, by looking up, by cheap proxies."""

from nasbench_pose.evaluators.measurement import Measurement, MeasurementInfo
from nasbench_pose.evaluators.trial import Evaluator, KeyedByProtocol, Progress, Trial

__all__ = ["Evaluator", "KeyedByProtocol", "Measurement", "MeasurementInfo", "Progress", "Trial"]
