"""Drawings of chains: a row of boxes for each stage, read like lines of text."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import networkx as nx
from matplotlib.axes import Axes

from nasbench_pose.plots.architecture.blocks import LONGEST_ROW, Box
from nasbench_pose.plots.architecture.boxes import (
    HEIGHT,
    LEAST_WIDTH,
    Rectangle,
    draw_arrow,
    draw_box,
    text_width,
    width,
)
from nasbench_pose.plots.style import INK

GAP, LEADING, BETWEEN_STAGES = 0.13, 0.60, 0.08
"""Distance of two boxes; of two rows; additional distance of two stages."""
LABEL = 7.5
CAPTION = "In a box: operation, channels, multiply-accumulates. At the left: channels and size of the maps."


@dataclass(frozen=True)
class ChainPicture:
    """The drawing of a chain in rows of at most `columns` boxes."""

    boxes: Sequence[Box]
    columns: int = LONGEST_ROW
    caption: str = CAPTION
    least: Mapping[str, float] = field(default_factory=dict)
    """Stage -> least width of its boxes, so that several networks have their boxes at the same places."""

    @cached_property
    def place(self) -> dict[Box, Rectangle]:
        """The place of each box."""
        places: dict[Box, Rectangle] = {}
        for y, row in self._rows:
            wide, x = self._widths[row[0].stage], self._left
            for box in row:
                places[box] = Rectangle(x + wide / 2, y, wide)
                x += wide + GAP
        return places

    @property
    def size(self) -> tuple[float, float]:
        """Width and height."""
        right = max(place.right[0] for place in self.place.values())
        return right + 0.05, self._rows[-1][0] + HEIGHT / 2 + 0.05

    def draw(self, ax: Axes) -> Axes:
        """Draw the boxes, the arrows between them and the names of the stages."""
        self._draw_arrows(ax)
        self.draw_boxes(ax, self.boxes)
        return self._draw_names(ax)

    def draw_boxes(self, ax: Axes, boxes: Iterable[Box]) -> Axes:
        """Draw some of the boxes."""
        for box in boxes:
            draw_box(ax, box, self.place[box])
        return ax

    def draw_frame(self, ax: Axes) -> Axes:
        """Draw the arrows between the boxes and the names of the stages."""
        self._draw_arrows(ax)
        return self._draw_names(ax)

    def _draw_arrows(self, ax: Axes) -> None:
        for before, box in itertools.pairwise(self.boxes):
            self._arrow(ax, self.place[before], self.place[box])

    def _draw_names(self, ax: Axes) -> Axes:
        for stage in self._stages:
            heights = [self.place[box].y for box in stage]
            middle = (heights[0] + heights[-1]) / 2
            label = f"{stage[0].stage}\n{_shape(stage[-1])}"
            ax.text(self._left - 0.1, middle, label, ha="right", va="center", fontsize=LABEL, color=INK)
        return ax

    @cached_property
    def _stages(self) -> list[list[Box]]:
        return [list(run) for _, run in itertools.groupby(self.boxes, key=lambda box: box.stage)]

    @cached_property
    def _rows(self) -> list[tuple[float, list[Box]]]:
        """Return the height of each row and its boxes; a stage has several if it is long."""
        rows, y = [], HEIGHT / 2 + 0.05
        for stage in self._stages:
            lines = -(-len(stage) // self.columns)
            share = -(-len(stage) // lines)  # the rows of a stage have equal lengths
            for start in range(0, len(stage), share):
                rows.append((y, stage[start : start + share]))
                y += LEADING
            y += BETWEEN_STAGES
        return rows

    @cached_property
    def _widths(self) -> dict[str, float]:
        """The width of the boxes of each stage."""
        return {stage[0].stage: max(self.least.get(stage[0].stage, 0.0), *map(width, stage)) for stage in self._stages}

    @cached_property
    def _left(self) -> float:
        texts = [text for stage in self._stages for text in (stage[0].stage, _shape(stage[-1]))]
        return max(text_width(text, LABEL) for text in texts) + 0.2

    def _arrow(self, ax: Axes, start: Rectangle, end: Rectangle) -> None:
        """Draw an arrow to the next box; an arrow to the next row goes from the bottom to the top of the boxes."""
        if start.y == end.y:
            draw_arrow(ax, start.right, end.left)
            return
        x, top = self._left + LEAST_WIDTH / 2, end.top[1]  # equal for all rows, so that few arrows need a corner
        out = x if start.left[0] < x < start.right[0] and end.x - start.x > -GAP else start.x
        middle = (start.bottom[1] + top) / 2 - 0.015
        corners = [] if out == x else [(out, middle), (x, middle)]
        draw_arrow(ax, (out, start.bottom[1]), *corners, (x, top))


def is_chain(boxes: "nx.DiGraph[Box]") -> bool:
    """Return whether every box has at most one arrow in and one out."""
    return all(boxes.in_degree(box) <= 1 and boxes.out_degree(box) <= 1 for box in boxes)


def _shape(box: Box) -> str:
    channels, height, wide = box.shape
    return f"{channels} × {height}×{wide}"
