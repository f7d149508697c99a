"""Random search: every network once, and an end, also where a space has fewer networks than genotypes."""

from pathlib import Path
from time import process_time

import numpy as np
import pytest

from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace, load
from nasbench_pose.spaces.distinct import ENUMERABLE
from nasbench_pose.strategies import Exhausted, Strategy, make
from nasbench_pose.strategies.black_box.random import PATIENCE, RandomSearch

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


class Rare:
    """A space in which nearly every draw is the same network."""

    def __init__(self, size: int) -> None:
        members = load("efficientpose_micro").enumerate()
        self.common, self.other = next(members), next(members)
        self.size, self.drawn = size, 0

    def sample(self, _: np.random.Generator) -> Genotype:
        self.drawn += 1
        return self.common

    def neighbours(self, _: Genotype) -> list[Genotype]:
        return [self.other]

    def enumerate(self) -> list[Genotype]:
        return [self.common]


def test_a_large_space_is_drawn_from_a_thousand_times_before_neighbours_are_taken() -> None:
    """How long luck is waited for decides what a seed proposes."""
    space = Rare(ENUMERABLE + 1)
    strategy = RandomSearch(space, np.random.default_rng(0))  # type: ignore[arg-type]
    assert strategy.ask().genotype == space.common and space.drawn == 1
    assert strategy.ask().genotype == space.other and space.drawn == 1 + 1000


def test_a_space_of_20000_genotypes_is_small_enough_to_be_listed() -> None:
    space = Rare(ENUMERABLE)
    strategy = RandomSearch(space, np.random.default_rng(0))  # type: ignore[arg-type]
    strategy.ask()
    with pytest.raises(Exhausted):
        strategy.ask()
    assert space.drawn == 1 + PATIENCE
