"""Figures: functions take axes, draw on them and return them. They show nothing, and set no global style."""

from nasbench_pose.plots.choices import choices
from nasbench_pose.plots.curves import best_so_far, regret_so_far
from nasbench_pose.plots.distribution import Landmark, macs_distribution
from nasbench_pose.plots.fronts import front_plane
from nasbench_pose.plots.measured import measured_plane
from nasbench_pose.plots.published import published_plane
from nasbench_pose.plots.save import save
from nasbench_pose.plots.seeds import best_of_seeds
from nasbench_pose.plots.style import figure
from nasbench_pose.plots.trust import trust_plane

__all__ = [
    "Landmark",
    "best_of_seeds",
    "best_so_far",
    "choices",
    "figure",
    "front_plane",
    "macs_distribution",
    "measured_plane",
    "published_plane",
    "regret_so_far",
    "save",
    "trust_plane",
]
