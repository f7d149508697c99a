"""Residual branches: where they end, and networks that begin as their shortcuts."""

import networkx as nx
from torch import nn

from nasbench_pose.graph import Graph
from nasbench_pose.graph.operations import Add, BatchNorm, Conv
from nasbench_pose.network.network import Network


def last_norms(graph: Graph) -> list[str]:
    """Return the batch normalisations that end residual branches, in the order of the layers.

    A branch is residual if it is added to what it began with, or to a projection of that (a convolution and its
    normalisation). Sums of branches of different resolutions, as in HRNet, are not residual.

    >>> from nasbench_pose.spaces import load
    >>> micro = load("efficientpose_micro")
    >>> last_norms(micro.graph(micro.named["micro-largest"]))
    ['blocks.stages.x2_ir_k7_e6.pwl.bn']
    """
    layers = {layer.name: layer for layer in graph}
    ancestors = nx.DiGraph((source, layer.name) for layer in graph for source in layer.inputs)

    def begins(name: str) -> str:
        """Return the layer whose output an addend is, or projects."""
        for kind in (BatchNorm, Conv):
            if not isinstance(layers[name].operation, kind):
                break
            name = layers[name].inputs[0]
        return name

    return [
        branch
        for layer in graph
        if isinstance(layer.operation, Add)
        for branch in layer.inputs
        if isinstance(layers[branch].operation, BatchNorm)
        and any(begins(other) in nx.ancestors(ancestors, branch) for other in layer.inputs if other != branch)
    ]


def zero_init_residual(network: Network) -> int:
    """Set the scale of the last normalisation of each residual branch to zero; return the number of branches.

    So every block begins as its shortcut, and a deep network as a shallow one (Goyal et al. 2017, arXiv 1706.02677,
    section 5.1; `zero_init_residual` of torchvision). Normalisations without a scale stay.

    >>> from nasbench_pose.network import build
    >>> zero_init_residual(build("micro-largest"))
    1
    """
    norms = [network.get_submodule(name) for name in last_norms(network.graph)]
    scales = [norm.weight for norm in norms if isinstance(norm.weight, nn.Parameter)]
    for scale in scales:
        nn.init.zeros_(scale)
    return len(scales)
