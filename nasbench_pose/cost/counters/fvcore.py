"""fvcore: counts the operations of a trace of the module, independent of how they are called."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from torch import nn

from nasbench_pose.cost.conventions.tools import FVCORE
from nasbench_pose.cost.counters.counter import Counter, by_rule


def run(module: nn.Module, inputs: Sequence[Any]) -> int:
    """Return the total of fvcore's FlopCountAnalysis."""
    from fvcore.nn import FlopCountAnalysis

    return int(FlopCountAnalysis(module, tuple(inputs)).unsupported_ops_warnings(False).tracer_warnings("none").total())


COUNTER = Counter("fvcore", run, partial(by_rule, FVCORE.rules), "fvcore")
