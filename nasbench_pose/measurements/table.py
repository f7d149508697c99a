"""The measurement `table`: trainings that are looked up in a benchmark table."""

from nasbench_pose.benchmark.evaluator import LookUp

MEASUREMENT = LookUp.from_options
