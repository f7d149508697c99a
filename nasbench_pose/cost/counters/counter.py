"""What every outside counter is to us: a way to run it, and a rule for what it sees of a call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from torch import nn

from nasbench_pose.cost.conventions import CONVENTIONS, Convention, Rules
from nasbench_pose.cost.counters.trace import Traced
from nasbench_pose.cost.inventory import seen


@dataclass(frozen=True)
class Counter:
    """A tool, run as its users run it."""

    name: str
    """Also the name of the convention that it follows on plain modules."""
    run: Callable[[nn.Module, Sequence[Any]], int]
    """(module, inputs) -> the tool's own number. It may spoil the module: it gets a copy."""
    seen: Callable[[Traced], int]
    """What the tool makes of one call, given how the call was reached."""
    needs: str
    """The package that has to be installed."""

    @property
    def convention(self) -> Convention:
        """What it counts where nothing hides from it."""
        return CONVENTIONS[self.name]


def by_rule(rules: Rules, traced: Traced) -> int:
    """Return what `rules` say of a call, however it was reached."""
    return seen(rules, traced.call)
