"""The measurement `train`: accuracy after a full training."""

from nasbench_pose.evaluators.training import Training

MEASUREMENT = Training.from_options
