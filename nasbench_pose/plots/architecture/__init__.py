"""Drawings of architectures."""

from nasbench_pose.plots.architecture.picture import draw_both, draw_one
from nasbench_pose.plots.architecture.subject import Subject

__all__ = ["Subject", "draw_both", "draw_one"]
