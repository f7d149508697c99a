"""Copies of modules, for changes that cannot be undone: lazy layers, and counters that modify the module."""

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

from nasbench_pose.cost.counters.unchanged import unchanged
from nasbench_pose.errors import NasbenchPoseError


def copied(module: nn.Module) -> nn.Module:
    """Return a deep copy of a module that shares no memory with it.

    Attributes that are results of operations (pruned weights, stored features) are copied without their autograd
    graph, which torch cannot copy. Raises NasbenchPoseError for a module that cannot be copied.

    >>> linear = nn.utils.parametrizations.weight_norm(nn.Linear(2, 3))
    >>> copied(linear).weight.shape
    torch.Size([3, 2])
    """
    memo: dict[int, Any] = {}
    for m in module.modules():
        for value in list(vars(m).values()):
            for tensor in value if isinstance(value, list | tuple) else (value,):
                if isinstance(tensor, Tensor) and not nn.parameter.is_lazy(tensor) and not tensor.is_leaf:
                    memo[id(tensor)] = tensor.detach().clone()
        for buffer in m._buffers.values():
            if isinstance(buffer, nn.UninitializedBuffer):  # torch can copy lazy parameters, but not lazy buffers
                memo[id(buffer)] = nn.UninitializedBuffer(device=buffer.device, dtype=buffer.dtype)  # type: ignore[call-arg]
    try:
        return copy.deepcopy(module, memo)
    except Exception as error:
        raise NasbenchPoseError(f"{type(module).__name__} cannot be copied: {error}.") from None


@contextmanager
def expendable(module: nn.Module, inputs: Any) -> Iterator[nn.Module]:
    """Yield a module in evaluation mode that may be modified: a copy, or the module itself if it cannot be copied.

    The module, `inputs` and the random generators are restored at the end.
    """
    with unchanged(module, inputs) as snapshot:
        snapshot.hold_all()
        try:
            private = copied(module)
        except NasbenchPoseError:
            private = module
        yield private.eval()


class Positional(nn.Module):
    """Takes the keyword arguments of a module by position, for counters that pass positional arguments only."""

    def __init__(self, module: nn.Module, positional: int, keywords: Mapping[str, Any]) -> None:
        super().__init__()
        self.module, self.positional, self.names = module, positional, tuple(keywords)

    def forward(self, *values: Any) -> Any:
        """Run the module on the first values as positional arguments, and on the rest as keyword arguments."""
        keywords = dict(zip(self.names, values[self.positional :], strict=True))
        return self.module(*values[: self.positional], **keywords)
