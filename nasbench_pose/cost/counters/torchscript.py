"""Weights and operations of frozen TorchScript: constants of its graph, and operations outside torch's dispatcher."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn


def frozen(module: torch.jit.ScriptModule) -> int:
    """Return the number of values in the constants of a graph, without the statistics of batch normalisation."""
    graph: Any = module.inlined_graph  # nodes are valid as long as their graph is
    constants = {node.output().debugName(): node.t("value") for node in _constants(graph)}
    for node in graph.findAllNodes("aten::batch_norm", recurse=True):
        for statistic in list(node.inputs())[3:5]:
            constants.pop(statistic.debugName(), None)
    return sum(value.numel() for value in constants.values() if value.is_floating_point() and value.dim())


def _constants(graph: Any) -> Iterator[Any]:
    for kind in ("prim::Constant", "prim::ConstantMKLDNNTensor"):
        for node in graph.findAllNodes(kind, recurse=True):
            if node.hasAttribute("value") and node.kindOf("value") == "t" and node.output().uses():
                yield node


def undispatched(module: nn.Module) -> Counter[str]:
    """Count the operations in the graphs of a module that TorchScript runs outside torch's dispatcher.

    >>> undispatched(nn.Linear(2, 3))
    Counter()
    """
    if isinstance(module, torch.jit.ScriptModule):
        graph: Any = module.inlined_graph
        return Counter(node.kind() for node in graph.findAllNodes("prim::mkldnn_convolution", recurse=True))
    return sum((undispatched(child) for child in module.children()), Counter())
