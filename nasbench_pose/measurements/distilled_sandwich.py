"""The measurement `distilled_sandwich`: accuracy with the weights of a supernet whose largest member teaches others."""

from functools import partial

from nasbench_pose.oneshot import OneShot

MEASUREMENT = partial(OneShot.from_options, "distilled_sandwich")
