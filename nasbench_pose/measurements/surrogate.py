"""The measurement `surrogate`: trainings that a surrogate benchmark predicts."""

from nasbench_pose.benchmark.surrogate import Predicted

MEASUREMENT = Predicted.from_options
