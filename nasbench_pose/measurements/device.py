"""The measurement `device`: latency and memory that are looked up in a device file."""

from nasbench_pose.devices.measurement import DeviceLatency

MEASUREMENT = DeviceLatency.from_options
