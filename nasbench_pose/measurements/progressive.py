"""The measurement `progressive`: accuracy with the weights of a supernet that was trained by progressive shrinking."""

from functools import partial

from nasbench_pose.oneshot import OneShot

MEASUREMENT = partial(OneShot.from_options, "progressive")
