"""The measurement `sandwich`: accuracy with the weights of a supernet that was trained by the sandwich rule."""

from nasbench_pose.oneshot import OneShot

MEASUREMENT = OneShot.sandwich
