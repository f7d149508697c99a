"""The measurement `latency`: the time of one forward pass on this machine."""

from nasbench_pose.latency.measurement import LatencyMeasurement

MEASUREMENT = LatencyMeasurement.from_options
