"""What `spaces` prints."""

import json
from collections.abc import Callable

from commands import Run

from nasbench_pose.spaces import load, names


def test_spaces(run: Run, golden: Callable[[str], None]) -> None:
    golden(run("spaces"))


def test_one_space(run: Run, golden: Callable[[str], None]) -> None:
    golden(run("spaces", "efficientpose_small"))


def test_json_says_the_same(run: Run) -> None:
    assert [entry["name"] for entry in json.loads(run("spaces", "--json"))] == list(names())
    space, printed = load("hrnet"), json.loads(run("spaces", "hrnet", "--json"))
    assert printed["digest"] == space.digest
    assert printed["size"] == space.size
    assert {gene: tuple(options) for gene, options in printed["genes"].items()} == dict(space.genes)
    assert printed["named"] == {name: genotype.text for name, genotype in space.named.items()}
