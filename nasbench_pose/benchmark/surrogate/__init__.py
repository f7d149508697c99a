"""Surrogate benchmarks: some networks of a huge space were trained, and a model predicts the training of any other."""

from nasbench_pose.benchmark.surrogate.evaluator import Predicted, SurrogateEvaluator
from nasbench_pose.benchmark.surrogate.surrogate_benchmark import SurrogateBenchmark

__all__ = ["Predicted", "SurrogateBenchmark", "SurrogateEvaluator"]
