"""Pictures of architectures: everything is in them once, counts add up, and nothing covers anything."""

import itertools
from collections import Counter
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from pages import assert_apart, assert_legible, boxes, texts

from nasbench_pose.cost import count
from nasbench_pose.plots import save
from nasbench_pose.plots.architecture import Subject, draw_both, draw_one
from nasbench_pose.plots.architecture.blocks import box_graph
from nasbench_pose.plots.architecture.boxes import words
from nasbench_pose.plots.architecture.branches import BranchesPicture
from nasbench_pose.plots.architecture.chain import ChainPicture, is_chain
from nasbench_pose.plots.architecture.difference import differing_blocks, differing_genes
from nasbench_pose.spaces import find, load, name_of, names, space_of
from nasbench_pose.spaces.lookup import named_genotypes

NAMES = sorted(named_genotypes())
PAIRS = (
    ("efficientpose-b", "efficientpose-c"), ("hrnet-w32", "hrnet-w48"), ("hrnet-w32", "hrnet-w32-simcc"),
    ("simplebaseline-r50", "simplebaseline-r101"), ("efficientpose-a", "hrnet-w8-narrow"),
    ("micro-smallest", "micro-largest"), ("efficientpose-a", "efficientpose-a"),
)  # fmt: skip


def subject(name: str) -> Subject:
    genotype = find(name)
    return Subject(name_of(genotype) or name, space_of(genotype), genotype)


@pytest.mark.parametrize("name", NAMES)
def test_every_block_is_in_one_box_and_the_counts_add_up(name: str) -> None:
    graph = subject(name).graph
    drawn = list(box_graph(graph))
    assert sum(box.macs for box in drawn) == count(graph).macs
    times = Counter[tuple[str, str]]()
    for box in drawn:
        times[box.stage, box.label] += box.times
    assert times == Counter((block.stage, block.label) for block in dict.fromkeys(layer.block for layer in graph))
    assert drawn[-1].shape == graph.output.shape


@pytest.mark.parametrize("name", NAMES)
def test_arrows_follow_the_network_and_only_forward(name: str) -> None:
    graph = subject(name).graph
    drawn = box_graph(graph)
    assert nx.is_directed_acyclic_graph(drawn)
    (first,) = [box for box in drawn if not drawn.in_degree(box)]
    (last,) = [box for box in drawn if not drawn.out_degree(box)]
    assert (first.shape, last.shape) == (graph.input.shape, graph.output.shape)
    if is_chain(drawn):
        picture = ChainPicture(list(drawn))
        order = sorted(drawn, key=lambda box: (picture.place[box].y, picture.place[box].x))
        assert order == list(drawn)
    else:
        place = BranchesPicture(drawn).place
        for a, b in drawn.edges:
            assert place[b].x > place[a].x or (place[b].x == place[a].x and place[b].y > place[a].y)


@pytest.mark.parametrize("network", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_everything_is_legible(name: str, network: bool) -> None:
    one = subject(name)
    if network and one.cells is None:
        return
    figure = draw_one(one, network=network)
    assert_legible(figure)
    assert_apart(figure)
    assert figure.get_figwidth() <= 11


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_two_beside_each_other_are_legible(one: str, other: str) -> None:
    figure = draw_both(subject(one), subject(other))
    assert_legible(figure)
    assert_apart(figure)


@pytest.mark.parametrize("name", names())
def test_any_member_is_legible(name: str) -> None:
    """Not only published networks: three drawn at random, each held against the next."""
    space, rng = load(name), np.random.default_rng(0)
    members = [Subject(f"member {i}", space, space.sample(rng)) for i in range(3)]
    for one, other in itertools.pairwise(members):
        figure = draw_both(one, other)
        assert_legible(figure)
        assert_apart(figure)


def test_each_box_says_what_it_costs() -> None:
    written = [text.get_text() for text in texts(draw_one(subject("simplebaseline-r152")))]
    assert "bottleneck\n×36 1024" in written and "7.85 G" in written and "stage 3\n1024 × 16×12" in written


def test_units_of_branches_are_drawn_once_and_counted() -> None:
    figure = draw_one(subject("hrnet-w32"))
    written = [text.get_text() for text in texts(figure) if text.axes]
    assert [text for text in written if text.startswith("×")] == ["×4", "×2"]
    assert [text for text in written if "×" in text and text.replace("×", "").isdigit()][-5:] == [
        "256×192", "64×48", "32×24", "16×12", "8×6"
    ]  # fmt: skip
    assert {"stem", "stage 1", "stage 2", "stage 3", "stage 4", "head"} <= set(written)
    assert len(boxes(figure)) == 31  # counted by hand in the picture


@pytest.mark.parametrize("space", ["efficientpose_small", "efficientpose_large"])
def test_exactly_the_genes_that_differ_are_marked(space: str) -> None:
    found, rng = load(space), np.random.default_rng(1)
    for _ in range(5):
        one = found.sample(rng)
        other = found.mutate(found.mutate(one, rng), rng)
        differ = set(differing_genes(one, other))
        a, b = (found.graph(genotype) for genotype in (one, other))
        assert differing_blocks(a, b) == differ == differing_blocks(b, a)
        figure = draw_both(Subject("one", found, one), Subject("other", found, other))
        bold = [text.get_text() for text in texts(figure) if text.get_fontweight() == "bold" and text.axes]
        values = [str(genotype[gene]).replace("_", " ") for genotype in (one, other) for gene in differ]
        assert sorted(bold) == sorted(values)
        assert f"{len(differ)} of {len(found.genes)} genes differ" in figure.texts[1].get_text()


def test_what_differs_is_said_and_priced() -> None:
    figure = draw_both(subject("simplebaseline-r50"), subject("simplebaseline-r101"))
    written = [text.get_text() for text in figure.texts]
    assert written[:3] == [
        "SimpleBaseline-R50 against SimpleBaseline-R101",
        "1 of 3 genes differs (depth 50 → 101): 0 and 17 blocks are marked.",
        "The second has 3.64 G (67 %) more MACs and 19 M (55.9 %) more parameters.",
    ]
    assert [text.get_text() for text in texts(figure) if text.axes and text.get_fontweight() == "bold"] == [
        "bottleneck\n×17 1024"
    ]


def test_families_are_not_compared_block_by_block() -> None:
    figure = draw_both(subject("efficientpose-a"), subject("hrnet-w8-narrow"))
    written = texts(figure)
    assert any(text.get_text().startswith("Networks of two families, side by side") for text in written)
    bold = [text.get_text() for text in written if text.axes and text.get_fontweight() == "bold"]
    assert not [text for text in bold if "×" not in text]
    same = draw_both(subject("micro-middle"), subject("micro-middle"))
    assert same.texts[1].get_text() == "The same network."
    assert "as many MACs and as many parameters" in same.texts[2].get_text()


@pytest.mark.parametrize("suffix", [".svg", ".pdf", ".png"])
def test_the_same_network_gives_the_same_file(suffix: str, tmp_path: Path) -> None:
    one, two = (save(draw_one(subject("micro-middle")), tmp_path / f"{n}{suffix}").read_bytes() for n in "ab")
    assert one == two
    assert save(draw_one(subject("micro-smallest")), tmp_path / f"other{suffix}").read_bytes() != one


def test_words_are_broken_at_spaces() -> None:
    box = next(box for box in box_graph(subject("heads-slim-simcc").graph) if box.stage == "head")
    assert words(box) == ["slim32", "simcc2"]
