"""Drawing an architecture as boxes and arrows, coloured by operation."""

import networkx as nx
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from nasbench_pose.graph import Graph
from nasbench_pose.plots.architecture.blocks import Box, box_graph
from nasbench_pose.plots.architecture.layout import Layout, by_resolution, by_stage, is_chain
from nasbench_pose.plots.style import FAINT, INK

COLOURS = {
    "k3_e3": "#C6DBEF", "k3_e6": "#6BAED6", "k5_e3": "#FDD0A2", "k5_e6": "#FD8D3C", "k7_e3": "#C7E9C0",
    "k7_e6": "#74C476", "skip": "#FFFFFF", "image": "#FFFFFF", "bottleneck": "#BCBDDC", "basic": "#9ECAE1",
    "fuse": "#FEE391", "deconv": "#F7B6D2", "max pool": "#EEEEEE",
}  # fmt: skip
"""Operation -> colour: kernel size by hue, expansion by depth. What is not here is grey."""
GREY = "#D9D9D9"
WIDTH, HEIGHT = 0.82, 0.58
"""Of a box, in columns and rows."""
LONGEST_RUN = 10
"""Equal blocks of a chain that are still drawn one by one."""
CAPTION = "In a box: operation, channels, multiply-accumulates.  At the left: size of the maps."


def draw_architecture(graph: Graph, ax: Axes, title: str) -> Axes:
    """Draw the blocks of `graph` on `ax`, with the multiply-accumulates of each block; return `ax`.

    A chain has one row per stage; a network with branches one row per resolution. `size_of` says how large the figure
    should be.
    """
    boxes, layout = _arrange(graph)
    for source, target in boxes.edges:
        _arrow(ax, layout.place[source], layout.place[target])
    for box, place in layout.place.items():
        _box(ax, box, place)
    for row, text in enumerate(layout.rows):
        ax.text(-0.55, row, text, ha="right", va="center", fontsize=7.5, color=INK)
    ax.text(-0.4, len(layout.rows) - 0.35, CAPTION, fontsize=7, color=FAINT, va="top")
    ax.set(xlim=(-0.5, layout.columns - 0.5), ylim=(len(layout.rows) - 0.2, -0.45))
    ax.set_axis_off()
    ax.set_title(title, loc="left", fontsize=10, color=INK, fontweight="bold")
    return ax


def size_of(graph: Graph) -> tuple[float, float]:
    """Return the width and height in inches that a picture of `graph` wants."""
    boxes, layout = _arrange(graph)
    column = 0.72 if is_chain(boxes) else 0.64
    return max(6.0, 1.3 + column * layout.columns), 0.8 + 0.66 * len(layout.rows)


def _arrange(graph: Graph) -> tuple["nx.DiGraph[Box]", Layout]:
    boxes = box_graph(graph, longest_run=LONGEST_RUN)
    if is_chain(boxes):
        return boxes, by_stage(boxes)
    boxes = box_graph(graph, longest_run=1)
    return boxes, by_resolution(boxes)


def _box(ax: Axes, box: Box, place: tuple[float, float]) -> None:
    x, y = place
    ax.add_patch(
        FancyBboxPatch(
            (x - WIDTH / 2, y - HEIGHT / 2), WIDTH, HEIGHT, boxstyle="round,pad=0,rounding_size=0.08",
            facecolor=COLOURS.get(box.operation.split(" ×")[0], GREY), edgecolor=FAINT, linewidth=0.8,
            linestyle="--" if box.operation == "skip" else "-",
        )
    )  # fmt: skip
    lift = 0.08 if box.macs else 0
    ax.text(x, y - lift, _words(box), ha="center", va="center", fontsize=6.2, color=INK, linespacing=1.0)
    if box.macs:
        ax.text(x, y + 0.19, _short(box.macs), ha="center", va="center", fontsize=5.5, color="#444444")


def _words(box: Box) -> str:
    """Return the operation and, on a second line, how often and to how many channels."""
    channels = box.label.removeprefix(box.operation).strip()
    times = f"×{box.times} " if box.times > 1 else ""
    return f"{box.operation.replace('_', ' ')}\n{times}{channels}".strip()


def _short(macs: int) -> str:
    return f"{macs / 1e9:.2f} G" if macs >= 1e9 else f"{macs / 1e6:.1f} M" if macs >= 1e6 else f"{macs / 1e3:.0f} k"


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw an arrow from box to box; a step to a later row leaves at the bottom and comes in at the left or the top."""
    (x0, y0), (x1, y1) = start, end
    if x1 > x0:
        _straight(ax, (x0 + WIDTH / 2, y0), (x1 - WIDTH / 2, y1))
        return
    middle = (y0 + y1) / 2
    ax.plot([x0, x0, x1], [y0 + HEIGHT / 2, middle, middle], color=FAINT, linewidth=0.8, zorder=0)
    _straight(ax, (x1, middle), (x1, y1 - HEIGHT / 2))


def _straight(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    arrow = FancyArrowPatch(
        start, end, arrowstyle="-|>", mutation_scale=6, color=FAINT, linewidth=0.8, shrinkA=0, shrinkB=0
    )
    ax.add_patch(arrow)
