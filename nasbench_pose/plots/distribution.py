"""Distributions of the cost of all members of search spaces."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from nasbench_pose.cost import Histogram
from nasbench_pose.large_numbers import scientific
from nasbench_pose.objective import Objective
from nasbench_pose.plots.labels import Label, name_points
from nasbench_pose.plots.style import FAINT, FAMILIES, INK, MARKERS, axes, axis_label, darker, dress, family

BIN = 20_000_000
"""Width of a bar, in MACs."""
LUCK = 1e-6
"""The share of members that a million uniform draws are expected to hit once."""
ROOM = 8
"""Powers of ten above 1, where the names of the spaces are written."""


@dataclass(frozen=True, slots=True)
class Landmark:
    """A named member: its space, its name and its MACs."""

    space: str
    name: str
    macs: int


def macs_distribution(
    spaces: Mapping[str, Histogram], landmarks: Sequence[Landmark], ax: Axes | None = None, *, title: str
) -> Axes:
    """Draw the share of each space's members by MACs, on a logarithmic scale; return `ax`.

    `spaces` maps names to exact distributions of MACs (`cost.histogram`); bars are 20 MMACs wide.
    """
    ax = axes(ax)
    labels, least = [], 0.1 / max(histogram.size for histogram in spaces.values())
    for number, (space, histogram) in enumerate(spaces.items()):
        colour = darker(FAMILIES.get(family(space), FAINT), (1.0, 0.6)[number % 2])
        edges = np.arange(histogram.minimum // BIN, histogram.maximum // BIN + 2) * BIN
        shares = (histogram.bins(edges) / histogram.size).astype(float)
        ax.step(edges / 1e6, [*shares, shares[-1]], where="post", color=colour, linewidth=1.5)
        ax.stairs(shares, edges / 1e6, baseline=least, fill=True, color=colour, alpha=0.12)
        middle = float(edges[np.argmax(shares)] + BIN / 2) / 1e6
        _write(ax, _size(space, histogram), (middle, 10**ROOM), colour, 9)
        for mark in (mark for mark in landmarks if mark.space == space):
            height = float(shares[mark.macs // BIN - edges[0] // BIN])
            marker = MARKERS.get(family(space), "o")
            ax.scatter(mark.macs / 1e6, height, s=46, color=colour, marker=marker, edgecolors="white", zorder=4)
            labels.append(Label(mark.macs / 1e6, height, _share(mark, histogram), INK, 8.5))
    ax.axhline(LUCK, color=FAINT, linewidth=0.9, linestyle=(0, (4, 3)))
    _write(ax, "one in a million uniform draws", (middle, LUCK * 0.7), FAINT, 8.5)
    _scale(ax, title, least)
    name_points(ax, labels)
    return ax


def _size(space: str, histogram: Histogram) -> str:
    low, high = histogram.minimum / 1e6, histogram.maximum / 1e6
    digits, power = scientific(histogram.size).split("e")
    return f"{space}\n{digits}×10$^{{{int(power)}}}$ members, {low:,.0f} to {high:,.0f} MMACs"


def _share(mark: Landmark, histogram: Histogram) -> str:
    cheaper = 100 * histogram.within(0, mark.macs - 1) / histogram.size
    return f"{mark.name}, {mark.macs / 1e6:,.0f} MMACs:\ndearer than {cheaper:.3g} % of its space"


def _write(ax: Axes, text: str, place: tuple[float, float], colour: str, size: float) -> None:
    ax.annotate(text, place, ha="center", va="top", fontsize=size, color=darker(colour), linespacing=1.4)


def _scale(ax: Axes, title: str, least: float) -> None:
    ax.set_yscale("log")
    ax.set(xlim=(0, None), ylim=(least, 10**ROOM), xlabel=axis_label(Objective("macs")))
    ax.set_ylabel(f"Share of the space's members, per {BIN // 10**6} MMACs")
    ax.set_yticks([10.0**power for power in range(0, int(np.log10(least)), -4)])
    ax.yaxis.set_minor_locator(NullLocator())
    dress(ax, title)
