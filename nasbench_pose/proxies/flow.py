"""SynFlow (arXiv 2006.05467): the total synaptic flow through a network; it uses no data."""

import math

import torch
from torch import nn

from nasbench_pose.network import Network
from nasbench_pose.proxies.gradients import weights_of
from nasbench_pose.proxies.proxy import Probe, Proxy

NONLINEAR = (nn.BatchNorm2d, nn.ReLU6, nn.Hardswish, nn.SiLU)
"""Layers that are replaced by the identity. Gates of squeeze-and-excitation stay as they are."""


def linearised(network: Network) -> Network:
    """Make the weights of `network` positive, its biases zero and its layers linear, in float64; return it."""
    network.double().eval()
    for module in network.modules():
        if isinstance(module, NONLINEAR):
            module.register_forward_hook(lambda _, inputs, __: inputs[0])
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            parameter.copy_(torch.zeros_like(parameter) if name.endswith("bias") else parameter.abs())
    return network


def flow(network: Network, probe: Probe) -> torch.Tensor:
    """Return Σ w · ∂R/∂w for each weight tensor of a linearised network; R is the sum of its output for ones."""
    weights = weights_of(network)
    total = network(torch.ones(1, *probe.images.shape[1:], dtype=torch.float64, device=probe.images.device)).sum()
    found = torch.autograd.grad(total, weights, allow_unused=True)
    pairs = zip(weights, found, strict=True)
    return torch.stack([weight.new_zeros(()) if g is None else (weight.detach() * g).sum() for weight, g in pairs])


def _synflow(network: Network, probe: Probe) -> float:
    total = float(flow(linearised(network), probe).sum())
    return math.log(total) if total > 0 else -math.inf


SYNFLOW = Proxy(
    "synflow", _synflow, "Tanaka et al., SynFlow, arXiv 2006.05467", "Logarithm of the flow through all paths."
)
