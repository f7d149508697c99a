"""Zen-score (arXiv 2102.01063): how much a network with random weights amplifies a small change of its input."""

import math

import torch
from torch import nn

from nasbench_pose.network import Network
from nasbench_pose.proxies.proxy import Probe, Proxy

STEP, REPEATS = 0.01, 4
"""Size of the change, and number of repetitions, each with new weights."""


def _zen(network: Network, probe: Probe) -> float:
    rng = probe.rng()
    return sum(_once(network, probe.images, rng) for _ in range(REPEATS)) / REPEATS


def _once(network: Network, like: torch.Tensor, rng: torch.Generator) -> float:
    """Return log E|f(x) − f(x + 0.01·ε)| plus the log σ of every batch normalisation, which had divided by it."""
    _redraw(network, rng)
    first, change = (torch.randn(like.shape, generator=rng).to(like.device) for _ in range(2))
    second = first + STEP * change
    deviations: list[float] = []
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    hooks = [module.register_forward_pre_hook(lambda _, x: deviations.append(_deviation(x[0]))) for module in norms]
    with torch.no_grad():
        output = network.train()(first)
        for hook in hooks:
            hook.remove()
        moved = float((output - network(second)).abs().mean())
    return (math.log(moved) if moved > 0 else -math.inf) + sum(map(math.log, deviations))


def _deviation(maps: torch.Tensor) -> float:
    """Return the root of the mean variance of the channels."""
    return float(maps.var(dim=(0, 2, 3)).mean().sqrt()) or math.inf


def _redraw(network: nn.Module, rng: torch.Generator) -> None:
    """Draw the weights of convolutions and linear layers from the normal distribution, as the authors do."""
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
                module.weight.copy_(torch.randn(module.weight.shape, generator=rng))
                if module.bias is not None:
                    module.bias.zero_()


ZEN = Proxy("zen", _zen, "Lin et al., Zen-NAS, arXiv 2102.01063", "How much a small change of the input is amplified.")
