"""Figures: functions take axes, draw on them and return them. They show nothing, and set no global style."""

from nasbench_pose.plots.attainment_surfaces import attainment, attainment_difference
from nasbench_pose.plots.choice_maps import choice_map, choices
from nasbench_pose.plots.critical import critical_difference
from nasbench_pose.plots.curves import anytime, best_so_far, regret_so_far
from nasbench_pose.plots.distribution import Landmark, macs_distribution
from nasbench_pose.plots.effects import equivalence, improvement
from nasbench_pose.plots.fronts import front_plane
from nasbench_pose.plots.measured import measured_plane
from nasbench_pose.plots.published import published_plane
from nasbench_pose.plots.saving import save
from nasbench_pose.plots.search_record import choice_heat_map, film_strip, skip_share
from nasbench_pose.plots.seeds import best_of_seeds
from nasbench_pose.plots.style import figure
from nasbench_pose.plots.three_objectives import coloured_plane, pairs
from nasbench_pose.plots.trust import trust_plane

__all__ = [
    "Landmark",
    "anytime",
    "attainment",
    "attainment_difference",
    "best_of_seeds",
    "best_so_far",
    "choice_heat_map",
    "choice_map",
    "choices",
    "coloured_plane",
    "critical_difference",
    "equivalence",
    "figure",
    "film_strip",
    "front_plane",
    "improvement",
    "macs_distribution",
    "measured_plane",
    "pairs",
    "published_plane",
    "regret_so_far",
    "save",
    "skip_share",
    "trust_plane",
]
