"""Random search: every network once, and an end, also where a space has fewer networks than genotypes."""

from pathlib import Path
from time import process_time

import numpy as np
import pytest

from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace, load
from nasbench_pose.strategies import Exhausted, Strategy, make
from nasbench_pose.strategies.black_box.random import PATIENCE

CHAIN = """
name = "phone"
kind = "chain"
title = "A phone's chain"
cite = "ours"
input = [64, 64]
joints = 14

[fixed]
stem = [16, 8]
head = "slim32_sic"
stages = [{ width = 16, blocks = BLOCKS, stride = 2 }, { width = 24, blocks = 1, stride = 2 }]

[genes]
s1b1 = ["k3_e3"]
s2b1 = ["k3_e3"]
"""


def chain(folder: Path, optional: int) -> SearchSpace:
    """Return a space whose first stage has so many equal blocks that may be skipped: 2^n genotypes, n + 1 networks."""
    genes = "".join(f's1b{number} = ["skip", "k3_e3"]\n' for number in range(2, optional + 2))
    path = folder / "phone.toml"
    path.write_text(CHAIN.replace("BLOCKS", str(optional + 1)) + genes)
    return load(str(path))


def everything(strategy: Strategy) -> list[Genotype]:
    """Return all proposals until the strategy is exhausted."""
    found = []
    while True:
        try:
            found.append(strategy.ask().genotype)
        except Exhausted:
            return found


@pytest.mark.parametrize("name", ["hrnet_micro", "simplebaseline"])
def test_it_proposes_every_network_once_and_ends(name: str) -> None:
    space = load(name)
    found = everything(make("random", space, 0))
    assert len(found) == len(set(found)) and set(found) == set(space.enumerate())


@pytest.mark.parametrize("optional", [0, 1, 2, 20])
def test_it_ends_where_genotypes_are_more_than_networks(optional: int, tmp_path: Path) -> None:
    """With 20 optional blocks there are a million genotypes and 21 networks, the rarest of them 1 in a million."""
    space = chain(tmp_path, optional)
    began = process_time()
    found = everything(make("random", space, 0))
    assert len(set(found)) == len(found) == optional + 1
    assert process_time() - began < 20
    assert everything(make("random", space, 0)) == found


def test_the_last_networks_are_found_by_luck_as_long_as_that_is_likely() -> None:
    """What an existing seed proposes does not change: a loop that draws until something is new."""
    space, rng = load("efficientpose_micro"), np.random.default_rng(3)
    strategy = make("random", space, 3)
    strategy._rng = rng  # type: ignore[attr-defined]
    twin, seen = np.random.default_rng(3), set()
    for _ in range(645):
        while (genotype := space.sample(twin)) in seen:
            pass
        seen.add(genotype)
        assert strategy.ask().genotype == genotype
    assert len(seen) > space.size - PATIENCE
