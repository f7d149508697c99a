"""Columns and rows of networks with branches: a row for each resolution, and every box right of its inputs."""

from dataclasses import dataclass

import networkx as nx

from nasbench_pose.plots.architecture.blocks import Box


@dataclass(frozen=True)
class Grid:
    """The column and the row of each box."""

    column: dict[Box, int]
    row: dict[Box, int]
    """From 0 at the top, the highest resolution."""
    names: tuple[str, ...]
    """Name of each row: the size of the maps; "" for a row that continues the one above."""
    below: frozenset[Box]
    """Boxes in the same column as their input, below it."""


def grid(boxes: "nx.DiGraph[Box]") -> Grid:
    """Return columns and rows.

    A box that opens a lower resolution stands below its input. All others stand right of their inputs and of the stage
    before, and as far to the right as their stage and their readers allow, so that the branches of a unit are aligned.
    """
    heights = sorted({box.shape[1:] for box in boxes if not _is_vector(box)}, reverse=True)
    level: dict[Box, int] = {}
    for box in boxes:
        sources = [level[source] for source in boxes.predecessors(box)]
        level[box] = min(sources) if _is_vector(box) and sources else heights.index(box.shape[1:])
    below = _below(boxes, level)
    column = _columns(boxes, below)
    row, names = _rows(level, column, [f"{height}×{width}" for height, width in heights])
    return Grid(column, row, names, frozenset(below))


def _is_vector(box: Box) -> bool:
    """Return whether the output is a vector, without a size; such a box stands in the row of its inputs."""
    return box.shape[1] == 1


def _below(boxes: "nx.DiGraph[Box]", level: dict[Box, int]) -> dict[Box, Box]:
    """Return box -> its only input, for boxes of the next lower resolution; at most one box below each input."""
    found: dict[Box, Box] = {}
    for box in boxes:
        sources = list(boxes.predecessors(box))
        if len(sources) == 1 and level[box] == level[sources[0]] + 1 and sources[0] not in found.values():
            found[box] = sources[0]
    return found


def _columns(boxes: "nx.DiGraph[Box]", below: dict[Box, Box]) -> dict[Box, int]:
    column: dict[Box, int] = {}
    begins: dict[str, int] = {}
    for box in boxes:  # in topological order
        begins.setdefault(box.stage, 1 + max((at for other, at in column.items() if other not in below), default=-1))
        steps = [column[source] + (below.get(box) != source) for source in boxes.predecessors(box)]
        column[box] = max([*steps, 0 if box in below else begins[box.stage]])
    pinned = {*below, *below.values()}
    ends = {stage: max(at for box, at in column.items() if box.stage == stage) for stage in begins}
    for box in reversed(list(boxes)):
        if box not in pinned and (readers := list(boxes.successors(box))):
            column[box] = min(ends[box.stage], *(column[reader] - 1 for reader in readers))
    return column


def _rows(level: dict[Box, int], column: dict[Box, int], names: list[str]) -> tuple[dict[Box, int], tuple[str, ...]]:
    """Return the row of each box and the names of the rows; boxes that would overlap get separate rows."""
    lane: dict[Box, int] = {}
    taken: set[tuple[int, int, int]] = set()
    for box in level:
        at = next(i for i in range(len(level)) if (level[box], column[box], i) not in taken)
        lane[box] = at
        taken.add((level[box], column[box], at))
    rows = sorted({(level[box], lane[box]) for box in level})
    labels = tuple("" if number else names[which] for which, number in rows)
    return {box: rows.index((level[box], lane[box])) for box in level}, labels
