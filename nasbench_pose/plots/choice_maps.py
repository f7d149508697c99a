"""Heat maps of the choices of several networks: options by genes, darker for larger shares."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from nasbench_pose.plots.shown import ShownFigure
from nasbench_pose.plots.style import FAINT, INK, axes

SHADES = LinearSegmentedColormap.from_list("shares", ["#FFFFFF", "#9CC9E8", "#0072B2"])
NOT_THERE = "#E4E4E4"
CELL, LETTER = (0.42, 0.27), 0.078
"""Inches: smallest width of a cell and its height; width of a letter."""
PAGE, GAP, HEAD, FOOT = 8.0, 0.3, 0.85, 0.3
"""Inches: width of a page, distance of two maps, space for the title, space below a map for the names of genes."""
NOTE = "Percent of the networks that have an option (rows) in a gene (columns); grey: it is no option there."


def choices(frames: Sequence[pd.DataFrame], *, title: str) -> Figure:
    """Return a figure with a heat map for each frame of shares in percent, as `report.choices.choice_shares` returns.

    All cells have the same height; small maps are placed side by side.
    """
    maps = [part for frame in frames for part in _cut(frame)]
    places, width, height = _shelves(maps)
    drawing = ShownFigure(figsize=(width, height), dpi=100)
    drawing.text(0.15 / width, 1 - 0.12 / height, title, ha="left", va="top", fontsize=11, fontweight="bold", color=INK)
    drawing.text(0.15 / width, 1 - 0.56 / height, NOTE, ha="left", va="top", fontsize=8, color=FAINT)
    for frame, (left, top) in zip(maps, places, strict=True):
        wide, high = _column(frame) * frame.shape[1], CELL[1] * len(frame)
        corner = ((left + _room(frame)) / width, 1 - (top + high) / height)
        choice_map(frame, drawing.add_axes((*corner, wide / width, high / height)))
    return drawing


def _shelves(maps: Sequence[pd.DataFrame]) -> tuple[list[tuple[float, float]], float, float]:
    """Return the upper left corner of each map, in inches, and the size of the page; maps are wrapped into rows."""
    places, x, y, row, right = [], 0.1, HEAD, 0.0, PAGE
    for frame in maps:
        wide = _room(frame) + _column(frame) * frame.shape[1]
        if x > 0.1 and x + wide > PAGE:
            x, y, row = 0.1, y + row, 0.0
        places.append((x, y))
        x, row = x + wide + GAP, max(row, CELL[1] * len(frame) + FOOT + 0.12)
        right = max(right, x - GAP + 0.12)
    return places, right, y + row


def _column(frame: pd.DataFrame) -> float:
    """Return the width of a column: that of a cell, or of the longest gene name if it is wider."""
    return max(CELL[0], LETTER * max(map(len, frame.columns)) + 0.08)


def _room(frame: pd.DataFrame) -> float:
    """Return the width of the longest option name."""
    return LETTER * max(len(str(word)) for word in frame.index) + 0.15


def _cut(frame: pd.DataFrame) -> list[pd.DataFrame]:
    """Cut a frame into pieces of equal width, none wider than a page."""
    pieces = -(-frame.shape[1] * _column(frame) // (PAGE - _room(frame)))
    wide = -(-frame.shape[1] // int(pieces))
    return [frame.iloc[:, start : start + wide] for start in range(0, frame.shape[1], wide)]


def choice_map(frame: pd.DataFrame, ax: Axes | None = None, *, title: str = "") -> Axes:
    """Draw the shares in percent of options (rows) in genes (columns), as `report.choices.choice_shares` returns them.

    >>> ax = choice_map(pd.DataFrame({"b1": [75.0, 25.0], "b2": [100.0, float("nan")]}, index=["k3", "k5"]))
    >>> [text.get_text() for text in ax.texts]
    ['75', '100', '25']
    """
    ax = axes(ax)
    shares = frame.to_numpy(dtype=float)
    ax.set_facecolor(NOT_THERE)
    ax.pcolormesh(np.ma.masked_invalid(shares), cmap=SHADES, vmin=0, vmax=100, edgecolors="white", linewidth=1)
    for (row, column), share in np.ndenumerate(shares):
        if share > 0:
            colour = "white" if share > 60 else INK
            ax.text(column + 0.5, row + 0.5, f"{share:.0f}", ha="center", va="center", fontsize=8, color=colour)
    ax.set(xlim=(0, shares.shape[1]), ylim=(shares.shape[0], 0))
    ax.set_xticks(np.arange(shares.shape[1]) + 0.5, frame.columns, fontsize=8)
    ax.set_yticks(np.arange(shares.shape[0]) + 0.5, [str(word).replace("_", " ") for word in frame.index], fontsize=8)
    ax.tick_params(length=0, colors=INK)
    ax.spines[:].set_color(FAINT)
    if title:
        ax.set_title(title, loc="left", fontsize=11, color=INK, fontweight="bold")
    return ax
