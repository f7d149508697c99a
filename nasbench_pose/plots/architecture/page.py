"""Pictures on a page: each at its own size, under a title."""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Protocol

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nasbench_pose.plots.architecture.boxes import text_width
from nasbench_pose.plots.style import FAINT, INK

MARGIN, LEADING = 0.12, 0.185
"""Around everything; from line to line of the texts."""
LEAST_WIDTH, WIDEST = 5.2, 10.0
"""Of a page; pictures that would make it wider than that stand below each other."""
HEADING, TEXT, SMALL = 11.0, 8.5, 7.5


class Picture(Protocol):
    """Something to draw that knows how large it is."""

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        ...

    @property
    def caption(self) -> str:
        """What a reader must know to read it."""
        ...

    def draw(self, ax: Axes) -> Axes:
        """Draw it on axes whose unit is an inch, with 0, 0 at the upper left; return them."""
        ...


@dataclass(frozen=True)
class Panel:
    """A picture under a line of its own, which may be empty."""

    heading: str
    picture: Picture

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches, with the heading."""
        wide, high = self.picture.size
        return max(wide, text_width(self.heading, TEXT, bold=True)), high + LEADING * bool(self.heading)


def page(title: str, about: Sequence[str], groups: Sequence[Sequence[Panel]]) -> Figure:
    """Return a figure: a title, lines `about` it, the pictures, and what a reader must know.

    Everything stands side by side if there is room, else every group, else every picture has a row of its own.
    """
    panels = [panel for group in groups for panel in group]
    candidates = ([panels], groups, [[panel] for panel in panels])
    rows = next((rows for rows in candidates if _width(rows) <= WIDEST), candidates[-1])
    wide = max(_width(rows), LEAST_WIDTH)
    heading, lines = _lines([title], wide, HEADING), _lines(about, wide, TEXT)
    notes = _lines(list(dict.fromkeys(panel.picture.caption for panel in panels)), wide, SMALL)
    heights = [max(panel.size[1] for panel in row) + MARGIN for row in rows]
    high = 3 * MARGIN + LEADING * (len(heading) + len(lines) + len(notes)) + sum(heights)
    figure = Figure(figsize=(wide, high), dpi=100)
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
    """Return the texts in lines that fit on a page so wide: a letter is two thirds as wide as it is high."""
    letters = int((width - 2 * MARGIN) * 72 / (size * 0.62))
    return [line for text in texts for line in wrap(text, letters)]


def _write(
    figure: Figure, lines: Sequence[str], y: float, size: float, colour: str, weight: str = "normal", x: float = MARGIN
) -> float:
    """Write lines from `y` inches below the upper edge on; return where the next one would stand."""
    wide, high = figure.get_size_inches()
    for line in lines:
        figure.text(x / wide, 1 - y / high, line, fontsize=size, color=colour, fontweight=weight, va="top")
        y += LEADING
    return y
