"""From networks to pages: one network, or two networks with their differences."""

from collections.abc import Collection

from matplotlib.figure import Figure

from nasbench_pose.graph import Graph
from nasbench_pose.plots.architecture.blocks import LONGEST_ROW, box_graph
from nasbench_pose.plots.architecture.branches import BranchesPicture
from nasbench_pose.plots.architecture.cell import CellPicture
from nasbench_pose.plots.architecture.chain import ChainPicture, is_chain
from nasbench_pose.plots.architecture.difference import difference, differing_blocks, differing_edges
from nasbench_pose.plots.architecture.page import Panel, Picture, page
from nasbench_pose.plots.architecture.subject import Subject

SHORT_ROW = 5
"""Blocks in a row of a chain if two chains are drawn side by side."""
CELLS = ("normal cell", "reduction cell: stride 2 on the edges from the inputs")


def network_picture(graph: Graph, *, differing: Collection[str] | None = None, columns: int = LONGEST_ROW) -> Picture:
    """Return the picture of a network's blocks, with the multiply-accumulates of each.

    A chain has rows of at most `columns` blocks, and a new row for each stage. A network with branches has a row for
    each resolution. `differing` are the names of blocks to be marked; all others are then faint.
    """
    boxes = box_graph(graph, differing)
    return ChainPicture(list(boxes), columns) if is_chain(boxes) else BranchesPicture(boxes)


def draw_one(subject: Subject, *, network: bool = False) -> Figure:
    """Return a page with a network: its two cells, or, without cells or with `network`, its blocks.

    >>> from nasbench_pose.spaces import find, load
    >>> figure = draw_one(Subject("HRNet-W32", load("hrnet"), find("hrnet-w32")))
    >>> [text.get_text() for text in figure.texts][:2]
    ['HRNet-W32', 'HRNet, input 256×192, output 17 × 64×48: 7,645.0 MMACs, 28.54 M parameters']
    """
    subtitle = f"{subject.space.title}, {subject.size}: {subject.price}"
    if subject.cells is None or network:
        title = f"{subject.name}: the stack of cells" if subject.cells else subject.name
        return page(title, [subtitle], [[Panel("", network_picture(subject.graph))]])
    panels = [
        Panel(f"{what[0].upper()}{what[1:]}", CellPicture(cell))
        for what, cell in zip(CELLS, subject.cells, strict=True)
    ]
    return page(f"{subject.name}: the two cells", [subtitle], [panels])


def draw_both(first: Subject, second: Subject, *, network: bool = False) -> Figure:
    """Return a page with two networks side by side: differing parts are marked, common parts are faint.

    Networks of two kinds have no common blocks and are drawn without marks.
    """
    comparable = first.space.kind.name == second.space.kind.name
    found = difference(first, second, cells=comparable and not network)
    groups = [_panels(a, b, comparable, network) for a, b in ((first, second), (second, first))]
    return page(f"{first.name} against {second.name}{_which(first, second, network)}", found.lines, groups)


def _which(first: Subject, second: Subject, network: bool) -> str:
    """Return the part of the title that says whether cells or stacks of cells are drawn."""
    if not (first.cells or second.cells):
        return ""
    return ": the stacks of cells" if network else ": the cells"


def _panels(subject: Subject, other: Subject, comparable: bool, network: bool) -> list[Panel]:
    heading = f"{subject.name}: {subject.price}"
    if subject.cells is None or network:
        differing = differing_blocks(subject.graph, other.graph) if comparable else None
        return [Panel(heading, network_picture(subject.graph, differing=differing, columns=SHORT_ROW))]
    others = other.cells if comparable else None
    pairs = zip(subject.cells, others or (None, None), strict=True)
    marks = [None if its is None else differing_edges(mine, its) for mine, its in pairs]
    headings = (f"{heading}, normal cell", "reduction cell")
    return [Panel(h, CellPicture(c, m)) for h, c, m in zip(headings, subject.cells, marks, strict=True)]
