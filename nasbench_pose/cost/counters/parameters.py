"""Count the learnt values of a module: parameters, packed weights and constants of TorchScript."""

import torch
from torch import nn

from nasbench_pose.cost.counters.packed import packed
from nasbench_pose.cost.counters.torchscript import frozen


def is_lazy(module: nn.Module) -> bool:
    """Return whether a module has lazy layers, which take their sizes from the first input.

    >>> is_lazy(nn.Sequential(nn.LazyLinear(2))), is_lazy(nn.Linear(1, 2))
    (True, False)
    """
    return any(
        isinstance(tensor, nn.UninitializedParameter | nn.UninitializedBuffer)
        for m in module.modules()
        for tensor in (*m._parameters.values(), *m._buffers.values())
    )


def parameters(module: nn.Module) -> int:
    """Return the number of learnt values of a module, shared ones once, with packed ones and frozen TorchScript.

    >>> parameters(nn.Linear(3, 2))
    8
    """
    own: int = sum(parameter.numel() for parameter in module.parameters() if not nn.parameter.is_lazy(parameter))
    return own + packed(module) + (frozen(module) if isinstance(module, torch.jit.ScriptModule) and not own else 0)
