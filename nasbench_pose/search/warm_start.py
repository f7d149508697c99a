"""Warm start: a search that proposes given genotypes first, with any strategy."""

import json
from collections.abc import Callable, Sequence

from nasbench_pose.genotype import Genotype
from nasbench_pose.strategies import Checkpointed, Proposal, Strategy


def starting_from(genotypes: Sequence[Genotype], strategy: Strategy) -> Strategy:
    """Return a strategy that proposes `genotypes` first and then the proposals of `strategy`.

    `strategy` learns the losses of `genotypes`, too. Evolution adds them to its population, random search ignores them.
    The genotypes are part of the run, so a replay repeats them.
    """
    if not genotypes:
        return strategy
    return (
        _SavedWarmStart(genotypes, strategy) if isinstance(strategy, Checkpointed) else _WarmStart(genotypes, strategy)
    )


class _WarmStart:
    def __init__(self, genotypes: Sequence[Genotype], strategy: Strategy) -> None:
        self.genotypes, self.strategy, self.asked = tuple(genotypes), strategy, 0

    def ask(self) -> Proposal:
        if self.asked == len(self.genotypes):
            return self.strategy.ask()
        self.asked += 1
        return Proposal(self.genotypes[self.asked - 1])

    def tell(self, proposal: Proposal, losses: Sequence[float]) -> None:
        self.strategy.tell(proposal, losses)


class _SavedWarmStart(_WarmStart):
    """A warm start of a checkpointed strategy; its state begins with the number of genotypes already proposed."""

    strategy: Strategy

    @property
    def after_step(self) -> Callable[[], None]:
        call: Callable[[], None] = self.strategy.after_step  # type: ignore[attr-defined]  # so `Interruptible` as it is
        return call

    @after_step.setter
    def after_step(self, call: Callable[[], None]) -> None:
        self.strategy.after_step = call  # type: ignore[attr-defined]

    def checkpoint(self) -> bytes:
        assert isinstance(self.strategy, Checkpointed)
        return json.dumps(self.asked).encode() + b"\n" + self.strategy.checkpoint()

    def restore(self, state: bytes) -> None:
        assert isinstance(self.strategy, Checkpointed)
        asked, _, rest = state.partition(b"\n")
        self.asked = json.loads(asked)
        self.strategy.restore(rest)
