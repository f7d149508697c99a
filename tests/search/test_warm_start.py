"""Searches that begin with named genotypes, of strategies with checkpoints."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from fakes import SPACE, Saving

from nasbench_pose.search.warm_start import starting_from
from nasbench_pose.strategies import Checkpointed, Proposal

FIRST = tuple(SPACE.sample(np.random.default_rng(7)) for _ in range(2))


class Tolerant(Saving):
    """Takes what it is told of genotypes that it did not propose."""

    def tell(self, proposal: Proposal, losses: Sequence[float]) -> None:  # noqa: ARG002
        self.told.append(list(losses))


def begun() -> Any:
    found = starting_from(FIRST, Tolerant(SPACE, np.random.default_rng(0)))
    assert isinstance(found, Checkpointed)
    return found


def steps(strategy: Any, numbers: range) -> list[str]:
    proposed = []
    for number in numbers:
        proposal = strategy.ask()
        strategy.tell(proposal, [float(number)])
        proposed.append(proposal.genotype.text)
    return proposed


@pytest.mark.parametrize("after", range(5))
def test_a_search_goes_on_from_a_checkpoint_wherever_it_was(after: int) -> None:
    whole = steps(begun(), range(6))
    assert whole[:2] == [genotype.text for genotype in FIRST]
    one, other = begun(), begun()
    assert steps(one, range(after)) == whole[:after]
    other.restore(one.checkpoint())
    assert steps(other, range(after, 6)) == whole[after:]


def test_its_state_is_that_of_the_strategy_after_a_line() -> None:
    one = begun()
    steps(one, range(3))
    asked, _, state = one.checkpoint().partition(b"\n")
    assert json.loads(asked) == 2 and json.loads(state) == [[[0.0], [1.0], [2.0]], 1]
