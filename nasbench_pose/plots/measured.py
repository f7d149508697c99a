"""The measured plane: all trials of one protocol, and the front of each strategy."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from nasbench_pose.objective import ACCURACY, COST, Limit, Objective
from nasbench_pose.plots.baselines import draw_baselines
from nasbench_pose.plots.fronts import coordinates, corners, draw_front
from nasbench_pose.plots.labels import Label, name_points
from nasbench_pose.plots.strategy_colours import spoken_names, strategy_colours
from nasbench_pose.plots.style import (
    FAINT,
    axes,
    caption,
    darker,
    dress,
    scale_axes,
)
from nasbench_pose.stats import finished, one_protocol, trainings
from nasbench_pose.stats.inputs import with_columns

BASELINES = "baselines"


def measured_plane(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    protocol: str = "",
    x: Objective = COST,
    y: Objective = ACCURACY,
    limits: Sequence[Limit] = (),
    budget: str = "",
) -> Axes:
    """Draw every trial, the front of each strategy, and the baselines trained beside them; return `ax`.

    `frame` has one row per trial: strategy, key, seed, genotype (its text), genotype_space, the objectives' columns
    and, where known, trained_seed, error, fidelity and protocol. A front is that of all genotypes a strategy proposed
    in any of its searches, each at the mean over its seeds, as the best of a single seed is luck. Rows of the strategy
    `baselines` are named marks, averaged over their seeds with a bar of one standard deviation. Failed and partial
    trials are left out. `protocol` is the title of the protocol; `limits` what other figures of the comparison keep
    within: those of `x` are drawn; `budget` that of each search in words. Raises MixedProtocolsError: accuracies of two
    protocols never share an axis.
    """
    ax = axes(ax, height=5.8)
    key = one_protocol(with_columns(frame, "trials", "strategy", "key", "seed", "genotype", "genotype_space"))
    measured = np.isfinite(coordinates(frame, x, y)).all(axis=1)
    trials = frame[finished(frame).to_numpy() & measured]
    by_hand = trials["strategy"] == BASELINES
    colours = strategy_colours({*map(str, frame["strategy"])} - {BASELINES})  # also of those that found nothing
    bars = _bars(trainings(trials[by_hand]), x, y)
    means = trainings(trials).groupby("key")[[x.column, y.column]].mean()
    labels = [*draw_baselines(bars, ax, x, y), *_draw_searches(trials[~by_hand], means, colours, ax, x, y)]
    scale_axes(ax, x, y)
    what = f"Measured plane{f' ({budget})' * bool(budget)}"
    dress(ax, f"{what}: {protocol or key}" if protocol or key else what)
    caption(ax, " ".join([*_explained(bars, trials[~by_hand]), *_draw_limits(ax, x, limits)]))
    name_points(ax, labels)
    return ax


def _explained(bars: pd.DataFrame, searched: pd.DataFrame) -> list[str]:
    """Return the sentences of the caption that explain the marks."""
    staircase = "Staircase: the front of all searches of a strategy together, each network at its mean over seeds."
    fronts = ["Dots: trials.", staircase] if len(searched) else []
    return [*fronts, *(["Bars: one standard deviation over seeds."] if bars["spread"].any() else [])]


def _draw_limits(ax: Axes, x: Objective, limits: Sequence[Limit]) -> list[str]:
    """Draw the limits of `x` that are within the axes; return a sentence on all limits."""
    low, high = ax.get_xlim()
    said = []
    for limit in (limit for limit in limits if np.isfinite(limit.most)):
        at, seen = limit.most / x.metric.scale, ""
        if limit.column == x.column and low < at < high:
            ax.axvline(at, color=FAINT, linewidth=0.9, linestyle=":", zorder=1)
            seen = " (dotted)"
        said.append(f"{limit.amount}{seen}")
    return [f"The other figures and the table keep within {' and '.join(said)}."] if said else []


def _draw_searches(
    searched: pd.DataFrame, means: pd.DataFrame, colours: Mapping[str, str], ax: Axes, x: Objective, y: Objective
) -> list[Label]:
    labels = []
    by_strategy = searched.groupby("strategy")
    shown = spoken_names(colours)
    for number, (strategy, trials) in enumerate(by_strategy, start=1):
        colour = colours[str(strategy)]
        across, up = coordinates(trials.drop_duplicates(["key", x.column, y.column]), x, y).T
        ax.scatter(across, up, s=11, color=colour, alpha=0.45, linewidths=0, zorder=2)
        proposed = means.loc[trials["key"].unique()]
        draw_front(proposed, x, y, ax, colour)
        members = corners(proposed, x, y)
        # each strategy is named at another part of its front, so that the labels of close fronts do not meet
        member = members[len(members) * number // (by_strategy.ngroups + 1)]
        labels.append(Label(member[0], member[1], shown[str(strategy)], darker(colour), 9.5, "bold"))
    return labels


def _bars(facts: pd.DataFrame, x: Objective, y: Objective) -> pd.DataFrame:
    """Return one row per genotype: the means of both columns, and `spread`, the deviation of `y`, 0 for one seed."""
    groups = facts.groupby(["genotype_space", "genotype"])
    return groups[[x.column, y.column]].mean().assign(spread=groups[y.column].std().fillna(0.0)).reset_index()
