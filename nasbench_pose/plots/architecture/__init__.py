"""Architectures as pictures."""

from nasbench_pose.plots.architecture.picture import draw_architecture, size_of

__all__ = ["draw_architecture", "size_of"]
