"""The measurement `sandwich`: accuracy with the weights of a supernet that was trained by the sandwich rule."""

from functools import partial

from nasbench_pose.oneshot import OneShot

MEASUREMENT = partial(OneShot.from_options, "sandwich")
