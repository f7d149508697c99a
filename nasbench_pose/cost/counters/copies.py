"""Copies of modules, for what cannot be undone: lazy layers, and counters that leave things behind."""

import copy
from typing import Any

from torch import Tensor, nn

from nasbench_pose.errors import NasbenchPoseError


def copied(module: nn.Module) -> nn.Module:
    """Return a deep copy, so that nothing done to it reaches the original.

    Results of operations that a module keeps as attributes (pruned weights, features) are copied without the graph of
    operations that made them, which torch does not copy. Raises NasbenchPoseError for a module that cannot be copied.

    >>> linear = nn.utils.parametrizations.weight_norm(nn.Linear(2, 3))
    >>> copied(linear).weight.shape
    torch.Size([3, 2])
    """
    memo: dict[int, Any] = {}
    for m in module.modules():
        for value in list(vars(m).values()):
            for tensor in value if isinstance(value, list | tuple) else (value,):
                if isinstance(tensor, Tensor) and not tensor.is_leaf:
                    memo[id(tensor)] = tensor.detach().clone()
    try:
        return copy.deepcopy(module, memo)
    except Exception as error:
        raise NasbenchPoseError(f"{type(module).__name__} cannot be copied: {error}.") from None
