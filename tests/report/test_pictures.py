"""The drawings of a page, composed as the page does it, beside matplotlib's drawing of the same network."""

import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import Any

import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from shown_reports import report_on

from nasbench_pose.genotype import Genotype
from nasbench_pose.plots.architecture import Subject
from nasbench_pose.plots.architecture.boxes import Arrow
from nasbench_pose.plots.architecture.cell import CellPicture
from nasbench_pose.plots.architecture.picture import network_picture
from nasbench_pose.report.html import pictures as module
from nasbench_pose.report.html.networks import ABSENT, Networks, networks_of
from nasbench_pose.report.html.pictures import pictures
from nasbench_pose.spaces import SearchSpace, find, load, space_of

Drawn = tuple[list[str], list[str], int]
"""Texts in sorted order, colours of the boxes from the upper left on, number of arrows."""


def triples(places: Iterable[int]) -> Iterator[tuple[int, int, int]]:
    numbers = iter(places)
    return zip(numbers, numbers, numbers, strict=True)


def composed(found: dict[str, Any], networks: Networks, row: int) -> Drawn:
    """Return the drawing of a network: its patterns are put together as `script/networks.js` does it."""
    elements = [
        (found["symbols"][number], x + left, y + top)
        for pattern, x, y in placed(found, networks.codes[row].tolist(), row)
        for number, left, top in triples(found["patterns"][pattern])
    ]
    lines = [" ".join(re.findall(r">([^<]+)</tspan>", symbol)) for symbol, *_ in elements if symbol.startswith("<text")]
    boxes = sorted((y, x, re.findall(r'fill="([^"]+)"', s)[0]) for s, x, y in elements if s.startswith("<rect"))
    arrows = sum(symbol.count('fill="none"') for symbol, *_ in elements)
    return sorted(map(unescape, lines)), [colour for *_, colour in boxes], arrows


def placed(found: dict[str, Any], codes: list[int], row: int) -> Iterator[tuple[int, int, int]]:
    if row in found["drawn"]:
        x = y = 0
        for number, dx, dy in triples(found["drawn"][row][2]):
            x, y = x + dx, y + dy
            yield number, x, y
        return
    height = found["margin"]
    for part in found["parts"]:
        marks = [known[codes[gene]] if codes[gene] != ABSENT else -1 for gene, known in part["marks"]]
        _, high, frame, slots = part["stencils"][",".join(map(str, marks))]
        for gene, x, y, menu, *edges in slots:
            yield found["menus"][menu][codes[gene]], x, y + height
            yield from ((number, left, top + height) for number, left, top in triples(edges))
        yield from ((number, x, y + height) for number, x, y in triples(frame))
        height += high + found["margin"]


def by_matplotlib(genotype: Genotype, space: SearchSpace) -> Drawn:
    """Return what `draw` draws of a network: its pictures, one below the other."""
    subject = Subject("", space, genotype, space.input, space.joints)
    shown = [CellPicture(cell) for cell in subject.cells] if subject.cells else [network_picture(subject.graph)]
    axes = [one.draw(Figure().add_axes((0, 0, 1, 1))) for one in shown]
    texts = [SUBSCRIPTS.get(text.get_text(), text.get_text()) for ax in axes for text in ax.texts]
    colours = [colour for ax in axes for *_, colour in sorted(boxes(ax))]
    arrows = sum(isinstance(patch, Arrow) for ax in axes for patch in ax.patches)
    return sorted(" ".join(text.split("\n")) for text in texts), colours, arrows


SUBSCRIPTS = {"c$_{k-2}$": "cₖ₋₂", "c$_{k-1}$": "cₖ₋₁", "c$_k$": "cₖ"}


def boxes(ax: Axes) -> Iterator[tuple[int, int, str]]:
    for patch in ax.patches:
        if isinstance(patch, FancyBboxPatch):
            yield round(patch.get_y() * 100), round(patch.get_x() * 100), to_hex(patch.get_facecolor())


def drawings(genotypes: list[Genotype]) -> tuple[dict[str, Any], Networks]:
    networks = networks_of(report_on(genotypes))
    space = load(genotypes[0].space)
    return pictures(networks, input=space.input, joints=space.joints), networks


def equal_to_matplotlibs(genotypes: list[Genotype]) -> dict[str, Any]:
    found, networks = drawings(genotypes)
    assert found["count"] == len(networks.rows) == len(set(genotypes))
    for row, text in enumerate(networks.rows["genotype"]):
        genotype = find(text)
        assert composed(found, networks, row) == by_matplotlib(genotype, space_of(genotype)), text
    return found


@pytest.mark.parametrize(
    ("name", "alone"),
    [("efficientpose_small", 0), ("mobile_pose", 0), ("heads_micro", 0), ("darts_pose", 0), ("nasnet_pose", 0),
     ("hrnet_search", 5), ("simplebaseline_heads", 5), ("lite_hrnet", 5)],
)  # fmt: skip
def test_drawings_are_those_of_matplotlib(name: str, alone: int) -> None:
    space = load(name)
    found = equal_to_matplotlibs([space.sample(seed) for seed in range(5)])
    assert len(found["drawn"]) == alone, "all others are composed of stencils"


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["efficientpose_micro", "heads_micro", "efficientpose_large", "darts_micro", "hrnet_micro"]
)
def test_drawings_all_over_a_space_are_those_of_matplotlib(name: str) -> None:
    space = load(name)
    few = list(space.enumerate())[:: 1 + space.size // 100] if space.size < 700 else map(space.sample, range(20))
    equal_to_matplotlibs(list(dict.fromkeys(few)))


def test_networks_of_a_large_space_share_a_stencil() -> None:
    small = load("efficientpose_small")
    found, _ = drawings([small.sample(seed) for seed in range(300)])
    assert found["count"] == 300 and not found["drawn"]
    (part,) = found["parts"]
    assert len(part["stencils"]) == 1 and sum(map(len, found["symbols"])) < 20_000


def test_drawings_end_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 10)
    for name in ("hrnet_search", "darts_pose"):
        space = load(name)
        found, _ = drawings([space.sample(seed) for seed in range(20)])
        assert 3 < found["count"] < 12
