"""How many learnable numbers a module has, whatever it keeps them in."""

import torch
from torch import Tensor, nn

from nasbench_pose.cost.counters.torchscript import frozen


def is_lazy(module: nn.Module) -> bool:
    """Return whether a module has layers that learn their sizes from the first input.

    >>> is_lazy(nn.Sequential(nn.LazyLinear(2))), is_lazy(nn.Linear(1, 2))
    (True, False)
    """
    return any(
        isinstance(tensor, nn.UninitializedParameter | nn.UninitializedBuffer)
        for m in module.modules()
        for tensor in (*m._parameters.values(), *m._buffers.values())
    )


def parameters(module: nn.Module) -> int:
    """Return the learnable numbers of a module, shared ones once: also packed ones, and those of frozen TorchScript.

    >>> parameters(nn.Linear(3, 2))
    8
    """
    own: int = sum(parameter.numel() for parameter in module.parameters() if not nn.parameter.is_lazy(parameter))
    return own + _packed(module) + (frozen(module) if isinstance(module, torch.jit.ScriptModule) and not own else 0)


def _packed(module: nn.Module) -> int:
    """Return the numbers of quantised layers, which keep weight and bias in one object."""
    found: int = 0
    for m in module.modules():
        packed = vars(m).get("_packed_params")  # of a convolution; of a linear layer, the submodule of this name has it
        if packed is not None and hasattr(packed, "unpack"):
            found += sum(part.numel() for part in packed.unpack()[:2] if isinstance(part, Tensor))
    return found
