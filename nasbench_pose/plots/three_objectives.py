"""Three objectives: a plane with the third as colour, and the planes of all pairs."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.objective import Objective
from nasbench_pose.pareto import front, losses
from nasbench_pose.plots.baselines import draw_baselines
from nasbench_pose.plots.fronts import coordinates
from nasbench_pose.plots.labels import Label, name_points
from nasbench_pose.plots.shown import ShownFigure
from nasbench_pose.plots.style import FAINT, INK, axes, axis_label, caption, dress, scale_axes

ABOUT = "the front of all objectives, on which no network is worse than another in every one"


def coloured_plane(
    frame: pd.DataFrame,
    x: Objective,
    y: Objective,
    colour: Objective,
    ax: Axes | None = None,
    *,
    title: str = "Three objectives",
    bar: bool = True,
    baselines: pd.DataFrame | None = None,
) -> Axes:
    """Scatter the rows over `x` and `y` in the colour of a third objective, with circles on their front; return `ax`.

    `frame` has a row per network or trial. Rows that lack one of the objectives are left out. `bar` adds the scale of
    the colours. `baselines` are rows of hand-made networks (genotype, genotype_space and the objectives): named marks
    with the value of the third objective, which are no part of the front.

    >>> rows = pd.DataFrame({"macs": [1e6, 2e6], "val_pckh": [60.0, 75.0], "params": [9e3, 8e3]})
    >>> goals = Objective("macs"), Objective("val_pckh"), Objective("params")
    >>> coloured_plane(rows, *goals).texts[0].get_text()[:42]
    'Circles: 2 of 2 networks, the front of all'
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
    names = [] if baselines is None else _with_value(draw_baselines(_alone(baselines), ax, x, y), baselines, colour)
    dress(scale_axes(ax, x, y), title)
    if bar:
        scale = ax.figure.colorbar(dots, ax=ax, label=axis_label(colour), shrink=0.85)
        if isinstance(norm, LogNorm):
            scale.locator = LogLocator(subs=(1, 2, 5))
        scale.formatter = FuncFormatter(lambda value, _: f"{value:g}")
        scale.minorformatter = NullFormatter()
        scale.update_ticks()
    caption(ax, f"Circles: {best.sum()} of {known.sum()} networks, {ABOUT}.")
    name_points(ax, names)
    return ax


def pairs(
    frame: pd.DataFrame,
    objectives: Sequence[Objective],
    panels: Sequence[Axes] | None = None,
    *,
    title: str = "Pairs of objectives",
    baselines: pd.DataFrame | None = None,
) -> Sequence[Axes]:
    """Draw the plane of each pair of objectives, with the front of all of them in each; return the axes.

    Rows that lack one of the objectives are left out.
    `panels` are as many axes as there are pairs; None: those of a new figure, two in a row, with `title` above them.
    `baselines` are those of `coloured_plane`. Raises InvalidFileError for another number of axes.
    """
    both = list(combinations(reversed(list(objectives)), 2))
    panels = _panels(len(both), title) if panels is None else [axes(ax) for ax in np.ravel(np.asarray(panels))]
    if len(panels) != len(both):
        raise InvalidFileError(f"{len(objectives)} objectives have {len(both)} pairs; {len(panels)} axes were given.")
    frame = frame.iloc[np.flatnonzero(np.isfinite(losses(frame, *objectives)).all(axis=1))]
    best = front(frame, *objectives).to_numpy()
    drawn = []
    for ax, (x, y) in zip(panels, both, strict=True):
        across, up = coordinates(frame, x, y).T
        ax.scatter(across[~best], up[~best], s=9, color=FAINT, alpha=0.5, linewidths=0)
        ax.scatter(across[best], up[best], s=18, color=INK, zorder=3)
        names = [] if baselines is None else draw_baselines(_alone(baselines), ax, x, y, size=7.5)
        dress(scale_axes(ax, x, y), "")
        ax.xaxis.label.set_fontsize(7.5)
        ax.yaxis.label.set_fontsize(7.5)
        drawn.append((ax, names))
    caption(panels[-1], f"Black: {best.sum()} of {len(frame)} networks, {ABOUT}.", 64)
    for ax, names in drawn:
        name_points(ax, names)
    return panels


def _panels(count: int, title: str) -> list[Axes]:
    """Return the axes of a new figure, two in a row."""
    rows = -(-count // 2)
    drawing = ShownFigure(figsize=(8.0, 0.8 + 3.4 * rows), dpi=100, layout="constrained")
    found = list(drawing.subplots(rows, min(count, 2), squeeze=False).flat)
    for ax in found[count:]:
        ax.set_axis_off()
    drawing.suptitle(fill(title, 76), x=0.01, ha="left", fontsize=11, color=INK, fontweight="bold")
    return found[:count]


def _alone(baselines: pd.DataFrame) -> pd.DataFrame:
    """Return hand-made networks without their spread: frames of means have it under other names."""
    return baselines.assign(spread=0.0)


def _with_value(labels: list[Label], rows: pd.DataFrame, objective: Objective) -> list[Label]:
    """Return labels with the value of an objective in a second line."""
    texts = [f"{objective.metric.text(value)} {objective.metric.unit}".strip() for value in rows[objective.column]]
    return [replace(label, text=f"{label.text}\n{text}") for label, text in zip(labels, texts, strict=True)]
