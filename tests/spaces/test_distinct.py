"""The number of networks: the estimate against the count, and against the formula for skipped layers."""

import math
from dataclasses import replace

import numpy as np
import pytest

from nasbench_pose.spaces import SearchSpace, load
from nasbench_pose.spaces.distinct import _estimated, distinct


def small() -> SearchSpace:
    """Return a chain whose one stage has five layers that can be skipped."""
    space = load("efficientpose_small")
    genes = {"s1b1": ("k3_e3", "k5_e3")} | {f"s1b{block}": ("k3_e3", "k5_e3", "skip") for block in range(2, 7)}
    return replace(space, genes=genes, fixed={**space.fixed, "stages": [{"width": 24, "blocks": 6, "stride": 2}]})


def test_skipped_layers_count_once() -> None:
    networks = 2 * sum(2**kept for kept in range(6))
    found = distinct(small(), np.random.default_rng(0))
    assert found is not None
    assert found.exact
    assert found.networks == networks
    assert small().size == 2 * 3**5


def test_the_estimate_holds_the_count() -> None:
    found = _estimated(small(), np.random.default_rng(0), 4000)
    assert found is not None
    assert found.low < 2 * sum(2**kept for kept in range(6)) < found.high
    assert found.high - found.low < 0.1 * found.networks


@pytest.mark.parametrize("name", ["efficientpose_small", "efficientpose_large"])
def test_the_estimate_of_a_large_chain_holds_its_exact_number(name: str) -> None:
    space = load(name)
    exact = math.prod(
        len(space.genes[f"s{number}b1"]) * sum(6**kept for kept in range(stage["blocks"]))
        for number, stage in enumerate(space.fixed["stages"], start=1)
    )
    found = distinct(space, np.random.default_rng(1))
    assert found is not None
    assert 0.9 * found.low < exact < 1.1 * found.high
