"""Strategies that learn beat random search on a space of known structure; and evolution is the paper's algorithm."""

from collections.abc import Callable
from functools import cache
from typing import Any

import moocore
import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from nasbench_pose import cost
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import load
from nasbench_pose.strategies import make

MICRO, SPACE = load("efficientpose_micro"), load("efficientpose_small")
"""26 genes: 5e21 genotypes, of which no search sees a noticeable part."""
ENDS = SPACE.encode([SPACE.sample(100), SPACE.sample(200)])
TRIALS, SEEDS = {1: 60, 2: 300}, 8
"""Trials of a search by the number of its objectives, and searches."""
LEVEL = 0.01
"""Level of the one-sided Mann-Whitney test; with 8 seeds against 8 the smallest p is 0.0001."""

ONE_OBJECTIVE: dict[str, dict[str, Any]] = {
    "local": {"move": "first"},
    "evolution": {},
    "tpe": {},
    "predictor": {"model": "linear"},
    "incumbent": {},
}
SEVERAL_OBJECTIVES: dict[str, dict[str, Any]] = {"nsga2": {}, "sms_emoa": {}}


def distances(genotype: Genotype) -> list[float]:
    """Return how many genes differ from each of two networks: two hills without valleys, with a front between them."""
    return [float(differing) for differing in (SPACE.encode([genotype]) != ENDS).sum(axis=1)]


def search(name: str, seed: int, settings: dict[str, Any], objectives: int, trials: int) -> np.ndarray:
    """Return the losses of a search, shape (trials, objectives)."""
    strategy, found = make(name, SPACE, seed, settings), []
    for _ in range(trials):
        proposal = strategy.ask()
        found.append(distances(proposal.genotype)[:objectives])
        strategy.tell(proposal, found[-1])
    return np.array(found)


@cache
def scores(name: str, objectives: int) -> tuple[float, ...]:
    """Return one number for each seed, less is better: the least distance, or the hypervolume that is not covered."""
    settings = {**ONE_OBJECTIVE, **SEVERAL_OBJECTIVES}.get(name, {})
    losses = [search(name, seed, settings, objectives, TRIALS[objectives]) for seed in range(SEEDS)]
    if objectives == 1:
        return tuple(float(found.min()) for found in losses)
    return tuple(-float(moocore.hypervolume(found, ref=len(SPACE.genes))) for found in losses)


def p_value(better: tuple[float, ...], worse: tuple[float, ...]) -> float:
    return float(mannwhitneyu(better, worse, alternative="less").pvalue)


@pytest.mark.parametrize("name", ONE_OBJECTIVE)
def test_it_comes_nearer_to_the_optimum_than_random_search(name: str) -> None:
    assert p_value(scores(name, 1), scores("random", 1)) < LEVEL


@pytest.mark.parametrize("name", SEVERAL_OBJECTIVES)
def test_its_front_covers_more_than_that_of_random_search(name: str) -> None:
    assert p_value(scores(name, 2), scores("random", 2)) < LEVEL


@pytest.mark.slow
def test_gaussian_processes_find_the_optimum_of_a_small_space_sooner_than_random_search() -> None:
    """648 networks, 7 genes; a search that has not found the optimum in 16 trials counts as 17."""

    def trials_until_found(name: str, seed: int, settings: dict[str, Any]) -> float:
        best = MICRO.encode([MICRO.sample(1000 + seed)])
        strategy = make(name, MICRO, seed, settings)
        for number in range(1, 17):
            proposal = strategy.ask()
            loss = float((MICRO.encode([proposal.genotype]) != best).sum())
            if loss == 0:
                return number
            strategy.tell(proposal, [loss])
        return 17

    ours = tuple(trials_until_found("gp", seed, {"startup": 8, "weights": [1]}) for seed in range(SEEDS))
    assert p_value(ours, tuple(trials_until_found("random", seed, {}) for seed in range(SEEDS))) < LEVEL


@pytest.mark.slow
def test_a_warm_start_is_ahead_of_random_search_where_its_proxy_ranks_like_the_loss() -> None:
    """The loss is less for more MACs, as is the proxy's; after 12 trials, 8 of them the best of 40 by the proxy."""
    counted = cost.table(MICRO, input=MICRO.input, joints=MICRO.joints)
    proxy = {"protocol": Protocol().text, "proxy": "macs", "candidates": 40, "start": 8}

    def least(name: str, seed: int, settings: dict[str, Any]) -> float:
        strategy, losses = make(name, MICRO, seed, settings), []
        for _ in range(12):
            proposal = strategy.ask()
            losses.append(-float(counted.count(MICRO.encode([proposal.genotype])).macs[0]))
            strategy.tell(proposal, losses[-1:])
        return min(losses)

    ours = tuple(least("warm", seed, proxy) for seed in range(2 * SEEDS))
    assert p_value(ours, tuple(least("random", seed, {}) for seed in range(2 * SEEDS))) < LEVEL


def paper(rng: np.random.Generator, cycles: int, loss: Callable[[Genotype], float]) -> float:
    """Return the least loss of algorithm 1 of Real et al. (2019), line by line, with P = 20 and S = 5."""
    population: list[Genotype] = []
    history: list[Genotype] = []
    while len(population) < 20:
        population.append(SPACE.sample(rng))
        history.append(population[-1])
    while len(history) < cycles:
        sample: list[Genotype] = []
        while len(sample) < 5:
            sample.append(population[rng.integers(20)])
        parent = min(sample, key=loss)
        child = SPACE.mutate(parent, rng)
        population.append(child)
        history.append(child)
        del population[0]
    return min(map(loss, history))


def test_evolution_is_the_algorithm_of_the_paper() -> None:
    """30 searches of each: their best losses do not differ by a two-sided test, and their means by less than 1 gene."""
    ours = [float(search("evolution", seed, {}, 1, trials=100).min()) for seed in range(30)]
    twin = [paper(np.random.default_rng(1000 + seed), 100, lambda each: distances(each)[0]) for seed in range(30)]
    assert mannwhitneyu(ours, twin).pvalue > 0.05
    assert abs(np.mean(ours) - np.mean(twin)) < 1
