"""Drawings as shared symbols: each element and each column of boxes is stored once; a drawing is places of these.

Thousands of networks of one space consist of the same boxes, words and arrows, often below each other in the same
columns. Tables of these and three numbers for each column take a thousandth of as many SVG files.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.patches import Circle, FancyBboxPatch, Patch
from matplotlib.path import Path

from nasbench_pose.plots.architecture.boxes import Arrow, Point
from nasbench_pose.plots.architecture.page import MARGIN, Picture
from nasbench_pose.plots.style import INK

DOTS = 100
"""Units of a drawing in an inch."""
POINT = DOTS / 72
OPEN = "#0000fe"
"""Colour of an edge that gets its colour where the drawing is shown: `currentColor` in SVG."""
ANCHORS = {"left": "start", "center": "middle", "right": "end"}
SUBSCRIPTS = {"c$_{k-2}$": "cₖ₋₂", "c$_{k-1}$": "cₖ₋₁", "c$_k$": "cₖ"}
"""Text in matplotlib's mathematical notation -> the same in Unicode."""


@dataclass(frozen=True)
class Placed:
    """A drawing: its size in units, and the number and the place of each pattern, one after the other."""

    width: int
    height: int
    places: tuple[int, ...]


Found = tuple[float, int, int, int]
"""(order, number, x, y) of an element."""


@dataclass
class Symbols:
    """The elements of several drawings as SVG, each drawn around 0, 0.

    >>> from nasbench_pose.plots.architecture.picture import network_picture
    >>> from nasbench_pose.spaces import find, load
    >>> space, symbols = load("efficientpose_micro"), Symbols()
    >>> drawn = [symbols.place([network_picture(space.graph(member))]) for member in space.named.values()]
    >>> len(symbols.patterns) < sum(len(one.places) / 3 for one in drawn)
    True
    """

    elements: dict[str, int] = field(default_factory=dict)
    """SVG of an element -> its number."""
    patterns: dict[tuple[int, ...], int] = field(default_factory=dict)
    """Number and place of each element of a pattern, one after the other -> the number of the pattern."""

    def place(self, pictures: Sequence[Picture]) -> Placed:
        """Return a drawing of pictures, one below the other; new elements and patterns are added."""
        places, height, width = list[int](), MARGIN, 0.0
        for picture in pictures:
            places += self.places(picture.draw, top=height)
            wide, high = picture.size
            width, height = max(width, wide), height + high + MARGIN
        return Placed(round(width * DOTS), round(height * DOTS), tuple(places))

    def places(self, draw: Callable[[Axes], object], *, top: float = 0.0) -> list[int]:
        """Return the number and the place of each pattern of what `draw` draws on axes, one after the other."""
        return [value for column in _columns(self._record(draw, top)) for value in self._placed(column)]

    def pattern(self, draw: Callable[[Axes], object]) -> tuple[int, int, int]:
        """Return the number and the place of what `draw` draws on axes, all of it as one pattern."""
        return self._placed(self._record(draw, 0.0))

    def _record(self, draw: Callable[[Axes], object], top: float) -> list[Found]:
        recorder = _Recorder(self, top)
        draw(cast(Axes, recorder))
        return recorder.found

    def _placed(self, together: Sequence[Found]) -> tuple[int, int, int]:
        """Return the number of a pattern, and its place: that of its leftmost and that of its uppermost element."""
        left, top = min(found[2] for found in together), min(found[3] for found in together)
        ordered = sorted(together, key=lambda found: found[0])
        inside = tuple(value for _, number, x, y in ordered for value in (number, x - left, y - top))
        return self.patterns.setdefault(inside, len(self.patterns)), left, top

    def number(self, element: str) -> int:
        """Return the number of an element; a new one is added."""
        return self.elements.setdefault(element, len(self.elements))


@dataclass
class _Recorder:
    """Stands for axes while a picture draws: takes down what it is told to draw."""

    symbols: Symbols
    top: float
    found: list[Found] = field(default_factory=list)

    def add_patch(self, patch: Patch) -> None:
        """Take down a box, a circle or an arrow."""
        if isinstance(patch, Arrow):
            x, y = map(float, np.asarray(patch.line.vertices)[0])
            self._add(_arrow(patch), x, y, patch.get_zorder())
        elif isinstance(patch, FancyBboxPatch):
            x, y = patch.get_x(), patch.get_y()
            size = f'width="{_n(patch.get_width())}" height="{_n(patch.get_height())}" rx="5"'
            self._add(f"<rect {size} {_paint(patch)}/>", x, y, patch.get_zorder())
        elif isinstance(patch, Circle):
            x, y = cast(Point, patch.get_center())
            self._add(f'<circle r="{_n(patch.get_radius())}" {_paint(patch)}/>', x, y, patch.get_zorder())

    def plot(self, xs: Sequence[float], ys: Sequence[float], *, color: str, **_: Any) -> None:
        """Take down a level line."""
        self._add(f'<path d="M0 0H{_n(xs[1] - xs[0])}" stroke="{color}"/>', xs[0], ys[0], 1.0)

    def text(
        self, x: float, y: float, text: str, *, ha: str, va: str, fontsize: float, color: str = INK,
        fontweight: str = "normal", **_: Any,
    ) -> None:  # fmt: skip
        """Take down lines of text."""
        size = fontsize * POINT
        lines = [SUBSCRIPTS.get(line, line) for line in text.split("\n")]
        first = 0.36 * size - (len(lines) - 1) * size / 2 if va.startswith("center") else -size * (len(lines) - 1)
        bold = ' font-weight="bold"' if fontweight == "bold" else ""
        spans = "".join(
            f'<tspan x="0" y="{first + row * size:.1f}">{escape(line)}</tspan>' for row, line in enumerate(lines)
        )
        style = f'font-size="{size:.1f}" text-anchor="{ANCHORS[ha]}" fill="{color}"{bold}'
        self._add(f"<text {style}>{spans}</text>", x, y, 3.0)

    def _add(self, element: str, x: float, y: float, order: float) -> None:
        self.found.append((order, self.symbols.number(element), round(x * DOTS), round((y + self.top) * DOTS)))


def _columns(found: Sequence[Found]) -> Iterator[list[Found]]:
    """Yield the elements at each x, from left to right: first what is behind, then what covers it."""
    columns: dict[tuple[float, int], list[Found]] = defaultdict(list)
    for each in found:
        columns[each[0], each[2]].append(each)
    for place in sorted(columns):
        yield columns[place]


def _arrow(arrow: Arrow) -> str:
    """Return the line of an arrow, and its head, which points along the last segment."""
    path, vertices = arrow.line, np.asarray(arrow.line.vertices, dtype=np.float64)
    start = vertices[0]
    letters = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE4: "C"}
    parts = [
        letters[code] + " ".join(map(_n, (points.reshape(-1, 2) - start).ravel()))
        for points, code in path.iter_segments(simplify=False)
    ]
    dashes = ' stroke-dasharray="4 3"' if arrow.get_linestyle() in ("--", "dashed") else ""
    colour = "currentColor" if arrow.colour == OPEN else arrow.colour
    line = f'<path d="{"".join(parts)}" fill="none" stroke="{colour}"{dashes}/>'
    before, end = (vertices[-2:] - start).tolist()
    return f"<g>{line}{_head(before, end, colour)}</g>" if arrow.head else line


def _head(before: Point, end: Point, colour: str) -> str:
    dx, dy = end[0] - before[0], end[1] - before[1]
    length = (dx * dx + dy * dy) ** 0.5 or 1.0
    (ux, uy), (x, y) = (dx / length, dy / length), (end[0] * DOTS, end[1] * DOTS)
    corners = [(x, y), (x - 5 * ux - 2.2 * uy, y - 5 * uy + 2.2 * ux), (x - 5 * ux + 2.2 * uy, y - 5 * uy - 2.2 * ux)]
    return f'<path d="M{"L".join(f"{a:.0f} {b:.0f}" for a, b in corners)}Z" fill="{colour}"/>'


def _paint(patch: Patch) -> str:
    dashes = {"--": ' stroke-dasharray="4 3"', ":": ' stroke-dasharray="1.5 2"'}.get(str(patch.get_linestyle()), "")
    fill, stroke = to_hex(patch.get_facecolor()), to_hex(patch.get_edgecolor())
    return f'fill="{fill}" stroke="{stroke}" stroke-width="{patch.get_linewidth():g}"{dashes}'


def _n(inches: float) -> str:
    return f"{inches * DOTS:.0f}"
