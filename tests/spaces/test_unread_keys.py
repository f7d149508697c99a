"""Keys that nothing reads, and values that no network can have, are refused in every kind, other people's included."""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.files import folder
from nasbench_pose.graph import Graph, GraphBuilder, Shape
from nasbench_pose.spaces import SearchSpace, load
from nasbench_pose.spaces.space_file import read
from nasbench_pose.spaces.unread_keys import unread_keys

SMALL = ("efficientpose_micro", "heads_micro", "hrnet_micro", "hrnet", "darts_micro", "simplebaseline", "lite_hrnet")
"""A space of every kind, and of those with two ways to write one, both."""


def file_of(name: str) -> dict[str, Any]:
    return tomllib.loads((folder("search_spaces") / f"{name}.toml").read_text()) | {"input": [64, 64], "named": {}}


def errors(data: Mapping[str, Any]) -> list[str]:
    return [str(problem.error) for problem in read(data, "")[0]]


@pytest.mark.parametrize("name", SMALL)
def test_what_a_kind_says_it_reads_is_what_it_reads(name: str) -> None:
    """Its table of fields against building with a value that cannot be used."""
    space, data = replace(load(name), input=(64, 64)), file_of(name)
    genes = {gene: tuple(options) for gene, options in data["genes"].items()}
    assert unread_keys(space, genes)[0] == []
    assert errors(data) == []


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("table", ["genes", "fixed"])
@pytest.mark.parametrize("key", ["widht", "headd", "s1b9", "s9m1", "stage9", "w9"])
def test_a_key_that_nothing_reads_is_refused(name: str, table: str, key: str) -> None:
    data = file_of(name)
    value = ["k3_e3", "k5_e3"] if table == "genes" else 8
    data[table] = {key: value, **data.get(table, {})}
    said = errors(data)
    assert len(said) == 1
    assert f"reads no {'gene' if table == 'genes' else 'key in [fixed]'} {key!r}" in said[0]
    space = replace(load(name), input=(64, 64))
    more = {key: tuple(value)} if isinstance(value, list) else {}
    listed = {gene: tuple(options) for gene, options in data["genes"].items()}
    spoilt = replace(space, genes={**space.genes, **more}, fixed={**space.fixed, **({} if more else {key: value})})
    assert unread_keys(spoilt, listed)[0] == [(table, key)], "the twin sees it as well"


@pytest.mark.parametrize(("name", "key", "near"), [("efficientpose_micro", "widht", "width"), ("hrnet", "hed", "head")])
def test_the_key_that_was_meant_is_named(name: str, key: str, near: str) -> None:
    data = file_of(name)
    data["genes"][key] = [50, 100]
    assert errors(data)[0].endswith(f"Did you mean {near!r}?")


@pytest.mark.parametrize(
    ("name", "table", "key", "value"),
    [
        ("efficientpose_micro", "genes", "w1", [0, 100]),
        ("efficientpose_micro", "genes", "w1", [-50]),
        ("efficientpose_micro", "genes", "width", [10**9]),
        ("efficientpose_micro", "genes", "resolution", [0]),
        ("efficientpose_micro", "fixed", "divisor", 0),
        ("efficientpose_micro", "fixed", "stem", [-8, 8]),
        ("efficientpose_micro", "fixed", "stem", [16, 8.5]),
        ("efficientpose_micro", "fixed", "stages", [{"width": 0, "blocks": 1, "stride": 2}]),
        ("efficientpose_micro", "fixed", "stages", [{"width": 8, "blocks": 1, "stride": 0}]),
        ("efficientpose_micro", "fixed", "stages", [{"width": 8, "blocks": 1, "strid": 2, "stride": 2}]),
        ("efficientpose_micro", "fixed", "width", 50),
        ("hrnet", "genes", "width", [0]),
        ("hrnet", "fixed", "stem", -64),
        ("hrnet", "genes", "stage2", [0, 1]),
        ("hrnet", "fixed", "divisor", 10**9),
        ("hrnet_micro", "fixed", "width", 0),
        ("lite_hrnet", "genes", "width", [2]),
        ("lite_hrnet", "genes", "stage3", [-1]),
        ("simplebaseline", "genes", "base", [0, 8]),
        ("simplebaseline", "genes", "filters", [-1]),
        ("darts_micro", "fixed", "channels", 0),
        ("darts_micro", "fixed", "layers", 0),
        ("darts_micro", "fixed", "reductions", [99]),
        ("darts_micro", "fixed", "nodes", 9),
    ],
)
def test_a_number_that_no_network_has_is_refused(name: str, table: str, key: str, value: object) -> None:
    data = file_of(name)
    data[table] = {**data.get(table, {}), key: value}
    said = errors(data)
    assert len(said) == 1
    assert "expected" in said[0] or "has the key" in said[0] or "stands in" in said[0]


def own(_: SearchSpace, genes: Mapping[str, Any], image: Shape, joints: int) -> Graph:
    """Build as another package might: `depth` is always read, `extra` beside depth 2 only, `width` if it is there."""
    net = GraphBuilder(image, genes)
    x = net.conv("stem", "image", genes.get("width", 8), kernel=3, stride=4)
    for block in range(genes["depth"]):
        x = net.conv(f"block{block}", x, 8 * (genes["extra"] if block == 1 else 1), kernel=3)
    net.conv("head", x, joints, kernel=1)
    return net.graph()


def of_own(genes: dict[str, list[int]], tmp_path: Path, fixed: str = "") -> SearchSpace:
    path = tmp_path / "own.toml"
    lines = [f"{gene} = {options}" for gene, options in genes.items()]
    path.write_text(
        f'name = "own"\nkind = "{__name__}:own"\ntitle = "own"\ncite = "ours"\ninput = [32, 32]\njoints = 3\n'
        + "\n".join([fixed, "[genes]", *lines])
    )
    return load(path)


def test_a_kind_of_another_package_is_asked_by_building(tmp_path: Path) -> None:
    genes = {"depth": [1, 2], "extra": [1, 2]}
    assert of_own(genes, tmp_path).size == 4
    assert of_own({**genes, "width": [8]}, tmp_path).size == 4
    with pytest.raises(
        InvalidFileError, match=r"own.toml:11: the gene 'widht' has no effect: .*Did you mean 'width'\?"
    ):
        of_own({**genes, "widht": [4, 8]}, tmp_path)
    with pytest.raises(InvalidFileError, match=r"own.toml:8: the key 'note' in \[fixed\] has no effect"):
        of_own(genes, tmp_path, '[fixed]\nnote = "mine"')
    with pytest.raises(InvalidFileError, match="the output has 0 channels"):
        of_own({**genes, "width": [0]}, tmp_path)
