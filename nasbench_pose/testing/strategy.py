"""The contract tests of search strategies."""

import math
import random
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pytest

from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace, space_of
from nasbench_pose.strategies import Checkpointed, Exhausted, Interruptible, Proposal, Strategy
from nasbench_pose.strategies.limits import LimitedLosses

Losses = Callable[[Genotype], Sequence[float]]


def losses(genotype: Genotype) -> list[float]:
    """Return two losses that depend on the genotype alone: its key as a number, and that number's negative."""
    number = int(genotype.key, 16) / 16**16
    return [number, -number]


def failure(_: Genotype) -> list[float]:
    """Return the losses of a trial that failed."""
    return [math.inf, math.inf]


def three(genotype: Genotype) -> list[float]:
    """Return three losses."""
    return [*losses(genotype), abs(losses(genotype)[0] - 0.5)]


def limited(genotype: Genotype) -> LimitedLosses:
    """Return two losses of a search with two limits; three trials in four are beyond one of them."""
    first, second = losses(genotype)
    return LimitedLosses([first, second], {"latency_ms": first - 0.5, "watts": second + 0.25})


def play(strategy: Strategy, steps: int, judge: Losses = losses) -> Iterator[Proposal]:
    """Yield `steps` proposals, or fewer if the strategy is exhausted; tell the losses of each before the next ask."""
    for _ in range(steps):
        try:
            proposal = strategy.ask()
        except Exhausted:
            return
        strategy.tell(proposal, judge(proposal.genotype))
        yield proposal


class StrategyContract:
    """Tests of any strategy: override `new`, and `steps` if 60 are too few to reach all of its behaviour."""

    steps = 60
    """Trials of a search."""
    exhausted_after: int | None = None
    """Total number of proposals; None if there is no limit."""

    def new(self, seed: int) -> Strategy:
        """Return a new strategy."""
        raise NotImplementedError

    def space(self, genotype: Genotype) -> SearchSpace:
        """Return the space that a proposed genotype must belong to."""
        return space_of(genotype)

    def expected(self, steps: int) -> int:
        """Return how many of `steps` the strategy can take."""
        return min(steps, self.exhausted_after or steps)

    def test_same_seed_same_trials(self) -> None:
        assert list(play(self.new(1), self.steps)) == list(play(self.new(1), self.steps))

    def test_randomness_comes_from_the_seed_alone(self) -> None:
        """The global generators of NumPy and Python have no effect on the strategy, and it does not use them."""
        expected, proposals = list(play(self.new(1), self.steps)), []
        np.random.seed(0)
        random.seed(0)
        for number, proposal in enumerate(play(self.new(1), self.steps)):
            proposals.append(proposal)
            assert (np.random.randint(10**6), random.random()) == _first_draws(number)
            np.random.seed(number + 1)
            random.seed(number + 1)
        assert proposals == expected

    def test_every_proposal_is_a_member_of_its_space(self) -> None:
        proposals = list(play(self.new(2), self.steps))
        assert len(proposals) == self.expected(self.steps)
        for proposal in proposals:
            assert self.space(proposal.genotype).validate(proposal.genotype) == proposal.genotype
            assert proposal.fidelity is None or proposal.fidelity > 0

    def test_replaying_a_history_resumes(self) -> None:
        """A search that went through a history, and a new one that the history is replayed to, go on alike."""
        original = self.new(3)
        history = list(play(original, self.steps // 2))
        replayed = self.new(3)
        for proposal in history:
            assert replayed.ask() == proposal
            replayed.tell(proposal, losses(proposal.genotype))
        rest = list(play(original, self.steps // 2))
        assert list(play(replayed, self.steps // 2)) == rest
        assert len(history) + len(rest) == self.expected(2 * (self.steps // 2))

    def test_a_checkpoint_resumes(self) -> None:
        whole, broken = self.new(4), self.new(4)
        if not isinstance(broken, Checkpointed):
            assert not hasattr(broken, "checkpoint") and not hasattr(broken, "restore")
            return
        assert list(play(whole, self.steps // 2)) == list(play(broken, self.steps // 2))
        resumed = self.new(4)
        assert isinstance(resumed, Checkpointed)
        resumed.restore(broken.checkpoint())
        assert list(play(resumed, self.steps // 2)) == list(play(whole, self.steps // 2))

    def test_an_ask_that_is_interrupted_resumes(self) -> None:
        whole, broken, states = self.new(4), self.new(4), []
        if not isinstance(broken, Interruptible):
            return

        def stop() -> None:
            states.append(broken.checkpoint())
            raise InterruptedError

        broken.after_step = stop
        with pytest.raises(InterruptedError):
            broken.ask()
        resumed = self.new(4)
        assert isinstance(resumed, Interruptible)
        resumed.restore(states[0])
        assert list(play(resumed, self.steps)) == list(play(whole, self.steps))

    def test_several_asks_may_come_before_their_tells(self) -> None:
        def search() -> Iterator[Proposal]:
            strategy, batch = self.new(5), max(1, self.steps // 4)
            for _ in range(2):
                asked = [strategy.ask() for _ in range(batch)]
                yield from asked
                for proposal in reversed(asked):
                    strategy.tell(proposal, losses(proposal.genotype))

        proposals = list(search())
        assert proposals == list(search())
        for proposal in proposals:
            self.space(proposal.genotype).validate(proposal.genotype)

    def test_it_survives_failures(self) -> None:
        strategy = self.new(6)
        assert len(list(play(strategy, self.steps // 2, failure))) == self.expected(self.steps // 2)
        proposals = list(play(strategy, self.steps // 2))
        assert len(proposals) == self.expected(2 * (self.steps // 2)) - self.expected(self.steps // 2)
        for proposal in proposals:
            self.space(proposal.genotype).validate(proposal.genotype)

    @pytest.mark.parametrize("judge", [three, limited])
    def test_three_objectives_and_limits_of_measured_metrics(self, judge: Losses) -> None:
        proposals = list(play(self.new(8), self.steps // 2, judge))
        assert len(proposals) == self.expected(self.steps // 2)
        for proposal in proposals:
            self.space(proposal.genotype).validate(proposal.genotype)

    def test_it_may_be_told_what_it_did_not_propose_and_the_same_twice(self) -> None:
        """A search may begin with given networks, and two workers may measure the same one."""
        strategy, few = self.new(9), max(1, self.steps // 4)
        own, others = list(play(strategy, few)), list(play(self.new(10), few))
        for proposal in (*own, *others, *own):
            strategy.tell(proposal, [1.0, 2.0])
        rest = list(play(strategy, few))
        assert len(own) + len(rest) == self.expected(2 * few)

    def test_it_proposes_nothing_after_it_is_exhausted(self) -> None:
        strategy = self.new(7)
        if self.exhausted_after is None:
            assert len(list(play(strategy, self.steps))) == self.steps
            return
        proposals = list(play(strategy, self.exhausted_after + 1))
        assert len(proposals) == self.exhausted_after
        for _ in range(3):
            with pytest.raises(Exhausted):
                strategy.ask()
            strategy.tell(proposals[0], losses(proposals[0].genotype))


class SeededStrategyContract(StrategyContract):
    """Tests of strategies that use random numbers: different seeds give different trials."""

    def test_another_seed_other_trials(self) -> None:
        searches = [tuple(play(self.new(seed), self.steps)) for seed in range(3)]
        assert len(set(searches)) == 3


def _first_draws(seed: int) -> tuple[int, float]:
    """Return what NumPy's and Python's global generators draw first after this seed."""
    return int(np.random.RandomState(seed).randint(10**6)), random.Random(seed).random()
