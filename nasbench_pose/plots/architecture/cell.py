"""Drawings of cells in the style of DARTS: nodes, and operations on the edges between them."""

import itertools
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from matplotlib.axes import Axes
from matplotlib.patches import Circle
from matplotlib.path import Path

from nasbench_pose.plots.architecture.boxes import DIM, Arrow, Point, Rectangle, draw_frame
from nasbench_pose.plots.architecture.cell_layout import (
    END,
    ENDS,
    OPERATION,
    OUTPUT,
    RADIUS,
    WORD,
    CellLayout,
    Link,
    State,
)
from nasbench_pose.plots.architecture.operations import DASHED, brief, colour_of
from nasbench_pose.plots.style import FAINT, INK, darker, paler
from nasbench_pose.spaces.cell_wiring import Cell

CAPTION = (
    "c(k−2), c(k−1): outputs of the two cells before; each node is the sum of the operations on its edges, and has the "
    "number it has in the genes; c(k): the nodes that lead to it, concatenated. sep: separable convolution, dil: "
    "dilated separable convolution, max and avg: pooling."
)


@dataclass(frozen=True)
class CellPicture:
    """The drawing of a cell, left to right; edges in `differing` are marked and all others faint, unless it is None."""

    cell: Cell
    differing: Collection[tuple[int, int]] | None = None
    """(node, place) of the edges in which another cell differs."""
    caption: str = CAPTION
    least: float = 0.0
    """Least width of the operations; see CellLayout."""

    @property
    def size(self) -> tuple[float, float]:
        """Width and height."""
        return self._layout.size

    @cached_property
    def _layout(self) -> CellLayout:
        return CellLayout(self.cell, self.least)

    def draw(self, ax: Axes) -> Axes:
        """Draw edges, operations and nodes."""
        self._draw_outputs(ax)
        for link in self.links:
            dashed = self._layout.links[link][0] in DASHED
            self.draw_to_operation(ax, link, self._colour(link), dashed=dashed)
            self.draw_from_operation(ax, link, self._colour(link))
            self.draw_operation(ax, link)
        return self._draw_nodes(ax)

    @property
    def links(self) -> Sequence[Link]:
        """The edges into the nodes."""
        return list(self._layout.links)

    def draw_frame(self, ax: Axes) -> Axes:
        """Draw the nodes, the inputs and the output with the edges into it."""
        self._draw_outputs(ax)
        return self._draw_nodes(ax)

    def _draw_outputs(self, ax: Axes) -> None:
        for number in self.cell.concat:
            self._draw_output(ax, State(number))

    def _draw_nodes(self, ax: Axes) -> Axes:
        for number in range(2, 2 + len(self.cell.nodes)):
            x, y = self._layout.node(State(number))
            ax.add_patch(Circle((x, y), RADIUS, facecolor="white", edgecolor=INK, linewidth=0.9))
            ax.text(x, y, str(number), ha="center", va="center_baseline", fontsize=WORD, color=INK)
        for state, text in zip(ENDS, ("c$_{k-2}$", "c$_{k-1}$", "c$_k$"), strict=True):
            place = Rectangle(*self._layout.node(state), *END)
            draw_frame(ax, place, "white")
            ax.text(place.x, place.y, text, ha="center", va="center", fontsize=8.5, color=INK)
        return ax

    def _draw_output(self, ax: Axes, state: State) -> None:
        x, y = self._layout.node(OUTPUT)
        self._draw_path(ax, state, self._layout.passes(state, OUTPUT), (x - END[0] / 2, y), paler(FAINT, 0.35))

    def _colour(self, link: Link) -> str:
        colour = colour_of_edge(self._layout.links[link][0])
        return paler(colour, 0.6 if self._differs(link) is False else 0.0)

    def draw_to_operation(self, ax: Axes, link: Link, colour: str, *, dashed: bool = False) -> None:
        """Draw the first half of an edge, from what it reads to its operation."""
        source, (x, y) = State(self._layout.links[link][1]), self._layout.operation(link)
        passes = self._layout.passes(source, State(link.node))
        self._draw_path(ax, source, passes, (x - self._layout.wide / 2, y), colour, dashed=dashed, head=False)

    def draw_from_operation(self, ax: Axes, link: Link, colour: str) -> None:
        """Draw the second half of an edge, from its operation to the node."""
        (x, y), (x1, y1) = self._layout.operation(link), self._layout.node(State(link.node))
        turn = RADIUS * 0.6 * (y > y1) - RADIUS * 0.6 * (y < y1)
        points = [(x + self._layout.wide / 2, y), (x1 - RADIUS * 0.85, y1 + turn)]
        _draw_curve(ax, points, colour, dashed=False, head=True)

    def _draw_path(
        self,
        ax: Axes,
        source: State,
        passes: Sequence[tuple[Point, Point]],
        end: Point,
        colour: str,
        *,
        dashed: bool = False,
        head: bool = True,
    ) -> None:
        x, y = self._layout.node(source)
        start = (x + (END[0] / 2 if source in ENDS else RADIUS), y)
        points = [start, *(point for both in passes for point in both), end]
        _draw_curve(ax, points, colour, dashed=dashed, head=head)

    def _differs(self, link: Link) -> bool | None:
        return None if self.differing is None else link in self.differing

    def draw_operation(self, ax: Axes, link: Link, word: str | None = None) -> None:
        """Draw the operation of an edge, or another one in its place."""
        word, differs = word or self._layout.links[link][0], self._differs(link)
        place = Rectangle(*self._layout.operation(link), self._layout.wide, OPERATION)
        draw_frame(ax, place, colour_of(word), dashed=word in DASHED, differs=differs)
        ax.text(place.x, place.y, brief(word), ha="center", va="center", fontsize=WORD,
                color=DIM if differs is False else INK, fontweight="bold" if differs else "normal")  # fmt: skip


def colour_of_edge(operation: str) -> str:
    """Return the colour of an edge with this operation."""
    return FAINT if operation in DASHED else darker(colour_of(operation), 0.85)


def _draw_curve(ax: Axes, points: Sequence[Point], colour: str, *, dashed: bool, head: bool) -> None:
    """Draw an edge: curved segments between layers and level segments through layers, in turn."""
    vertices, codes = [points[0]], [Path.MOVETO]
    for number, ((x0, y0), (x1, y1)) in enumerate(itertools.pairwise(points)):
        if number % 2:
            vertices.append((x1, y1))
            codes.append(Path.LINETO)
        else:
            middle = (x0 + x1) / 2
            vertices += [(middle, y0), (middle, y1), (x1, y1)]
            codes += [Path.CURVE4] * 3
    style = "--" if dashed else "-"
    ax.add_patch(Arrow(Path(vertices, codes), colour=colour, head=head, linewidth=1.1, linestyle=style, zorder=0.8))
