"""Pictures of architectures: everything is in them once, counts add up, and nothing covers anything."""

import itertools
from collections import Counter
from pathlib import Path

import networkx as nx
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from nasbench_pose.cost import count
from nasbench_pose.graph import Graph
from nasbench_pose.plots import save
from nasbench_pose.plots.architecture import draw_architecture, size_of
from nasbench_pose.plots.architecture.blocks import Box, box_graph
from nasbench_pose.plots.architecture.layout import by_resolution, by_stage, is_chain
from nasbench_pose.plots.architecture.picture import _arrange
from nasbench_pose.spaces import find, space_of
from nasbench_pose.spaces.find import named_genotypes

NAMES = sorted(named_genotypes())


def graph_of(name: str) -> Graph:
    genotype = find(name)
    return space_of(genotype).graph(genotype)


def draw(graph: Graph) -> tuple[Figure, Axes]:
    figure = Figure(figsize=size_of(graph), dpi=100, layout="constrained")
    ax = draw_architecture(graph, figure.subplots(), "a title")
    figure.draw_without_rendering()
    return figure, ax


def rectangles(ax: Axes) -> list[Bbox]:
    return [patch.get_window_extent() for patch in ax.patches if isinstance(patch, FancyBboxPatch)]


def inside(text: Bbox, box: Bbox) -> bool:
    return box.x0 <= text.x0 and text.x1 <= box.x1 and box.y0 <= text.y0 and text.y1 <= box.y1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("longest_run", [1, 3, 10])
def test_every_block_is_in_one_box_and_the_counts_add_up(name: str, longest_run: int) -> None:
    graph = graph_of(name)
    boxes: list[Box] = list(box_graph(graph, longest_run=longest_run))
    assert sum(box.macs for box in boxes) == count(graph).macs
    assert all(box.times == 1 or box.times > longest_run for box in boxes)
    drawn = Counter[tuple[str, str]]()
    for box in boxes:
        drawn[box.stage, box.label] += box.times
    assert drawn == Counter((block.stage, block.label) for block in dict.fromkeys(layer.block for layer in graph))
    assert boxes[-1].shape == graph.output.shape


@pytest.mark.parametrize("name", NAMES)
def test_arrows_follow_the_network_and_only_forward(name: str) -> None:
    graph = graph_of(name)
    boxes, layout = _arrange(graph)
    assert nx.is_directed_acyclic_graph(boxes)
    (first,) = [box for box in boxes if not boxes.in_degree(box)]
    (last,) = [box for box in boxes if not boxes.out_degree(box)]
    assert (first.shape, last.shape) == (graph.input.shape, graph.output.shape)
    for source, target in boxes.edges:
        (x0, y0), (x1, y1) = layout.place[source], layout.place[target]
        assert (y1 == y0 and x1 == x0 + 1) or (y1 == y0 + 1 and x1 == 0) if is_chain(boxes) else x1 > x0


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_legible(name: str) -> None:
    """Boxes apart, texts inside their boxes and apart, everything on the figure: as large as `size_of` says."""
    figure, ax = draw(graph_of(name))
    boxes = rectangles(ax)
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
    texts = {text: text.get_window_extent() for text in [*ax.texts, ax.title, ax._left_title] if text.get_text()}  # type: ignore[attr-defined]
    for (one, a), (other, b) in itertools.combinations(texts.items(), 2):
        assert not a.overlaps(b), (one.get_text(), other.get_text())
    for text, extent in texts.items():
        touched = [box for box in boxes if box.overlaps(extent)]
        assert len(touched) <= 1
        assert all(inside(extent, box) for box in touched), f"{text.get_text()!r} is too large for its box"
        assert inside(extent, figure.bbox), f"{text.get_text()!r} leaves the figure"
    labelled = [text for text in texts if any(inside(texts[text], box) for box in boxes)]
    assert len(labelled) >= len(boxes)
    assert all(isinstance(text, Text) for text in labelled)


def test_each_box_says_what_it_costs() -> None:
    graph = graph_of("simplebaseline-r152")
    _, ax = draw(graph)
    texts = [text.get_text() for text in ax.texts]
    assert "bottleneck\n×36 1024" in texts and "7.85 G" in texts and "stage 3\n1024 × 16×12" in texts


def test_a_chain_is_read_by_stages_and_branches_by_resolutions() -> None:
    chain, branches = graph_of("efficientpose-a"), graph_of("hrnet-w32")
    stages = list(dict.fromkeys(layer.block.stage for layer in chain))
    assert [row.split("\n")[0] for row in by_stage(box_graph(chain, longest_run=10)).rows] == stages
    assert by_resolution(box_graph(branches, longest_run=1)).rows == ("256×192", "64×48", "32×24", "16×12", "8×6")


@pytest.mark.parametrize("suffix", [".svg", ".pdf", ".png"])
def test_the_same_network_gives_the_same_file(suffix: str, tmp_path: Path) -> None:
    graph = graph_of("micro-middle")
    one, two = (save(draw(graph)[0], tmp_path / f"{name}{suffix}").read_bytes() for name in ("one", "two"))
    assert one == two
    assert save(draw(graph_of("micro-smallest"))[0], tmp_path / f"other{suffix}").read_bytes() != one
