"""torch's FlopCounterMode: counts the operations that run, independent of how they are called."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from nasbench_pose.cost.conventions.tools import TORCH
from nasbench_pose.cost.counters.counter import Counter, by_rule


def run(module: nn.Module, inputs: Sequence[Any]) -> int:
    """Return the total of FlopCounterMode: 2 for each multiply-accumulate."""
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        module(*inputs)
    return int(counter.get_total_flops())


COUNTER = Counter("torch", run, partial(by_rule, TORCH.rules), "torch")
