"""Proxies from the gradient of the first batch, summed over a network as in Zero-Cost Proxies (arXiv 2101.08134).

All use the weights of convolutions and linear layers, but neither biases nor normalisations.
"""

import torch
from torch import Tensor, nn

from nasbench_pose.network import Network
from nasbench_pose.proxies.proxy import Probe, Proxy

WEIGHTED = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)


def weights_of(network: nn.Module) -> list[Tensor]:
    """Return the weights of all convolutions and linear layers."""
    return [module.weight for module in network.modules() if isinstance(module, WEIGHTED)]


def gradients(network: Network, probe: Probe, *, graph: bool = False) -> list[Tensor]:
    """Return the gradient of the loss for each of `weights_of`; with `graph`, it can be differentiated again.

    A weight without effect on the output has a gradient of zeros.
    """
    network.train()
    weights = weights_of(network)
    found = torch.autograd.grad(probe.loss(network(probe.images)), weights, create_graph=graph, allow_unused=True)
    return [torch.zeros_like(w) if g is None else g for w, g in zip(weights, found, strict=True)]


def _grad_norm(network: Network, probe: Probe) -> float:
    return float(sum(gradient.norm() for gradient in gradients(network, probe)))


def _snip(network: Network, probe: Probe) -> float:
    pairs = zip(weights_of(network), gradients(network, probe), strict=True)
    return float(sum((weight.detach() * gradient).abs().sum() for weight, gradient in pairs))


def _grasp(network: Network, probe: Probe) -> float:
    """Return −Σ w · Hg; the Hessian-gradient product is the gradient of g · g with one factor held constant."""
    weights, first = weights_of(network), gradients(network, probe, graph=True)
    product = sum((gradient * gradient.detach()).sum() for gradient in first)
    second = torch.autograd.grad(product, weights, allow_unused=True)  # type: ignore[arg-type]
    pairs = zip(weights, second, strict=True)
    return -float(sum((weight.detach() * h).sum() for weight, h in pairs if h is not None))


def _fisher(network: Network, probe: Probe) -> float:
    """Return Σ over channels of convolutions of ½ · mean over people of (Σ over pixels of a · ∂loss/∂a)²."""
    outputs: list[Tensor] = []
    modules = [module for module in network.modules() if isinstance(module, WEIGHTED)]
    hooks = [module.register_forward_hook(lambda _, __, out: outputs.append(out)) for module in modules]
    network.train()
    with _without_inplace_relu(network):
        loss = probe.loss(network(probe.images))
    for hook in hooks:
        hook.remove()
    found = torch.autograd.grad(loss, outputs, allow_unused=True)
    pairs = ((out.detach(), gradient) for out, gradient in zip(outputs, found, strict=True) if gradient is not None)
    return float(sum(0.5 * (out * g).flatten(2).sum(2).square().mean(0).sum() for out, g in pairs if out.ndim == 4))


class _without_inplace_relu:  # noqa: N801 - used as a context manager, like a function
    """Turn in-place ReLUs off inside, since they would overwrite the outputs that the hooks collect."""

    def __init__(self, network: nn.Module) -> None:
        self.relus = [module for module in network.modules() if isinstance(module, nn.ReLU) and module.inplace]

    def __enter__(self) -> None:
        for relu in self.relus:
            relu.inplace = False

    def __exit__(self, *_: object) -> None:
        for relu in self.relus:
            relu.inplace = True


GRAD_NORM = Proxy("grad_norm", _grad_norm, "Abdelfattah et al., arXiv 2101.08134", "Length of the first gradient.")
SNIP = Proxy("snip", _snip, "Lee et al., SNIP, arXiv 1810.02340", "How much the loss changes without weights.")
GRASP = Proxy(
    "grasp", _grasp, "Wang et al., GraSP, arXiv 2002.07376", "By how much the gradient shrinks if weights vanish."
)
FISHER = Proxy(
    "fisher",
    _fisher,
    "Turner et al., BlockSwap, arXiv 1906.04113",
    "How much the loss changes without channels.",
)
