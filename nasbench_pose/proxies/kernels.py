"""Proxies that measure how differently a network responds to different images (Mellor et al., arXiv 2006.04647)."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from nasbench_pose.network import Network
from nasbench_pose.proxies.proxy import Probe, Proxy

ACTIVATIONS = (nn.ReLU, nn.ReLU6, nn.Hardswish, nn.SiLU)
STEP = 1e-5
"""Added to eigenvalues, as the authors do."""


def codes(network: Network, images: Tensor) -> list[Tensor]:
    """Return, for each activation layer, which of its inputs are positive: (people, units) of zeros and ones."""
    positive: list[Tensor] = []

    def collect(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        positive.append((inputs[0].detach().flatten(1) > 0).double())

    hooks = [m.register_forward_pre_hook(collect) for m in network.modules() if isinstance(m, ACTIVATIONS)]
    with torch.no_grad():
        network.train()(images)
    for hook in hooks:
        hook.remove()
    return positive


def kernel(network: Network, images: Tensor) -> NDArray[np.float64]:
    """Return the number of units with the same sign for each pair of people, shape (people, people)."""
    agreement = sum(code @ code.T + (1 - code) @ (1 - code).T for code in codes(network, images))
    return np.asarray(torch.as_tensor(agreement).cpu(), dtype=np.float64)


def _naswot(network: Network, probe: Probe) -> float:
    sign, logarithm = np.linalg.slogdet(kernel(network, probe.images))
    return float(logarithm) if sign > 0 else -np.inf


def _jacob_cov(network: Network, probe: Probe) -> float:
    """Return −Σ log(v + k) + 1/(v + k) over the eigenvalues v of the correlations of the people's Jacobians."""
    images = probe.images.detach().clone().requires_grad_()
    network.train()
    (jacobian,) = torch.autograd.grad(network(images).sum(), images)
    correlations = np.corrcoef(jacobian.flatten(1).double().cpu().numpy())
    if not np.isfinite(correlations).all():
        return -np.inf
    values = np.linalg.eigvalsh(correlations) + STEP
    return -float(np.sum(np.log(values) + 1 / values))


NASWOT = Proxy(
    "naswot",
    _naswot,
    "Mellor et al., NASWOT, arXiv 2006.04647",
    "How many ReLUs switch differently for different people.",
)
JACOB_COV = Proxy(
    "jacob_cov",
    _jacob_cov,
    "Mellor et al., version 1, arXiv 2006.04647",
    "How little the Jacobians of people correlate.",
)
