"""Fronts as staircases in a plane of two objectives."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from nasbench_pose.objective import Objective
from nasbench_pose.pareto import front
from nasbench_pose.plots.labels import Label, name_points
from nasbench_pose.plots.style import FAINT, INK, axes, dress, scale_axes


def coordinates(frame: pd.DataFrame, *objectives: Objective) -> NDArray[np.float64]:
    """Return the coordinates of each row in the units of the axes, shape (rows, objectives); NaN if not measured."""
    return np.stack([o.values(o.losses(frame)) / o.metric.scale for o in objectives], axis=1)


def corners(frame: pd.DataFrame, x: Objective, y: Objective) -> NDArray[np.float64]:
    """Return the members of the front, shape (members, 2), in the axes' units and from left to right."""
    best: NDArray[np.float64] = np.unique(coordinates(frame[front(frame, x, y)], x, y), axis=0)
    return best


def draw_front(frame: pd.DataFrame, x: Objective, y: Objective, ax: Axes, colour: str, width: float = 1.6) -> Axes:
    """Draw the front as a staircase: between two members, the worse of their two values of `y` is attained."""
    across, up = np.repeat(corners(frame, x, y), 2, axis=0).T
    across, up = (across[:-1], up[1:]) if x.maximise else (across[1:], up[:-1])
    ax.plot(across, up, color=colour, linewidth=width, zorder=1.5)
    return ax


def front_plane(
    frame: pd.DataFrame,
    x: Objective,
    y: Objective,
    ax: Axes | None = None,
    *,
    title: str = "Front",
    name: str | None = None,
) -> Axes:
    """Scatter all rows of a frame and draw the front of the non-dominated ones; return `ax`.

    `name` is a column whose text labels the members of the front. Rows with a missing measurement are left out.

    >>> from nasbench_pose.plots import figure
    >>> drawing, ax = figure()
    >>> trials = pd.DataFrame({"macs": [1e6, 2e6, 3e6], "val_pckh": [60, 75, 70]})
    >>> front_plane(trials, Objective("macs"), Objective("val_pckh", maximise=True), ax).get_title(loc="left")
    'Front: 2 of 3'
    """
    ax = axes(ax)
    across, up = coordinates(frame, x, y).T
    best = front(frame, x, y).to_numpy()
    ax.scatter(across[~best], up[~best], s=14, color=FAINT, alpha=0.5, linewidths=0)
    ax.scatter(across[best], up[best], s=26, color=INK, zorder=4)
    draw_front(frame, x, y, ax, INK)
    dress(scale_axes(ax, x, y), f"{title}: {best.sum()} of {np.isfinite(across + up).sum()}")
    if name is not None:
        texts = frame.loc[best, name].astype(str)
        name_points(ax, [Label(*at, INK, 8.5) for at in zip(across[best], up[best], texts, strict=True)])
    return ax
