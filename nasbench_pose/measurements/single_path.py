"""The measurement `single_path`: accuracy with the weights of a supernet that was trained one random path at a time."""

from nasbench_pose.oneshot import OneShot

MEASUREMENT = OneShot.single_path
