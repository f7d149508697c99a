"""Limits of strategies: costs that are counted are kept, costs that are measured are learned by Deb's rule."""

import itertools
import math
from collections.abc import Sequence

import moocore
import numpy as np
import pytest
from optuna.trial import TrialState

from nasbench_pose import cost
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.genotype import Genotype
from nasbench_pose.objective import Limit
from nasbench_pose.spaces import load
from nasbench_pose.strategies import STRATEGIES, Proposal, Strategy, make
from nasbench_pose.strategies.black_box.nsga2 import survival_order
from nasbench_pose.strategies.black_box.sms_emoa import least_member
from nasbench_pose.strategies.limited_space import limited
from nasbench_pose.strategies.limits import LimitedLosses, limited_losses
from nasbench_pose.strategies.optuna_sampler import OptunaSearch
from nasbench_pose.strategies.registry import accepts, treatment_of
from nasbench_pose.strategies.weighted_sum import WeightedSum

SMALL, MICRO = load("efficientpose_small"), load("efficientpose_micro")
MACS, LATENCY = Limit("macs", 3e6), Limit("latency_ms", 6.0)
QUICK = {"proxy": "params", "start": 8, "startup": 10, "candidates": 8, "move": "first", "population_size": 10}
"""Settings for short searches, for strategies that have them."""
KEEPING = [name for name in STRATEGIES if treatment_of(name) in ("kept and learned", "kept")] + ["optuna:NSGAIISampler"]
LEARNING = [name for name in KEEPING if name in STRATEGIES and name not in ("random", "gp")]
"""Without `gp`, which takes seconds; Optuna's own samplers are given constraints as it is."""


def new(name: str, space: object, seed: int = 0, **settings: object) -> Strategy:
    told = {"fidelities": [100, 200, 400, 800], "protocol": Protocol().text}
    needed = {key: value for key, value in told.items() if accepts(name, key)}
    quick = {key: value for key, value in QUICK.items() if accepts(name, key)}
    return make(name, space, seed, {**needed, **quick, **settings})  # type: ignore[arg-type]


def wide(genotype: Genotype) -> int:
    """A cost that only a measurement knows, and that the losses reward."""
    return sum(str(value).startswith("k5") for _, value in genotype.genes)


def play(strategy: Strategy, trials: int, *limits: Limit) -> list[Genotype]:
    """Return the networks that were measured fully."""
    asked: list[Genotype] = []
    for _ in range(trials):
        proposal = strategy.ask()
        genotype = proposal.genotype
        metrics = {"latency_ms": float(wide(genotype)), "macs": 0.0}
        strategy.tell(proposal, limited_losses([-float(wide(genotype)), len(genotype.genes)], metrics, limits))
        asked += [genotype] if proposal.fidelity is None else []
    return asked


@pytest.mark.parametrize("name", KEEPING)
def test_strategies_that_keep_limits_propose_nothing_beyond_them(name: str) -> None:
    within = limited(MICRO, [MACS], input=MICRO.input, joints=MICRO.joints)
    asked = play(new(name, within), 12 if name == "gp" else 40, MACS)
    assert max(cost.count(MICRO.graph(genotype)).macs for genotype in set(asked)) <= MACS.most


@pytest.mark.parametrize("name", LEARNING)
def test_strategies_that_learn_limits_come_back_within_them(name: str) -> None:
    """The best networks are beyond the limit, where a search goes that is told of none."""

    def share(*limits: Limit) -> float:
        searches = [play(new(name, SMALL, seed), 50 if "tpe" in name else 100, *limits) for seed in range(2)]
        last = itertools.chain(*(search[len(search) // 2 :] for search in searches))
        return float(np.mean([wide(genotype) <= LATENCY.most for genotype in last]))

    assert share(LATENCY) > share() + 0.2, (share(LATENCY), share())


def constrained(losses: Sequence[tuple[float, ...]], excess: Sequence[float]) -> list[int]:
    """Return ranks by constrained domination as Deb et al. (2002) define it, slowly."""

    def dominates(a: int, b: int) -> bool:
        if excess[a] > 0 or excess[b] > 0:
            return excess[a] < excess[b]
        return all(x <= y for x, y in zip(losses[a], losses[b], strict=True)) and losses[a] != losses[b]

    left, ranks, rank = set(range(len(losses))), [0] * len(losses), 0
    while left:
        first = {b for b in left if not any(dominates(a, b) for a in left)}
        for each in first:
            ranks[each] = rank
        left, rank = left - first, rank + 1
    return ranks


@pytest.mark.parametrize("objectives", [1, 2, 3])
def test_losses_are_ranked_by_constrained_domination(objectives: int) -> None:
    rng = np.random.default_rng(objectives)
    losses = [tuple(map(float, row)) for row in rng.integers(-5, 5, size=(60, objectives)) * 1e6]
    excess = [float(share) for share in np.maximum(0, rng.integers(-3, 4, size=60) / 7)]
    told = np.array([LimitedLosses(row, {"a": share}) for row, share in zip(losses, excess, strict=True)])
    ranks = constrained(losses, excess)
    assert moocore.pareto_rank(told).tolist() == ranks
    assert [ranks[place] for place in survival_order(told)] == sorted(ranks)
    assert ranks[least_member(told)] == max(ranks)


def test_a_weight_makes_nothing_beyond_a_limit_good() -> None:
    far, near = LimitedLosses([-9.0, 1.0], {"a": 2.0}), LimitedLosses([9.0, 1.0], {"a": 1.0, "b": -0.5})
    for weights in ((-1.0,), (0.0,), (1.0, -1.0)):
        of = WeightedSum("evolution", weights)
        assert of([50.0, 0.0]) < of(near) < of(far) < math.inf
    assert not LimitedLosses([1.0], {"a": 0.0}).beyond and LimitedLosses([1.0], {"a": 0.0}) == (1.0,)


def test_what_is_not_finite_counts_as_failed() -> None:
    assert limited_losses([1.0, 2.0], {"latency_ms": math.nan}, [LATENCY]) == [math.inf, math.inf]
    assert limited_losses([1.0], {"macs": 2.0}, [Limit("macs", 0.0)])[0] == pytest.approx(3e30)


def test_samplers_of_optuna_are_given_constraints() -> None:
    within = limited(MICRO, [MACS], input=MICRO.input, joints=MICRO.joints)
    strategy = new("gp", within, startup=3)
    assert isinstance(strategy, OptunaSearch)
    start = Proposal(MICRO.named["micro-largest"])
    strategy.tell(start, LimitedLosses([1.0, 2.0], {"macs": 1.5, "latency_ms": -0.5}))  # a start beyond what is kept
    for number in range(8):
        proposal = strategy.ask()
        excess = {"macs": -0.1, "latency_ms": number / 4 - 1}
        strategy.tell(proposal, [math.inf] * 2 if number == 3 else LimitedLosses([number, 1.0], excess))
    assert strategy._study is not None
    told = [each.constraints for each in strategy._study.get_trials(states=[TrialState.COMPLETE])]
    assert [each["latency_ms"] for each in told] == [-1, -0.75, -0.5, -0.5, 0, 0.25, 0.5, 0.75]
    assert all(set(each) == {"latency_ms"} for each in told)
