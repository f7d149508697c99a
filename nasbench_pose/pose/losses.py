"""Losses between predicted heat maps and Gaussian targets, by name in LOSSES."""

from collections.abc import Callable, Mapping

from torch import Tensor


def mse(maps: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Return half the mean squared error of maps (n, J, h, w), the JointsMSELoss of HRNet; `weight` is (n, J).

    >>> import torch
    >>> mse(torch.zeros(1, 2, 4, 4), torch.ones(1, 2, 4, 4), torch.tensor([[1.0, 0.0]]))
    tensor(0.2500)
    """
    error = (maps - target).square().mean((-2, -1))
    return 0.5 * (error * weight.square()).mean()


def spatial_cross_entropy(maps: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Return the cross-entropy between the softmax over each map's pixels and the target scaled to sum to one.

    The mean over the joints with a weight, in nats; zero if no joint has one. Maps are logits (n, J, h, w).

    >>> import torch
    >>> spatial_cross_entropy(torch.zeros(1, 1, 4, 4), torch.ones(1, 1, 4, 4), torch.ones(1, 1))  # log 16
    tensor(2.7726)
    """
    target = target.flatten(2)
    share = target / target.sum(-1, keepdim=True).clamp(min=1e-12)
    entropy = -(share * maps.flatten(2).log_softmax(-1)).sum(-1)
    return (entropy * weight).sum() / weight.sum().clamp(min=1)


Loss = Callable[[Tensor, Tensor, Tensor], Tensor]
"""(maps, target, weight) -> scalar."""

LOSSES: Mapping[str, Loss] = {"mse": mse, "spatial_cross_entropy": spatial_cross_entropy}
