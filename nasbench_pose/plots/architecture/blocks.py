"""From layers to what a picture shows: blocks, runs of equal blocks as one, and the arrows between them."""

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import networkx as nx

from nasbench_pose.cost import count
from nasbench_pose.graph import Block, Graph, Shape


@dataclass(frozen=True, slots=True)
class Box:
    """One box of the picture: a block, or a run of equal ones."""

    name: str
    stage: str
    label: str
    times: int
    shape: Shape
    """Of the output: (channels, height, width)."""
    macs: int
    """Multiply-accumulates of all blocks in it."""

    @property
    def operation(self) -> str:
        """The label without its channels: what decides the colour.

        >>> Box("a", "s", "conv3×3 32", 1, (32, 8, 8), 0).operation
        'conv3×3'
        """
        return re.sub(r" \d+$", "", self.label)


def box_graph(graph: Graph, *, longest_run: int) -> "nx.DiGraph[Box]":
    """Return the boxes of a network and the arrows between them.

    Blocks that follow each other with the same label and shape are one box with `times`, if there are more of them
    than `longest_run`.

    >>> from nasbench_pose.spaces import find, load
    >>> boxes = box_graph(load("simplebaseline").graph(find("simplebaseline-r152")), longest_run=6)
    >>> [(box.label, box.times) for box in boxes if box.times > 1]
    [('bottleneck 512', 8), ('bottleneck 1024', 36)]
    """
    macs: Counter[Block] = Counter()
    for layer, cost in zip(graph, count(graph).layers, strict=True):
        macs[layer.block] += cost.macs
    arrows = {(graph[source].block, layer.block) for layer in graph for source in layer.inputs}
    box_of = _boxes({layer.block: layer.shape for layer in graph}, macs, arrows, longest_run)
    drawn: nx.DiGraph[Box] = nx.DiGraph()
    drawn.add_nodes_from(dict.fromkeys(box_of.values()))
    drawn.add_edges_from((box_of[a], box_of[b]) for a, b in sorted(arrows, key=str) if box_of[a] != box_of[b])
    return drawn


def _boxes(
    shapes: dict[Block, Shape], macs: Counter[Block], arrows: set[tuple[Block, Block]], longest_run: int
) -> dict[Block, Box]:
    """Return the box that each block stands in."""
    box_of: dict[Block, Box] = {}
    for run in _runs(list(shapes), shapes, arrows):
        parts = [run] if len(run) > longest_run else [[block] for block in run]
        for part in parts:
            first, total = part[0], sum(macs[block] for block in part)
            box = Box(first.name, first.stage, first.label, len(part), shapes[first], total)
            box_of |= dict.fromkeys(part, box)
    return box_of


def _runs(blocks: list[Block], shapes: dict[Block, Shape], arrows: set[tuple[Block, Block]]) -> Iterator[list[Block]]:
    """Yield the blocks in lists of equal ones that follow each other."""
    run = blocks[:1]
    for before, block in itertools.pairwise(blocks):
        alike = (before.stage, before.label, shapes[before]) == (block.stage, block.label, shapes[block])
        if alike and (before, block) in arrows:
            run.append(block)
        else:
            yield run
            run = [block]
    yield run
