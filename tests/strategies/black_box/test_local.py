"""Local search: where it moves, when it restarts, and that it leaves nothing out."""

import numpy as np
import pytest

from nasbench_pose.errors import UnknownNameError
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import load
from nasbench_pose.strategies import Exhausted, make

SPACE = load("efficientpose_micro")
TARGET = SPACE.sample(7)


def distance(genotype: Genotype) -> float:
    """Genes that differ from one network: a landscape with one optimum."""
    return float(sum(genotype.genes[place] != gene for place, gene in enumerate(TARGET.genes)))


@pytest.mark.parametrize("move", ["best", "first"])
@pytest.mark.parametrize("seed", range(5))
def test_it_walks_straight_to_the_only_optimum(move: str, seed: int) -> None:
    strategy, asked = make("local", SPACE, seed, {"move": move}), [SPACE.sample(0)]
    while asked[-1] != TARGET and len(asked) < SPACE.size:
        proposal = strategy.ask()
        strategy.tell(proposal, [distance(proposal.genotype)])
        asked.append(proposal.genotype)
    assert len(asked) < SPACE.size / 4


def test_all_neighbours_are_measured_before_it_moves_to_the_best() -> None:
    strategy = make("local", SPACE, 0)
    start = strategy.ask()
    strategy.tell(start, [9.0])
    around = set(SPACE.neighbours(start.genotype))
    asked = []
    for _ in around:
        asked.append(strategy.ask())
        strategy.tell(asked[-1], [distance(asked[-1].genotype)])
    assert {proposal.genotype for proposal in asked} == around
    best = min(asked, key=lambda proposal: distance(proposal.genotype)).genotype
    assert strategy.ask().genotype in set(SPACE.neighbours(best)) - around - {start.genotype}


def test_the_first_better_neighbour_is_enough() -> None:
    strategy = make("local", SPACE, 0, {"move": "first"})
    start = strategy.ask()
    strategy.tell(start, [9.0])
    better = strategy.ask()
    strategy.tell(better, [8.0])
    assert strategy.ask().genotype in set(SPACE.neighbours(better.genotype))


def test_it_restarts_in_a_local_optimum_and_ends_with_the_whole_space() -> None:
    space = load("simplebaseline")
    strategy, found = make("local", space, 0), []
    rng = np.random.default_rng(0)
    with pytest.raises(Exhausted):
        while True:
            found.append(strategy.ask())
            strategy.tell(found[-1], [rng.random()])
    assert len(found) == len({proposal.genotype for proposal in found}) == space.size


def test_a_failed_start_is_left_for_a_neighbour_that_works() -> None:
    strategy = make("local", SPACE, 0)
    start = strategy.ask()
    strategy.tell(start, [np.inf])
    for _ in SPACE.neighbours(start.genotype):
        proposal = strategy.ask()
        strategy.tell(proposal, [1.0])
    assert strategy.ask().genotype not in set(SPACE.neighbours(start.genotype))


def test_an_unknown_rule_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="known: best, first"):
        make("local", SPACE, 0, {"move": "bset"})
