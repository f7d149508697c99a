"""Drawings of networks with branches: a row for each resolution, and arrows between rows where branches are fused."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import networkx as nx
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from nasbench_pose.plots.architecture.blocks import Box
from nasbench_pose.plots.architecture.boxes import HEIGHT, Rectangle, draw_arrow, draw_box, text_width, width
from nasbench_pose.plots.architecture.grid import Grid, grid
from nasbench_pose.plots.style import FAINT, INK, paler

GAP, FAN = 0.13, 0.38
"""Distance of two columns: if all arrows are level, and if some lead up or down."""
SPREAD = 0.05
"""Distance of two arrows that leave or reach a box on the same side."""
LEADING = 0.62
"""Distance of two rows."""
HEAD = 0.36
"""Space above the first row, for the names of stages and the repetitions of units."""
LABEL = 7.5
UP, DOWN = "#D55E00", "#0072B2"
"""Colours of arrows to a higher and to a lower resolution."""


@dataclass(frozen=True)
class BranchesPicture:
    """The drawing of a network with branches."""

    boxes: "nx.DiGraph[Box]"

    @property
    def caption(self) -> str:
        """The explanation below the drawing."""
        text = "In a box: operation, channels, multiply-accumulates. At the left: size of the maps. "
        text += "Arrows: orange to a higher resolution, blue to a lower one."
        repeated = any(box.unit for box in self.boxes)
        return text + " ×n: n units in series, multiply-accumulates of all of them." * repeated

    @cached_property
    def place(self) -> dict[Box, Rectangle]:
        """The place of each box."""
        return {
            box: Rectangle(self._middles[column], self._y(self._grid.row[box]), self._widths[column])
            for box, column in self._grid.column.items()
        }

    @property
    def size(self) -> tuple[float, float]:
        """Width and height."""
        return self._middles[-1] + self._widths[-1] / 2 + 0.06, self._y(len(self._grid.names) - 1) + HEIGHT / 2 + 0.12

    def draw(self, ax: Axes) -> Axes:
        """Draw units, arrows, boxes and the names of rows and stages."""
        self._draw_units(ax)
        for source, target in self.boxes.edges:
            self._arrow(ax, source, target)
        for box, place in self.place.items():
            draw_box(ax, box, place)
        for row, name in enumerate(self._grid.names):
            ax.text(self._left - 0.1, self._y(row), name, ha="right", va="center", fontsize=LABEL, color=INK)
        self._draw_stages(ax)
        return ax

    def _y(self, row: int) -> float:
        return HEAD + HEIGHT / 2 + row * LEADING

    @cached_property
    def _grid(self) -> Grid:
        return grid(self.boxes)

    @cached_property
    def _columns(self) -> list[list[Box]]:
        columns: dict[int, list[Box]] = defaultdict(list)
        for box, column in self._grid.column.items():
            columns[column].append(box)
        return [columns[number] for number in range(max(columns) + 1)]

    @cached_property
    def _widths(self) -> list[float]:
        return [max(map(width, column)) for column in self._columns]

    @cached_property
    def _left(self) -> float:
        return max(text_width(name, LABEL) for name in self._grid.names) + 0.2

    @cached_property
    def _middles(self) -> list[float]:
        """The middle of each column."""
        middles, x = [], self._left
        for number, wide in enumerate(self._widths):
            middles.append(x + wide / 2)
            x += wide + (FAN if self._fans(number) else GAP)
        return middles

    def _fans(self, column: int) -> bool:
        """Return whether arrows lead up or down in the gap right of a column."""
        at, row = self._grid.column, self._grid.row
        return any(at[a] <= column < at[b] and row[a] != row[b] for a, b in self.boxes.edges)

    def _arrow(self, ax: Axes, source: Box, target: Box) -> None:
        start, end = self.place[source], self.place[target]
        finer = target.shape[1] - source.shape[1]
        colour = FAINT if source.differs is False and target.differs is False else UP if finer > 0 else DOWN
        (x0, y0), (x1, y1), bend = start.right, end.left, self._bend(target)
        if start.x == end.x:
            draw_arrow(ax, start.bottom, end.top, colour=colour)
        elif self._blocked(source, target):  # around the boxes between them, in the gap above the target's row
            above = end.top[1] - (LEADING - HEIGHT) / 2
            over = [(x0 + GAP * 0.7, above), (x1 - GAP, above)]
            draw_arrow(ax, (x0, y0 - SPREAD), *over, (x1, y1 - SPREAD), colour=colour)
        elif start.y == end.y:
            draw_arrow(ax, start.right, end.left)
        else:  # level to the gap before the target's column, then up or down in this gap
            turn = SPREAD * (self._grid.row[target] - self._grid.row[source])
            level = [(bend, y0 + turn)] if bend > x0 + 0.01 else []
            draw_arrow(ax, (x0, y0 + turn), *level, (x1, y1 - turn), colour=colour)

    def _blocked(self, source: Box, target: Box) -> bool:
        """Return whether a box stands between the two, in the row of the source."""
        at, row = self._grid.column, self._grid.row
        return any(at[source] < at[box] < at[target] and row[box] == row[source] for box in self.boxes)

    def _bend(self, target: Box) -> float:
        """Return the x at which the gap before a box begins."""
        column = self._grid.column[target] - 1
        return self._middles[column] + self._widths[column] / 2

    def _draw_units(self, ax: Axes) -> None:
        """Draw a pane behind each repeated unit, with the number of repetitions."""
        for unit in dict.fromkeys(box.unit for box in self.boxes if box.unit):
            members = [box for box in self.boxes if box.unit == unit]
            left, right = self._span(members)
            ys = [self.place[box].y for box in members]
            top, bottom = min(ys) - HEIGHT / 2 - 0.06, max(ys) + HEIGHT / 2 + 0.06
            pane = FancyBboxPatch(
                (left - 0.05, top), right - left + 0.1, bottom - top, boxstyle="round,pad=0,rounding_size=0.06",
                facecolor=paler(FAINT, 0.85), edgecolor=FAINT, linewidth=0.6, linestyle=":", zorder=0.5,
            )  # fmt: skip
            ax.add_patch(pane)
            text = f"×{members[0].times}"
            ax.text(right + 0.03, top - 0.02, text, ha="right", va="bottom", fontsize=8, color=INK, fontweight="bold")

    def _draw_stages(self, ax: Axes) -> None:
        """Write the names of the stages above their columns, each with a line across the stage."""
        for stage, members in self._stages():
            left, right = self._span(members)
            ax.plot([left, right], [0.17, 0.17], color=FAINT, linewidth=0.8)
            ax.text((left + right) / 2, 0.13, stage, ha="center", va="bottom", fontsize=LABEL, color=INK)

    def _stages(self) -> Iterator[tuple[str, list[Box]]]:
        """Yield the stages with their boxes, without the image and without boxes below those of an earlier stage."""
        for stage in list(dict.fromkeys(box.stage for box in self.boxes))[1:]:
            members = [box for box in self.boxes if box.stage == stage]
            yield stage, [box for box in members if box not in self._grid.below] or members

    def _span(self, members: list[Box]) -> tuple[float, float]:
        return min(self.place[box].left[0] for box in members), max(self.place[box].right[0] for box in members)
