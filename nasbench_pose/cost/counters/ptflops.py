"""ptflops: its backend `pytorch` hooks modules by their exact class and patches functions; `aten` counts operations."""

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any

import torch
from torch import nn

from nasbench_pose.cost.conventions.tools import PTFLOPS_ATEN, PTFLOPS_FUNCTIONS, PTFLOPS_HOOKS
from nasbench_pose.cost.counters.counter import Counter, by_rule
from nasbench_pose.cost.counters.tracing import Traced


def run(module: nn.Module, inputs: Sequence[Any], *, backend: str) -> int:
    """Return the complexity of ptflops; raise RuntimeError if it fails, which it only prints."""
    from ptflops import get_model_complexity_info

    found, _ = get_model_complexity_info(
        _ByName(module),
        (1,),
        print_per_layer_stat=False,
        as_strings=False,
        backend=backend,
        input_constructor=lambda _: {"inputs": tuple(inputs)},
    )
    if found is None:
        raise RuntimeError("it gave up")
    return int(found)


class _ByName(nn.Module):
    """Takes all inputs as one argument: ptflops passes a single tensor otherwise, and divides by its batch size."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, inputs: tuple[Any, ...]) -> Any:
        return self.module(*inputs)


@lru_cache(maxsize=1)
def _patched() -> frozenset[Any]:
    from ptflops.pytorch_ops import FUNCTIONAL_MAPPING, TENSOR_OPS_MAPPING

    # Torch reports F.max_pool2d as torch.max_pool2d. Methods are left out, because it reports `+` as a method, too.
    pools = {torch.max_pool1d, torch.max_pool2d, torch.max_pool3d, torch.adaptive_max_pool1d}
    methods = {torch.Tensor.add, torch.Tensor.mul, torch.Tensor.matmul, torch.Tensor.mm, torch.Tensor.bmm}
    return frozenset({*FUNCTIONAL_MAPPING, *TENSOR_OPS_MAPPING, *pools} - methods)


def seen(traced: Traced) -> int:
    """Return what ptflops counts for a call: once in the module's hook, once more in a patched function."""
    from ptflops.pytorch_ops import MODULES_MAPPING

    hooked = by_rule(PTFLOPS_HOOKS, traced) * traced.paths if traced.module in MODULES_MAPPING else 0
    return hooked + (by_rule(PTFLOPS_FUNCTIONS, traced) if traced.function in _patched() else 0)


COUNTER = Counter("ptflops", partial(run, backend="pytorch"), seen, "ptflops")
ATEN = Counter("ptflops_aten", partial(run, backend="aten"), partial(by_rule, PTFLOPS_ATEN.rules), "ptflops")
