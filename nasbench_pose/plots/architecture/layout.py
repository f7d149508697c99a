"""Where the boxes of an architecture stand."""

import itertools
from dataclasses import dataclass

import networkx as nx

from nasbench_pose.plots.architecture.blocks import Box

Boxes = "nx.DiGraph[Box]"


@dataclass(frozen=True)
class Layout:
    """Places in columns and rows, and what is written at the left of each row."""

    place: dict[Box, tuple[float, float]]
    """Box -> (column, row); row 0 is at the top."""
    rows: tuple[str, ...]
    columns: int


def is_chain(boxes: "nx.DiGraph[Box]") -> bool:
    """Say whether every box has at most one arrow in and one out."""
    return all(boxes.in_degree(box) <= 1 and boxes.out_degree(box) <= 1 for box in boxes)


def by_stage(boxes: "nx.DiGraph[Box]") -> Layout:
    """Put a chain into one row per stage, read like text."""
    stages = [(stage, list(run)) for stage, run in itertools.groupby(boxes, key=lambda box: box.stage)]
    place = {box: (float(x), float(row)) for row, (_, run) in enumerate(stages) for x, box in enumerate(run)}
    rows = tuple(f"{stage}\n{_size(run[-1])}" for stage, run in stages)
    return Layout(place, rows, max(len(run) for _, run in stages))


def by_resolution(boxes: "nx.DiGraph[Box]") -> Layout:
    """Put branches into one row per resolution, and every box right of all that it reads."""
    heights = sorted({box.shape[1] for box in boxes}, reverse=True)
    columns = {box: x for x, generation in enumerate(nx.topological_generations(boxes)) for box in generation}
    place = {box: (float(columns[box]), float(heights.index(box.shape[1]))) for box in boxes}
    sizes = {box.shape[1]: f"{box.shape[1]}×{box.shape[2]}" for box in boxes}
    return Layout(place, tuple(sizes[height] for height in heights), max(columns.values()) + 1)


def _size(box: Box) -> str:
    channels, height, width = box.shape
    return f"{channels} × {height}×{width}"
