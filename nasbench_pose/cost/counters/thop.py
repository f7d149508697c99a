"""thop: counts modules of torch.nn, by their exact class, with hooks."""

from collections.abc import Sequence
from typing import Any

from torch import nn

from nasbench_pose.cost.conventions.tools import THOP
from nasbench_pose.cost.counters.counter import Counter, by_rule
from nasbench_pose.cost.counters.tracing import Traced


def run(module: nn.Module, inputs: Sequence[Any]) -> int:
    """Return the number of operations that `thop.profile` finds."""
    from thop import profile

    total: float = profile(module, inputs=tuple(inputs), verbose=False)[0]
    return round(total)


def seen(traced: Traced) -> int:
    """Return what thop counts for a call.

    A module that is registered in n places gets n hooks, and its sum is added n times.
    """
    from thop.profile import register_hooks

    return by_rule(THOP.rules, traced) * traced.paths**2 if traced.module in register_hooks else 0


COUNTER = Counter("thop", run, seen, "thop")
