"""Device files: latency and memory of every network of a space, measured once on one machine and looked up since."""

from nasbench_pose.devices.file import DeviceFile
from nasbench_pose.devices.setting import Setting

__all__ = ["DeviceFile", "Setting"]
