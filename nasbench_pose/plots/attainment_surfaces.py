"""Attainment: which trade-offs a share of the searches of a strategy reach, and by how much two strategies differ."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from nasbench_pose.objective import Objective
from nasbench_pose.plots.effects import WORSE_BETTER
from nasbench_pose.plots.labels import Label, name_points
from nasbench_pose.plots.strategy_colours import spoken_names, strategy_colours
from nasbench_pose.plots.style import axes, caption, darker, dress, scale_axes

Points = NDArray[np.float64]


def attainment(
    surfaces: pd.DataFrame,
    x: Objective,
    y: Objective,
    ax: Axes | None = None,
    *,
    title: str = "Attainment",
    among: Iterable[str] = (),
) -> Axes:
    """Draw the median attainment surface of each strategy, and the outermost two percentiles as thin lines.

    `surfaces` is that of `stats.attainment_surfaces` of `x` and `y`. Half of the searches of a strategy reach each
    point of its median surface. `among` are all strategies of the comparison, so that they have the same colour and
    name in all its figures. Returns `ax`.
    """
    ax = axes(ax, height=5.8)
    if surfaces.empty:  # no search has a finished trial
        return dress(ax, title)
    known = dict.fromkeys([*map(str, surfaces["strategy"].unique()), *map(str, among)])
    colours, shown = strategy_colours(known), spoken_names(known)
    percentiles = sorted(surfaces["percentile"].unique())
    middle = min(percentiles, key=lambda percent: abs(percent - 50))
    labels, groups = [], surfaces.groupby("strategy")
    for number, (name, part) in enumerate(groups, start=1):
        colour = colours[str(name)]
        for percent in percentiles:
            across, up = _staircase(part[part["percentile"] == percent], x, y)
            if percent == middle:
                ax.plot(across, up, color=colour, linewidth=2.0, zorder=3)
                at = len(across) * number // (groups.ngroups + 1)
                labels.append(Label(across[at], up[at], shown[str(name)], darker(colour), 9.5, "bold"))
            elif percent in (percentiles[0], percentiles[-1]):
                ax.plot(across, up, color=colour, linewidth=0.8, linestyle="--", alpha=0.8, zorder=2)
    dress(scale_axes(ax, x, y), title)
    ends = f"{percentiles[0]:g} and {percentiles[-1]:g} %"
    caption(ax, f"Line: reached by {middle:g} % of a strategy's searches. Dashed: by {ends} of them.")
    name_points(ax, labels)
    return ax


def attainment_difference(
    rectangles: pd.DataFrame,
    first: str,
    second: str,
    x: Objective,
    y: Objective,
    ax: Axes | None = None,
    *,
    title: str = "Difference of attainment",
    among: Iterable[str] = (),
) -> Axes:
    """Draw where more searches of `first` (blue) or of `second` (orange) attain a point of the plane; return `ax`.

    `rectangles` is that of `stats.attainment_difference` of the two strategies and the objectives `x` and `y`. `among`
    is that of `attainment`.
    """
    ax = axes(ax, height=5.8)
    parts = rectangles[rectangles["share"] != 0]
    corners = parts[["x0", "y0", "x1", "y1"]].to_numpy(dtype=float)
    ends = [_end(corners[:, 0::2], x), _end(corners[:, 1::2], y)]
    patches = []
    for x0, y0, x1, y1 in corners:
        left, right = _units([x0, min(x1, ends[0])], x)
        low, high = _units([y0, min(y1, ends[1])], y)
        patches.append(Rectangle((left, low), right - left, high - low))
    drawn = PatchCollection(patches, cmap=WORSE_BETTER, linewidths=0)
    drawn.set_array(parts["share"].to_numpy(dtype=float))
    drawn.set_clim(-1, 1)
    ax.add_collection(drawn)
    ax.autoscale_view()
    shown = spoken_names(dict.fromkeys([first, second, *map(str, among)]))
    blue, orange = (" ".join(shown[name].split("\n")) for name in (first, second))
    dress(scale_axes(ax, x, y), title)
    caption(ax, f"Blue: where more searches of {blue} get. Orange: of {orange}.")
    ax.figure.colorbar(drawn, ax=ax, label="Difference of the shares of searches", shrink=0.8)
    return ax


def _staircase(points: pd.DataFrame, x: Objective, y: Objective) -> tuple[Points, Points]:
    """Return the corners of the surface in the units of the axes, from the best of `x` on."""
    ordered = points.iloc[np.argsort(x.losses(points), kind="stable")]
    across = np.repeat(ordered[x.column].to_numpy(dtype=float), 2) / x.metric.scale
    up = np.repeat(ordered[y.column].to_numpy(dtype=float), 2) / y.metric.scale
    return across[1:], up[:-1]


def _units(losses: list[float], objective: Objective) -> Points:
    """Return losses in the units of the axis."""
    return objective.values(np.asarray(losses)) / objective.metric.scale


def _end(losses: Points, objective: Objective) -> float:
    """Return where the figure ends in a direction in which rectangles do not: a tenth beyond the last finite corner.

    A cost of a logarithmic axis is drawn to a tenth more of itself, so that it stays positive.
    """
    finite = losses[np.isfinite(losses)]
    if not len(finite):
        return 0.0
    reach = abs(finite.max()) if objective.metric.log else np.ptp(finite)
    return float(finite.max() + 0.1 * reach)
