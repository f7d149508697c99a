"""Regularised evolution: better than luck, forgetful of the old, unimpressed by failures."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import load
from nasbench_pose.strategies import Exhausted, Proposal, make
from nasbench_pose.strategies.black_box.evolution import Evolution

SPACE = load("efficientpose_small")


def distance(genotype: Genotype) -> float:
    """Return how many genes are not what EfficientPose-A has: a hill without valleys, the easiest there is."""
    return float((SPACE.encode([genotype]) != SPACE.encode([SPACE.named["EfficientPose-A"]])).sum())


def best(name: str, seed: int, loss: Callable[[Genotype], float], budget: int = 150) -> float:
    strategy, found = make(name, SPACE, seed), math.inf
    for _ in range(budget):
        proposal = strategy.ask()
        found = min(found, loss(proposal.genotype))
        strategy.tell(proposal, [loss(proposal.genotype)])
    return found


def test_it_beats_random_search_where_near_genotypes_have_near_losses() -> None:
    evolved, drawn = (np.array([best(name, seed, distance) for seed in range(20)]) for name in ("evolution", "random"))
    assert evolved.mean() < drawn.mean() - 5
    assert (evolved < drawn).all()


def test_it_has_no_edge_where_the_loss_is_noise() -> None:
    """The control: a loss that says nothing of its neighbours; a seed's best is uniform among the best of either."""

    def noise(genotype: Genotype) -> float:
        return int(genotype.key, 16) / 16**16

    evolved, drawn = (np.array([best(name, seed, noise) for seed in range(20)]) for name in ("evolution", "random"))
    assert abs(np.log(evolved).mean() - np.log(drawn).mean()) < 1.5


def new(population: int, sample: int, weights: tuple[float, ...] = (1.0,)) -> Evolution:
    return Evolution(SPACE, np.random.default_rng(0), population=population, sample=sample, weights=weights)


def parents(strategy: Evolution, among: list[Genotype], asks: int = 40) -> list[int]:
    """Return which of `among` each of the next proposals is a mutant of: the only one that has it as a neighbour."""
    around = [set(SPACE.neighbours(genotype)) for genotype in among]
    mutants = [strategy.ask().genotype for _ in range(asks)]
    possible = [[i for i, near in enumerate(around) if mutant in near] for mutant in mutants]
    assert all(len(found) == 1 for found in possible)
    return [found[0] for found in possible]


def grown(strategy: Evolution, losses: list[list[float]]) -> list[Genotype]:
    """Fill the population with the strategy's own first proposals and these losses."""
    proposals = [strategy.ask() for _ in losses]
    for proposal, loss in zip(proposals, losses, strict=True):
        strategy.tell(proposal, loss)
    return [proposal.genotype for proposal in proposals]


def test_the_winner_of_a_tournament_is_mutated() -> None:
    strategy = new(population=4, sample=4)
    won = parents(strategy, grown(strategy, [[3.0], [1.0], [2.0], [4.0]]), asks=200)
    # A member is not drawn at all in (3/4)^4 of the tournaments, and the worst wins when it alone is drawn, 1 in 256.
    assert won.count(1) > won.count(2) > won.count(0) > won.count(3)
    assert won.count(1) == pytest.approx(200 * (1 - 0.75**4), rel=0.2)


def test_a_failure_wins_no_tournament_against_a_measured_one() -> None:
    strategy = new(population=4, sample=4, weights=(1.0, 0.0))
    members = grown(strategy, [[math.inf, math.inf], [1.0, 9.0], [math.inf, math.inf], [math.nan, 0.0]])
    assert parents(strategy, members, asks=200).count(1) == pytest.approx(200 * (1 - 0.75**4), rel=0.2)


def test_the_warm_up_is_counted_by_asks() -> None:
    """Workers ask before they tell: once the population has been asked for, what was told is mutated."""
    strategy = new(population=3, sample=3)
    drawn = [strategy.ask() for _ in range(3)]
    strategy.tell(drawn[1], [1.0])
    assert set(parents(strategy, [drawn[1].genotype], asks=10)) == {0}


def test_as_many_are_drawn_as_the_population_has_though_all_were_told() -> None:
    strategy, rng = new(population=4, sample=1), np.random.default_rng(0)
    for _ in range(4):
        proposal = strategy.ask()
        assert proposal.genotype == SPACE.sample(rng)
        strategy.tell(proposal, [1.0])
    assert SPACE.mutate(strategy._alive[rng.integers(4)][1], rng) == strategy.ask().genotype


def test_before_anything_was_told_it_draws() -> None:
    strategy, rng = new(population=1, sample=1), np.random.default_rng(0)
    assert [strategy.ask().genotype for _ in range(3)] == [SPACE.sample(rng) for _ in range(3)]


def test_the_only_network_of_a_space_is_the_end(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(ONE)
    strategy = Evolution(load(str(tmp_path / "one.toml")), np.random.default_rng(0), population=1, sample=1)
    strategy.tell(strategy.ask(), [1.0])
    for _ in range(2):
        with pytest.raises(Exhausted):
            strategy.ask()


ONE = """
name = "one"
kind = "chain"
title = "A chain without a choice"
cite = "ours"
input = [64, 64]
joints = 14

[fixed]
stem = [16, 8]
head = "plain"
stages = [{ width = 16, blocks = 1, stride = 2 }]

[genes]
s1b1 = ["k3_e3"]
"""


def test_the_oldest_dies_however_good() -> None:
    strategy = new(population=3, sample=3)
    dead = grown(strategy, [[-100.0], [3.0], [2.0]])
    others = [SPACE.sample(np.random.default_rng(seed)) for seed in (7, 8, 9)]
    for genotype in others:
        strategy.tell(Proposal(genotype), [5.0])
    assert set(parents(strategy, [*dead, *others])) == {3, 4, 5}


def test_losses_are_weighed() -> None:
    strategy = new(population=2, sample=2, weights=(1.0, 10.0))
    won = parents(strategy, grown(strategy, [[1.0, 1.0], [2.0, 0.0]]), asks=100)
    assert won.count(1) == pytest.approx(75, rel=0.2)


@pytest.mark.parametrize(("population", "sample"), [(5, 6), (5, 0), (0, 0)])
def test_a_tournament_is_no_larger_than_the_population(population: int, sample: int) -> None:
    with pytest.raises(InvalidFileError, match=f"got sample={sample}, population={population}"):
        new(population, sample)


def test_more_weights_than_losses_are_a_mistake() -> None:
    strategy = new(population=2, sample=1, weights=(1.0, 2.0, 3.0))
    with pytest.raises(InvalidFileError, match="3 weights for 2 objectives"):
        strategy.tell(strategy.ask(), [1.0, 2.0])
