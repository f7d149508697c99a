"""Tabular benchmarks: every network of a space was trained, so a query is a look-up and regret is exact."""

from nasbench_pose.benchmark.answers import Answer, Answers, Coverage
from nasbench_pose.benchmark.table import Benchmark

__all__ = ["Answer", "Answers", "Benchmark", "Coverage"]
