"""How many learnable numbers a module has, whatever it keeps them in."""

from typing import Any

import torch
from torch import Tensor, nn


def is_lazy(module: nn.Module) -> bool:
    """Return whether a module has layers that learn their sizes from the first input.

    >>> is_lazy(nn.Sequential(nn.LazyLinear(2))), is_lazy(nn.Linear(1, 2))
    (True, False)
    """
    return any(map(nn.parameter.is_lazy, (*module.parameters(), *module.buffers())))


def parameters(module: nn.Module) -> int:
    """Return the learnable numbers of a module, shared ones once: also packed ones, and those of frozen TorchScript.

    >>> parameters(nn.Linear(3, 2))
    8
    """
    own: int = sum(parameter.numel() for parameter in module.parameters() if not nn.parameter.is_lazy(parameter))
    return own + _packed(module) + (_frozen(module) if isinstance(module, torch.jit.ScriptModule) and not own else 0)


def _packed(module: nn.Module) -> int:
    """Return the numbers of quantised layers, which keep weight and bias in one object."""
    found: int = 0
    for m in module.modules():
        packed = vars(m).get("_packed_params")  # of a convolution; of a linear layer, the submodule of this name has it
        if packed is not None and hasattr(packed, "unpack"):
            found += sum(part.numel() for part in packed.unpack()[:2] if isinstance(part, Tensor))
    return found


def _frozen(module: torch.jit.ScriptModule) -> int:
    """Return the numbers of the constants of a frozen graph, less the statistics that batch normalisation reads."""
    graph: Any = module.inlined_graph
    nodes = graph.findAllNodes("prim::Constant", recurse=True)
    constants = {node.output().debugName(): node.t("value") for node in nodes if _is_tensor(node)}
    statistics = {
        value.debugName()
        for node in graph.findAllNodes("aten::batch_norm", recurse=True)
        for value in list(node.inputs())[3:5]
    }
    return sum(
        value.numel()
        for name, value in constants.items()
        if name not in statistics and value.is_floating_point() and value.dim()
    )


def _is_tensor(node: Any) -> bool:
    return bool(node.hasAttribute("value") and node.kindOf("value") == "t")
