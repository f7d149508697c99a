"""The benchmark: every network of a space trained for real, so that regret is exact and a query costs nothing."""

from nasbench_pose.benchmark.table import Answer, Answers, Benchmark, Coverage

__all__ = ["Answer", "Answers", "Benchmark", "Coverage"]
