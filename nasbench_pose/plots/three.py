"""Three objectives: a plane with the third as colour, and the planes of all pairs."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.objective import Objective
from nasbench_pose.pareto import front
from nasbench_pose.plots.fronts import coordinates
from nasbench_pose.plots.shown import ShownFigure
from nasbench_pose.plots.style import FAINT, INK, axes, axis_label, caption, dress, scale_axes

ABOUT = "Circles: the front of all objectives, on which no network is worse than another in every one."


def coloured_plane(
    frame: pd.DataFrame,
    x: Objective,
    y: Objective,
    colour: Objective,
    ax: Axes | None = None,
    *,
    title: str = "Three objectives",
    bar: bool = True,
) -> Axes:
    """Scatter the rows over `x` and `y` in the colour of a third objective, with circles on their front; return `ax`.

    `frame` has a row per network or trial. Rows that lack one of the objectives are left out. `bar` adds the scale of
    the colours.

    >>> rows = pd.DataFrame({"macs": [1e6, 2e6], "val_pckh": [60.0, 75.0], "params": [9e3, 8e3]})
    >>> goals = Objective("macs"), Objective("val_pckh"), Objective("params")
    >>> coloured_plane(rows, *goals).get_title(loc="left")
    'Three objectives: 2 of 2 on the front'
    """
    ax = axes(ax, height=5.8)
    places = coordinates(frame, x, y, colour)
    known = np.isfinite(places).all(axis=1)
    best = front(frame, x, y, colour).to_numpy()
    third = places[known, 2]
    norm = (LogNorm if colour.metric.log and len(third) and third.min() > 0 else Normalize)(
        *((third.min(), third.max()) if len(third) else (0, 1))
    )
    across, up = places[:, 0], places[:, 1]
    dots = ax.scatter(across[known], up[known], s=16, c=third, norm=norm, cmap="viridis", linewidths=0, zorder=2)
    ax.scatter(across[best], up[best], s=46, facecolors="none", edgecolors=INK, linewidths=0.9, zorder=3)
    dress(scale_axes(ax, x, y), f"{title}: {best.sum()} of {known.sum()} on the front")
    if bar:
        ax.figure.colorbar(dots, ax=ax, label=axis_label(colour), shrink=0.85, format=lambda value, _: f"{value:g}")
    caption(ax, ABOUT)
    return ax


def pairs(frame: pd.DataFrame, objectives: Sequence[Objective], panels: Sequence[Axes] | None = None) -> Sequence[Axes]:
    """Draw the plane of each pair of objectives, with the front of all of them in each; return the axes.

    `panels` are as many axes as there are pairs; None: those of a new figure. Raises InvalidFileError for another
    number.
    """
    both = list(combinations(reversed(list(objectives)), 2))
    if panels is None:
        drawing = ShownFigure(figsize=(4.2 * len(both), 4.2), dpi=100, layout="constrained")
        panels = list(np.atleast_1d(drawing.subplots(1, len(both))))
    if len(panels) != len(both):
        raise InvalidFileError(f"{len(objectives)} objectives have {len(both)} pairs; {len(panels)} axes were given.")
    best = front(frame, *objectives).to_numpy()
    for ax, (x, y) in zip(panels, both, strict=True):
        across, up = coordinates(frame, x, y).T
        ax.scatter(across[~best], up[~best], s=9, color=FAINT, alpha=0.5, linewidths=0)
        ax.scatter(across[best], up[best], s=18, color=INK, zorder=3)
        dress(scale_axes(ax, x, y), "")
    panels[0].set_title(f"Pairs of objectives: {best.sum()} on the front of all", loc="left", fontsize=11, color=INK)
    return panels
