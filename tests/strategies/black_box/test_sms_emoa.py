"""SMS-EMOA: who leaves a population, by the slow definition, and that it spreads over a front."""

import moocore
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.spaces import load
from nasbench_pose.strategies import Strategy, make
from nasbench_pose.strategies.black_box.sms_emoa import least_member
from nasbench_pose.testing import SeededStrategyContract

LOSSES = arrays.arrays(
    np.float64, st.tuples(st.integers(2, 10), st.integers(2, 3)), elements=st.integers(0, 6).map(float)
)


class TestSMSEMOA(SeededStrategyContract):
    def new(self, seed: int) -> Strategy:
        return make("sms_emoa", load("efficientpose_small"), seed, {"population": 8})


def hypervolume(losses: np.ndarray) -> float:
    """Return the hypervolume with a reference point one range beyond the worst loss of [0, 6]."""
    return float(moocore.hypervolume(losses, ref=12.0)) if len(losses) else 0.0


@given(LOSSES)
def test_the_member_that_goes_costs_least_hypervolume(losses: np.ndarray) -> None:
    """Hypervolumes with and without each row, where the definition takes contributions; ranges are made equal."""
    losses = np.concatenate([losses, np.eye(losses.shape[1]) * 6, np.full((1, losses.shape[1]), 6.0)])
    gone = least_member(losses)
    dominated = [np.any((losses <= row).all(axis=1) & (losses < row).any(axis=1)) for row in losses]
    assert dominated[gone] or not any(dominated), "a dominated member goes before one of the first front"
    last = moocore.pareto_rank(losses)
    front = losses[last == last.max()]
    costs = [hypervolume(front) - hypervolume(np.delete(front, row, axis=0)) for row in range(len(front))]
    without = np.flatnonzero((front == losses[gone]).all(axis=1))[0]
    assert costs[without] == pytest.approx(min(costs))


def test_a_failure_goes_first() -> None:
    assert least_member(np.array([[9.0, 9.0], [np.inf, np.inf], [1.0, 1.0], [np.nan, 0.0]])) == 1


def test_of_one_objective_the_oldest_of_the_worst_goes() -> None:
    assert least_member(np.array([[1.0], [3.0], [2.0], [3.0]])) == 1


def test_it_finds_both_ends_and_the_middle_of_a_front() -> None:
    """Two objectives that disagree: how many genes have their first option, and how many have not."""
    space = load("efficientpose_micro")
    first = {gene: options[0] for gene, options in space.genes.items()}
    strategy, seen = make("sms_emoa", space, 0, {"population": 12}), set()
    for _ in range(200):
        proposal = strategy.ask()
        same = sum(space.complete(proposal.genotype)[gene] == value for gene, value in first.items())
        seen.add(same)
        strategy.tell(proposal, [float(same), float(len(first) - same)])
    assert seen == set(range(len(first) + 1))


def test_another_number_of_losses_is_refused() -> None:
    strategy = make("sms_emoa", load("simplebaseline"), 0)
    strategy.tell(strategy.ask(), [1.0, 2.0])
    with pytest.raises(InvalidFileError, match="was told 2 losses before, now 1"):
        strategy.tell(strategy.ask(), [1.0])
