"""Pages: pictures at their own sizes, under a title."""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Protocol

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nasbench_pose.plots.architecture.boxes import text_width
from nasbench_pose.plots.shown import ShownFigure
from nasbench_pose.plots.style import FAINT, INK

MARGIN, LEADING = 0.12, 0.185
"""Margin of the page; distance of two lines of text."""
LEAST_WIDTH, WIDEST = 5.2, 10.0
"""Smallest and largest width of a page; pictures that need more width are placed below each other."""
HEADING, TEXT, SMALL = 11.0, 8.5, 7.5


class Picture(Protocol):
    """A drawing with a size."""

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        ...

    @property
    def caption(self) -> str:
        """The explanation below the drawing."""
        ...

    def draw(self, ax: Axes) -> Axes:
        """Draw it on axes whose unit is an inch, with 0, 0 at the upper left; return them."""
        ...


@dataclass(frozen=True)
class Panel:
    """A picture with a heading, which may be empty."""

    heading: str
    picture: Picture

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches, with the heading."""
        wide, high = self.picture.size
        return max(wide, text_width(self.heading, TEXT, bold=True)), high + LEADING * bool(self.heading)


def page(title: str, subtitle: Sequence[str], groups: Sequence[Sequence[Panel]]) -> Figure:
    """Return a figure: a title, the lines of the subtitle, the pictures and their captions.

    All pictures are in one row if there is room; else every group has a row; else every picture has a row.
    """
    panels = [panel for group in groups for panel in group]
    candidates = ([panels], groups, [[panel] for panel in panels])
    rows = next((rows for rows in candidates if _width(rows) <= WIDEST), candidates[-1])
    wide = max(_width(rows), LEAST_WIDTH)
    heading, lines = _lines([title], wide, HEADING), _lines(subtitle, wide, TEXT)
    notes = _lines(list(dict.fromkeys(panel.picture.caption for panel in panels)), wide, SMALL)
    heights = [max(panel.size[1] for panel in row) + MARGIN for row in rows]
    high = 3 * MARGIN + LEADING * (len(heading) + len(lines) + len(notes)) + sum(heights)
    figure = ShownFigure(figsize=(wide, high), dpi=100)
    y = _write(figure, heading, MARGIN, HEADING, INK, "bold") + 0.03
    y = _write(figure, lines, y, TEXT, INK) + MARGIN
    for row, height in zip(rows, heights, strict=True):
        _place(figure, row, y)
        y += height
    _write(figure, notes, y, SMALL, FAINT)
    return figure


def _width(rows: Sequence[Sequence[Panel]]) -> float:
    return max(sum(panel.size[0] + MARGIN for panel in row) for row in rows) + MARGIN


def _place(figure: Figure, row: Sequence[Panel], y: float) -> None:
    x = MARGIN
    for panel in row:
        _write(figure, [panel.heading] * bool(panel.heading), y, TEXT, INK, "bold", x)
        panel.picture.draw(_axes(figure, panel.picture.size, (x, y + panel.size[1] - panel.picture.size[1])))
        x += panel.size[0] + MARGIN


def _axes(figure: Figure, size: tuple[float, float], corner: tuple[float, float]) -> Axes:
    """Return axes of this size in inches, measured from the upper left of the page."""
    wide, high = figure.get_size_inches()
    (width, height), (x, y) = size, corner
    ax = figure.add_axes((x / wide, 1 - (y + height) / high, width / wide, height / high))
    ax.set(xlim=(0, width), ylim=(height, 0))
    ax.set_axis_off()
    return ax


def _lines(texts: Sequence[str], width: float, size: float) -> list[str]:
    """Return the texts wrapped to the width of a page; a letter is about two thirds as wide as it is high."""
    letters = int((width - 2 * MARGIN) * 72 / (size * 0.62))
    return [line for text in texts for line in wrap(text, letters)]


def _write(
    figure: Figure, lines: Sequence[str], y: float, size: float, colour: str, weight: str = "normal", x: float = MARGIN
) -> float:
    """Write lines, the first `y` inches below the upper edge; return the y of the next line."""
    wide, high = figure.get_size_inches()
    for line in lines:
        figure.text(x / wide, 1 - y / high, line, fontsize=size, color=colour, fontweight=weight, va="top")
        y += LEADING
    return y
