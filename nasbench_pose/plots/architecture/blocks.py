"""From layers to boxes: blocks, with repetitions joined into one box, and the arrows between them."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import networkx as nx

from nasbench_pose.cost.call import of_layer
from nasbench_pose.graph import Block, Graph, Shape
from nasbench_pose.plots.architecture.repeats import Repeat, repeats


@dataclass(frozen=True, slots=True)
class Box:
    """A box of a drawing: a block, or several equal blocks in a row."""

    name: str
    stage: str
    label: str
    times: int
    shape: Shape
    """(channels, height, width) of the output."""
    macs: int
    """Multiply-accumulates of all blocks of the box."""
    unit: str = ""
    """The name of the first box of a group of boxes that is repeated `times`; "" if the box is in no such group."""
    differs: bool | None = None
    """Whether the network that is compared with this one differs here; None without a comparison."""

    @property
    def operation(self) -> str:
        """The label without its channels, from which the colour follows.

        >>> Box("a", "s", "conv3×3 32", 1, (32, 8, 8), 0).operation
        'conv3×3'
        """
        return re.sub(r" \d+$", "", self.label)


LONGEST_ROW = 10
"""Most equal blocks in a row of a chain that are drawn one by one."""


def box_graph(graph: Graph, differing: Collection[str] | None = None) -> "nx.DiGraph[Box]":
    """Return the boxes of a network, in the order of its layers, and the arrows between them.

    Equal blocks in a row are one box with `times`; in a chain only if there are more than ten. Repeated groups of
    blocks, such as the exchange units of HRNet, are joined likewise; their boxes have a common `unit`. `differing` are
    the names of blocks in which another network differs.

    >>> from nasbench_pose.spaces import find, load
    >>> boxes = box_graph(load("simplebaseline").graph(find("simplebaseline-r152")))
    >>> [(box.label, box.times) for box in boxes if box.times > 1]
    [('bottleneck 1024', 36)]
    """
    macs: Counter[Block] = Counter()
    for layer in graph:
        macs[layer.block] += of_layer(layer, graph.input_shapes(layer)).macs
    shapes = {layer.block: layer.shape for layer in graph}
    blocks, arrows = list(shapes), _arrows(graph)
    marks = {block: None if differing is None else block.name in differing for block in blocks}
    kinds = [(block.stage, block.label, shapes[block], marks[block]) for block in blocks]
    box_of: dict[Block, Box] = {}
    for repeat in _repeats(kinds, blocks, arrows):
        unit = blocks[repeat.start].name if repeat.period > 1 else ""
        for place in range(repeat.period):
            members = repeat.members(blocks, place)
            first, total = members[0], sum(macs[block] for block in members)
            box = Box(first.name, first.stage, first.label, len(members), shapes[first], total, unit, marks[first])
            box_of |= dict.fromkeys(members, box)
    return _joined(box_of, arrows)


def _arrows(graph: Graph) -> list[tuple[Block, Block]]:
    """Return the pairs (block, block that reads it), in the order of the readers."""
    read = ((graph[source].block, layer.block) for layer in graph for source in layer.inputs)
    return list(dict.fromkeys(arrow for arrow in read if arrow[0] != arrow[1]))


def _repeats(kinds: Sequence[object], blocks: list[Block], arrows: list[tuple[Block, Block]]) -> list[Repeat]:
    number = {block: i for i, block in enumerate(blocks)}
    inputs: list[set[int]] = [set() for _ in blocks]
    for source, target in arrows:
        inputs[number[target]].add(number[source])
    chain = all(read == {i - 1} for i, read in enumerate(inputs) if i)
    return repeats(kinds, inputs, shortest_run=LONGEST_ROW + 1 if chain else 2, groups=not chain)


def _joined(box_of: dict[Block, Box], arrows: list[tuple[Block, Block]]) -> "nx.DiGraph[Box]":
    """Return the graph of boxes, without arrows that lead back from one repetition to the next."""
    number = {box: i for i, box in enumerate(dict.fromkeys(box_of.values()))}
    drawn: nx.DiGraph[Box] = nx.DiGraph()
    drawn.add_nodes_from(number)
    drawn.add_edges_from((box_of[a], box_of[b]) for a, b in arrows if number[box_of[a]] < number[box_of[b]])
    return drawn
