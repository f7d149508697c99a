"""The measurement `single_path`: accuracy with the weights of a supernet that was trained one random path at a time."""

from functools import partial

from nasbench_pose.oneshot import OneShot

MEASUREMENT = partial(OneShot.from_options, "single_path")
