"""ZiCo (arXiv 2301.11300): the mean of gradients over batches in relation to their deviation."""

import torch
from torch import Tensor

from nasbench_pose.network import Network
from nasbench_pose.proxies.gradients import gradients
from nasbench_pose.proxies.proxy import Probe, Proxy


def zico_score(batches: list[list[Tensor]]) -> float:
    """Return Σ over layers of log Σ over weights of mean |g| / std g; weights with std g = 0 are left out.

    The deviation is that of these batches, not one for all batches there may be: np.std, as in the authors' code. The
    other one is √2 times as large for two batches, so it would take 0.35 from the score for every layer.

    >>> zico_score([[torch.tensor([1.0, 2.0])], [torch.tensor([3.0, 2.0])]])  # log(2 / 1)
    0.693147...
    """
    total = 0.0
    for layer in zip(*batches, strict=True):
        stacked = torch.stack([gradient.flatten().double() for gradient in layer])
        mean, deviation = stacked.abs().mean(0), stacked.std(0, correction=0)
        ratio = float((mean[deviation > 0] / deviation[deviation > 0]).sum())
        total += float(torch.tensor(ratio, dtype=torch.float64).log()) if ratio > 0 else 0.0
    return total


def _zico(network: Network, probe: Probe) -> float:
    return zico_score([gradients(network, half) for half in probe.halves()])


ZICO = Proxy(
    "zico", _zico, "Li et al., ZiCo, arXiv 2301.11300", "Large gradients that differ little between two batches.",
    version=2,
)  # fmt: skip
