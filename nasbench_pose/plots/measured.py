"""The measured plane: everything that was trained under one protocol of ours."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.genotype import Genotype
from nasbench_pose.objective import Objective
from nasbench_pose.plots.fronts import coordinates, corners, draw_front
from nasbench_pose.plots.labels import Label, name_points
from nasbench_pose.plots.style import (
    FAMILIES,
    INK,
    MARKERS,
    darker,
    dress,
    family,
    scale_axes,
    spoken,
    strategy_colours,
)
from nasbench_pose.spaces import name_of
from nasbench_pose.stats import finished, one_protocol

MACS, PCKH = Objective("macs"), Objective("val_pckh", maximise=True)
BASELINES = "baselines"


def measured_plane(
    frame: pd.DataFrame,
    ax: Axes,
    *,
    protocol: str = "",
    x: Objective = MACS,
    y: Objective = PCKH,
) -> Axes:
    """Draw every trial, the front of each strategy, and the baselines trained beside them; return `ax`.

    `frame` has one row per trial: strategy, key, genotype (its text), genotype_space, the objectives' columns and,
    where known, error, fidelity and protocol. Rows of the strategy `baselines` are named marks, averaged over their
    seeds with a bar of one standard deviation. Failed and partial trials are left out. `protocol` is the title of
    the protocol. Raises MixedProtocolsError: accuracies of two protocols never share an axis.
    """
    key = one_protocol(frame)
    measured = np.isfinite(coordinates(frame, x, y)).all(axis=1)
    trials = frame[finished(frame).to_numpy() & measured]
    searched = trials[trials["strategy"] != BASELINES].drop_duplicates(["strategy", "key", x.column, y.column])
    colours = strategy_colours(set(frame["strategy"]) - {BASELINES})  # also of those that found nothing
    scale_axes(ax, x, y)
    labels = [
        *_draw_baselines(trials[trials["strategy"] == BASELINES], ax, x, y),
        *_draw_searches(searched, colours, ax, x, y),
    ]
    dress(ax, f"Measured plane: {protocol or key}" if protocol or key else "Measured plane")
    name_points(ax, labels)
    return ax


def _draw_searches(
    searched: pd.DataFrame, colours: Mapping[str, str], ax: Axes, x: Objective, y: Objective
) -> list[Label]:
    labels = []
    by_strategy = searched.groupby("strategy")
    for number, (strategy, trials) in enumerate(by_strategy, start=1):
        colour = colours[str(strategy)]
        across, up = coordinates(trials, x, y).T
        ax.scatter(across, up, s=11, color=colour, alpha=0.45, linewidths=0, zorder=2)
        draw_front(trials, x, y, ax, colour)
        members = corners(trials, x, y)
        # fronts that run side by side are named one after another along the way
        member = members[len(members) * number // (by_strategy.ngroups + 1)]
        labels.append(Label(member[0], member[1], spoken(str(strategy)), darker(colour), 9.5, "bold"))
    return labels


def _draw_baselines(baselines: pd.DataFrame, ax: Axes, x: Objective, y: Objective) -> list[Label]:
    labels = []
    for (space, text), trials in baselines.groupby(["genotype_space", "genotype"]):
        points = coordinates(trials, x, y)
        across, up = points.mean(axis=0)
        spread = points[:, 1].std(ddof=1) if len(points) > 1 else 0.0
        kind = family(str(space))
        colour = FAMILIES.get(kind, INK)
        ax.errorbar(
            across, up, yerr=spread, fmt=MARKERS.get(kind, "^"), markersize=8, color=colour, ecolor=colour,
            markeredgecolor="white", markeredgewidth=0.8, elinewidth=1.2, zorder=5,
        )  # fmt: skip
        labels.append(Label(across, up, baseline_name(str(text)), darker(colour), 9, "bold"))
    return labels


def baseline_name(text: str) -> str:
    """Return the name of a genotype, given its text, or the start of its key if it has none.

    >>> from nasbench_pose.spaces import find
    >>> baseline_name(find("hrnet-w32").text)
    'HRNet-W32'
    """
    try:
        genotype = Genotype.parse(text)
        return name_of(genotype) or f"{family(genotype.space)} {genotype.key[:6]}"
    except NasbenchPoseError:
        return text[:16]
