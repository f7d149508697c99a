"""Differentiable search: reproducible, checkpointed, and pulled by its cost term."""

import pytest

from nasbench_pose.cost import count
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.spaces import load
from nasbench_pose.strategies import Checkpointed, make
from nasbench_pose.strategies.differentiable.darts import Darts

SPACE = load("efficientpose_micro")
DATA = "synthetic:train=16,val=2,test=2"
SETTINGS = {
    "data": DATA, "protocol": Protocol(data=DATA, input=(32, 32), batch=4).text, "batch": 4, "warm_up": 1, "steps": 1,
}  # fmt: skip


def _new(seed: int, **settings: float) -> Darts:
    strategy = make("darts", SPACE, seed, SETTINGS | settings)
    assert isinstance(strategy, Darts)
    return strategy


@pytest.mark.slow
def test_same_seed_same_proposals_all_different_all_members() -> None:
    first, second = _new(1), _new(1)
    proposals = [first.ask() for _ in range(4)]
    assert proposals == [second.ask() for _ in range(4)]
    assert len({SPACE.validate(proposal.genotype) for proposal in proposals}) == 4


@pytest.mark.slow
def test_a_restored_search_goes_on_as_the_uninterrupted_one() -> None:
    whole, broken = _new(2), _new(2)
    assert isinstance(broken, Checkpointed)
    for _ in range(2):
        assert whole.ask() == broken.ask()
    resumed = _new(2)
    resumed.restore(broken.checkpoint())
    assert [resumed.ask() for _ in range(3)] == [whole.ask() for _ in range(3)]


@pytest.mark.slow
def test_the_cost_term_pulls_towards_cheap_networks() -> None:
    settings = {"warm_up": 0, "steps": 12, "choice_rate": 0.5}
    cheap, free = (_new(0, cost_weight=weight, **settings).ask().genotype for weight in (100.0, -100.0))
    costs = [count(SPACE.graph(genotype)).macs for genotype in (SPACE.named["micro-smallest"], cheap, free)]
    assert costs[0] == costs[1] < costs[2]
