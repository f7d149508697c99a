"""NSGA-II: its order of survival against the slow definition, and that it follows several objectives at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.spaces import load
from nasbench_pose.strategies import make
from nasbench_pose.strategies.black_box.nsga2 import crowding_distance, survival_order

LOSSES = arrays.arrays(
    np.float64, st.tuples(st.integers(1, 12), st.integers(1, 3)), elements=st.sampled_from([0.0, 1.0, 2.0, 3.5, np.inf])
)


def dominates(one: np.ndarray, other: np.ndarray) -> bool:
    return bool((one <= other).all() and (one < other).any())


def slow_ranks(losses: np.ndarray) -> dict[int, int]:
    """Peel front after front off, as Deb et al. define it."""
    left = {row for row, values in enumerate(losses) if np.isfinite(values).all()}
    ranks, rank = {}, 0
    while left:
        front = {row for row in left if not any(dominates(losses[other], losses[row]) for other in left)}
        ranks.update(dict.fromkeys(front, rank))
        left, rank = left - front, rank + 1
    return ranks


@given(LOSSES)
def test_better_ranks_survive_first_and_failures_last(losses: np.ndarray) -> None:
    order = survival_order(losses).tolist()
    assert sorted(order) == list(range(len(losses)))
    ranks = slow_ranks(losses)
    found = [ranks.get(row, len(losses)) for row in order]
    assert found == sorted(found)
    for rank in set(ranks.values()):  # within a front the less crowded come first
        front = [row for row in order if ranks.get(row) == rank]
        rows = sorted(front)
        crowding = dict(zip(rows, crowding_distance(losses[rows]), strict=True))
        assert [crowding[row] for row in front] == sorted(crowding.values(), reverse=True)


def test_crowding_is_that_of_the_paper() -> None:
    """Perimeter of the box between neighbours, each side as a share of the range; infinite at the ends."""
    front = np.array([[0.0, 10.0], [1.0, 6.0], [5.0, 5.0], [10.0, 0.0]])
    assert crowding_distance(front).tolist() == [np.inf, 5 / 10 + 5 / 10, 9 / 10 + 6 / 10, np.inf]
    assert crowding_distance(np.ones((3, 2)))[1] == 0


def test_it_finds_both_ends_and_the_middle_of_a_front() -> None:
    """Two objectives that disagree: how many genes have their first option, and how many have not."""
    space = load("efficientpose_micro")
    first = {gene: options[0] for gene, options in space.genes.items()}
    strategy, seen = make("nsga2", space, 0, {"population": 12}), []
    for _ in range(200):
        proposal = strategy.ask()
        same = sum(space.complete(proposal.genotype)[gene] == value for gene, value in first.items())
        seen.append(same)
        strategy.tell(proposal, [float(same), float(len(first) - same)])
    assert set(seen) == set(range(len(first) + 1))


def test_a_child_is_of_the_best_when_only_one_objective_counts() -> None:
    space = load("efficientpose_small")
    best = space.sample(3)

    def loss(genotype) -> float:
        return float((space.encode([genotype]) != space.encode([best])).sum())

    def last(name: str) -> float:
        strategy, found = make(name, space, 0), []
        for _ in range(300):
            proposal = strategy.ask()
            found.append(loss(proposal.genotype))
            strategy.tell(proposal, [found[-1]])
        return float(np.mean(found[-50:]))

    assert last("nsga2") < last("random") - 5


def test_another_number_of_losses_is_refused() -> None:
    strategy = make("nsga2", load("simplebaseline"), 0)
    strategy.tell(strategy.ask(), [1.0, 2.0])
    with pytest.raises(InvalidFileError, match="was told 2 losses before, now 1"):
        strategy.tell(strategy.ask(), [1.0])
