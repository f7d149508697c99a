"""Strategies of several fidelities: how many networks reach each rung, and which."""

from collections import Counter

import numpy as np
import optuna
import pytest
from scipy.stats import mannwhitneyu

from nasbench_pose.errors import UnknownNameError
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import load
from nasbench_pose.strategies import Proposal, Strategy, make
from nasbench_pose.strategies.multi_fidelity._rungs import rungs
from nasbench_pose.strategies.multi_fidelity.hyperband import Hyperband

SPACE = load("efficientpose_large")
TABLE = range(100, 801, 100)


def loss(genotype: Genotype) -> float:
    return int(genotype.key, 16) / 16**16


def played(strategy: Strategy, steps: int, *, at_once: int = 1) -> list[Proposal]:
    """Return the proposals of a search with `at_once` workers, all of which end together."""
    proposals: list[Proposal] = []
    while len(proposals) < steps:
        asked = [strategy.ask() for _ in range(at_once)]
        for proposal in asked:
            strategy.tell(proposal, [loss(proposal.genotype), -loss(proposal.genotype)])
        proposals += asked
    return proposals


def halved(members: list[Genotype], levels: int, eta: int) -> list[list[Genotype]]:
    """Return the members of each rung by the definition of successive halving."""
    found = [members]
    for level in range(1, levels):
        found.append(sorted(found[-1], key=loss)[: len(members) // eta**level])
    return found


@pytest.mark.parametrize("at_once", [1, 4])
@pytest.mark.parametrize(("eta", "levels"), [(3, 4), (2, 4), (4, 2)])
def test_halving_is_its_slow_definition(eta: int, levels: int, at_once: int) -> None:
    fidelities = [eta**level for level in range(levels)]
    settings = {"fidelities": fidelities, "eta": eta, "most_rungs": levels}
    proposals = played(make("successive_halving", SPACE, 0, settings), 400, at_once=at_once)
    start = eta ** (levels - 1)
    lowest = [proposal.genotype for proposal in proposals if proposal.fidelity == 1][:start]
    for level, members in enumerate(halved(lowest, levels, eta)):
        rung = fidelities[level] if level + 1 < levels else None
        reached = [proposal.genotype for proposal in proposals if proposal.fidelity == rung]
        assert reached[: len(members)] == members


def test_hyperband_has_the_sizes_of_the_papers_table() -> None:
    """R = 81, eta = 3; where table 1 has 27 networks for s = 3, the formula of algorithm 1 gives 34."""
    settings = {"fidelities": range(1, 82), "most_rungs": 5}
    brackets = [[81, 27, 9, 3, 1], [34, 11, 3, 1], [15, 5, 1], [8, 2], [5]]
    proposals = played(make("hyperband", SPACE, 0, settings), sum(map(sum, brackets)))
    rung = iter(proposals)
    for number, sizes in enumerate(brackets):
        for level, size in enumerate(sizes, start=number):
            assert {next(rung).fidelity for _ in range(size)} == {3**level if level < 4 else None}


def test_asha_takes_a_third_of_each_rung_further() -> None:
    proposals = played(make("asha", SPACE, 0, {"fidelities": TABLE}), 600)
    counts = Counter(proposal.fidelity for proposal in proposals)
    for lower, upper in ((100, 300), (300, None)):  # an early place among the best may be lost again: hence more
        assert counts[lower] // 3 <= counts[upper] <= counts[lower] // 2
    full = [loss(proposal.genotype) for proposal in proposals if proposal.fidelity is None]
    lowest = [loss(proposal.genotype) for proposal in proposals if proposal.fidelity == 100]
    assert max(full) < np.quantile(lowest, 0.5)
    reached = [(proposal.genotype, proposal.fidelity) for proposal in proposals]
    assert len(set(reached)) == len(reached), "nothing goes to a rung twice"


def test_asha_of_several_objectives_takes_the_front_further() -> None:
    """The two losses are each other's negative, so every network is on the front, and the ends go first."""
    strategy = make("mo_asha", SPACE, 0, {"fidelities": TABLE})
    proposals = played(strategy, 9)
    first = [proposal.genotype for proposal in proposals if proposal.fidelity == 100][:3]
    taken = next(proposal.genotype for proposal in proposals if proposal.fidelity == 300)
    assert taken in (min(first, key=loss), max(first, key=loss))


@pytest.mark.parametrize("name", ["successive_halving", "hyperband", "bohb", "asha", "mo_asha"])
def test_the_schedule_is_the_users(name: str) -> None:
    strategy = make(name, SPACE, 0, {"fidelities": TABLE, "schedule": "own"})
    assert {(each.fidelity is None, each.schedule) for each in played(strategy, 60)} == {
        (False, "own"),
        (True, "whole"),
    }
    with pytest.raises(UnknownNameError, match=r"No schedule named 'hole'.* Did you mean 'whole'"):
        make(name, SPACE, 0, {"fidelities": TABLE, "schedule": "hole"})


def test_a_measurement_of_one_fidelity_has_one_rung() -> None:
    assert rungs([100], 3, 4) == (None,)
    assert rungs(range(1, 801), 3, 4) == (30, 89, 267, None)
    assert rungs([100, 800], 3, 4) == (100, None)


@pytest.mark.parametrize(("levels", "eta"), [(2, 3), (4, 3), (5, 3), (4, 2), (7, 2)])
def test_brackets_are_as_large_as_optunas(levels: int, eta: int) -> None:
    pruner = optuna.pruners.HyperbandPruner(min_resource=1, max_resource=eta ** (levels - 1), reduction_factor=eta)
    sizes = [pruner._calculate_trial_allocation_budget(bracket) for bracket in _brackets_of(pruner)]
    assert [members for members, _ in Hyperband.sizes(levels, eta)] == sizes


def _brackets_of(pruner: optuna.pruners.HyperbandPruner) -> range:
    study = optuna.create_study(pruner=pruner)
    pruner._try_initialization(study)
    assert pruner._n_brackets is not None
    return range(pruner._n_brackets)


@pytest.mark.parametrize("name", ["successive_halving", "hyperband", "bohb", "asha", "mo_asha"])
def test_three_objectives_and_workers_are_no_problem(name: str) -> None:
    strategy = make(name, SPACE, 0, {"fidelities": TABLE})
    reached: Counter[int | None] = Counter()
    for _ in range(40):
        for proposal in [strategy.ask() for _ in range(3)]:
            value = loss(proposal.genotype)
            strategy.tell(proposal, [value, -value, value**2])
            reached[proposal.fidelity] += 1
    assert reached[100] > reached[300] > reached[None] > 0


def test_the_model_of_bohb_draws_better_networks_than_chance() -> None:
    """The losses of the networks that enter the lowest rung late, against those of Hyperband's."""
    small = load("efficientpose_small")
    best = small.encode([small.sample(1)])

    def entering(name: str) -> list[float]:
        losses: list[float] = []
        for seed in range(2):
            strategy = make(name, small, seed, {"fidelities": TABLE})
            for _ in range(150):
                proposal = strategy.ask()
                distance = float((small.encode([proposal.genotype]) != best).sum())
                strategy.tell(proposal, [distance])
                losses += [distance] if proposal.fidelity == TABLE[0] else []
        return losses[len(losses) // 4 :]

    assert mannwhitneyu(entering("bohb"), entering("hyperband"), alternative="less").pvalue < 0.01


def test_the_brackets_of_bohb_are_those_of_hyperband() -> None:
    sizes = [Counter(each.fidelity for each in played(make(name, SPACE, 0, {"fidelities": TABLE}), 200)) for name in
             ("bohb", "hyperband")]  # fmt: skip
    assert sizes[0] == sizes[1], "the brackets are the same, whoever draws their members"
