"""The drawings of a page: rows of shared symbols that say what matplotlib's drawing of the same network says."""

import json
import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import Any

import pytest

from nasbench_pose.plots.architecture import Subject, draw_one
from nasbench_pose.report.html import pictures as module
from nasbench_pose.report.html.pictures import pictures
from nasbench_pose.spaces import find, load, space_of


def triples(places: Iterable[int]) -> Iterator[tuple[int, int, int]]:
    numbers = iter(places)
    return zip(numbers, numbers, numbers, strict=True)


def words(found: dict[str, Any], row: int) -> list[str]:
    """Return the texts of a drawing of a page, put together as the page does."""
    _, _, places = found["drawn"][row]
    rows = [found["rows"][number] for number, _, _ in triples(places)]
    symbols = [found["symbols"][number] for inside in rows for number, _, _ in triples(inside)]
    lines = [" ".join(re.findall(r">([^<]+)</tspan>", symbol)) for symbol in symbols if symbol.startswith("<text")]
    return sorted(unescape(line) for line in lines)


@pytest.mark.parametrize(
    "name", ["micro-middle", "efficientpose-b", "hrnet-w32", "hrnet-w8-narrow", "simplebaseline-r50"]
)
def test_a_drawing_has_the_words_of_matplotlibs(name: str) -> None:
    genotype = find(name)
    space = space_of(genotype)
    drawn = draw_one(Subject(name, space, genotype))
    (ax,) = drawn.axes
    texts = sorted(" ".join(text.get_text().split("\n")) for text in ax.texts)
    assert words(pictures([genotype.text], input=space.input, joints=space.joints), 0) == texts and len(texts) > 10


def test_every_network_of_a_table_is_drawn() -> None:
    micro = load("efficientpose_micro")
    members = [genotype.text for genotype in micro.enumerate()]
    found = pictures(members, input=micro.input, joints=micro.joints)
    assert len(found["drawn"]) == len(members) == 648
    assert len(found["rows"]) < 200, "rows are shared"


def test_the_drawings_of_a_large_space_end_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 20_000)
    small = load("efficientpose_small")
    members = [small.sample(seed).text for seed in range(40)]
    found = pictures(members, input=small.input, joints=small.joints)
    assert list(found["drawn"]) == list(range(len(found["drawn"]))) and 2 < len(found["drawn"]) < 40
    assert 18_000 < len(json.dumps(found, separators=(",", ":"))) < 24_000
