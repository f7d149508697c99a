"""A third-party counter: a function that runs it, and a rule that predicts its number for a call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from torch import nn

from nasbench_pose.cost.conventions import CONVENTIONS, Convention, Rules
from nasbench_pose.cost.counters.tracing import Traced
from nasbench_pose.cost.inventory import seen


@dataclass(frozen=True)
class Counter:
    """A third-party tool that counts operations."""

    name: str
    """The name of the tool, and of the convention that it follows on plain modules."""
    run: Callable[[nn.Module, Sequence[Any]], int]
    """(module, inputs) -> the tool's own number. It may modify the module, because it gets a copy."""
    seen: Callable[[Traced], int]
    """The operations that the tool counts for one call, which may depend on how the call was made."""
    needs: str
    """The package that the tool is in."""

    @property
    def convention(self) -> Convention:
        """The convention that the tool follows on plain modules."""
        return CONVENTIONS[self.name]


def by_rule(rules: Rules, traced: Traced) -> int:
    """Return the operations that `rules` count for a call, independent of how it was made."""
    return seen(rules, traced.call)
