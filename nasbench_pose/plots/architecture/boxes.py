"""Boxes with text, and arrows; all lengths are inches, and y increases downwards."""

from dataclasses import dataclass
from functools import cache
from textwrap import wrap
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path
from matplotlib.textpath import TextPath

from nasbench_pose.plots.architecture.blocks import Box
from nasbench_pose.plots.architecture.operations import DASHED, brief, colour_of
from nasbench_pose.plots.style import FAINT, INK, paler

POINT = 1 / 72
WORD, COST = 7.0, 6.2
"""Font sizes in a box, in points: of the words, and of the cost."""
HEIGHT = 0.46
LEAST_WIDTH = 0.44
AIR = 0.05
"""Distance between the text and the left and right sides of a box."""
LONGEST_LINE = 14
"""Most letters in a line of a box; longer text is wrapped."""
DIM = "#767676"
"""Text colour of blocks that both networks have."""
HEAD = "-|>,head_length=3.2,head_width=1.4"

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Rectangle:
    """The place of a box: its middle and its size."""

    x: float
    y: float
    width: float
    height: float = HEIGHT

    @property
    def left(self) -> Point:
        """The middle of the left side."""
        return self.x - self.width / 2, self.y

    @property
    def right(self) -> Point:
        """The middle of the right side."""
        return self.x + self.width / 2, self.y

    @property
    def top(self) -> Point:
        """The middle of the upper side."""
        return self.x, self.y - self.height / 2

    @property
    def bottom(self) -> Point:
        """The middle of the lower side."""
        return self.x, self.y + self.height / 2


@cache
def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width of a line of text with a font of `size` points, in inches."""
    if not text.strip():
        return 0.0
    font = FontProperties(weight="bold" if bold else "normal")
    outline = TextPath((0, 0), text, size=size, prop=font)
    # The curves of a letter touch the hull of their control points; solving for their extremes takes four times longer.
    across = outline.vertices[outline.codes != Path.CLOSEPOLY, 0]
    return float(np.ptp(across)) * POINT


def words(box: Box) -> list[str]:
    """Return the lines in a box: the operation, then the number of repetitions and the channels.

    >>> words(Box("a", "s", "bottleneck 1024", 36, (1024, 16, 12), 0))
    ['bottleneck', '×36 1024']
    """
    channels = box.label.removeprefix(box.operation).strip()
    times = f"×{box.times}" if box.times > 1 and not box.unit else ""
    lines = [line for part in brief(box.operation).split("\n") for line in wrap(part, LONGEST_LINE)]
    return [line for line in (*lines, f"{times} {channels}".strip()) if line]


def width(box: Box) -> float:
    """Return the width that a box needs for its text."""
    bold = box.differs is not None  # in a comparison, equal boxes have equal widths in both networks
    letters = [*(text_width(line, WORD, bold=bold) for line in words(box)), text_width(_short(box.macs), COST)]
    return max(LEAST_WIDTH, max(letters) + 2 * AIR)


def draw_box(ax: Axes, box: Box, place: Rectangle) -> None:
    """Draw a box with its words and its multiply-accumulates; bold if it differs, faint if both networks have it."""
    draw_frame(ax, place, colour_of(box.operation), dashed=box.operation in DASHED, differs=box.differs)
    ink = DIM if box.differs is False else INK
    lift = 0.07 if box.macs else 0.0
    weight = "bold" if box.differs else "normal"
    ax.text(place.x, place.y - lift, "\n".join(words(box)), ha="center", va="center", fontsize=WORD, color=ink,
            linespacing=1.0, fontweight=weight)  # fmt: skip
    if box.macs:
        ax.text(place.x, place.bottom[1] - 0.075, _short(box.macs), ha="center", va="center", fontsize=COST, color=ink)


def draw_frame(ax: Axes, place: Rectangle, colour: str, *, dashed: bool = False, differs: bool | None = None) -> None:
    """Draw a rounded rectangle."""
    left, top = place.x - place.width / 2, place.y - place.height / 2
    ax.add_patch(
        FancyBboxPatch(
            (left, top), place.width, place.height, boxstyle="round,pad=0,rounding_size=0.05",
            facecolor=paler(colour, 0.75) if differs is False else colour,
            edgecolor=INK if differs else paler(FAINT, 0.4) if differs is False else FAINT,
            linewidth=1.8 if differs else 0.8, linestyle="--" if dashed else "-",
        )
    )  # fmt: skip


def _short(macs: int) -> str:
    """Return multiply-accumulates with a unit; "" for 0."""
    if not macs:
        return ""
    return f"{macs / 1e9:.2f} G" if macs >= 1e9 else f"{macs / 1e6:.1f} M" if macs >= 1e6 else f"{macs / 1e3:.0f} k"


class Arrow(FancyArrowPatch):
    """An arrow along a path in inches, without a head if `head` is false."""

    def __init__(self, path: Path, *, colour: str, head: bool = True, **more: Any) -> None:
        style = HEAD if head else "-"
        super().__init__(path=path, arrowstyle=style, mutation_scale=1, color=colour, shrinkA=0, shrinkB=0, **more)
        self.line, self.colour, self.head = path, colour, head


def draw_arrow(ax: Axes, *points: Point, colour: str = FAINT, line: float = 0.8) -> None:
    """Draw an arrow along straight segments from point to point."""
    ax.add_patch(Arrow(Path(points), colour=colour, linewidth=line, joinstyle="miter", zorder=0.9))
