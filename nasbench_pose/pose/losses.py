"""Losses between predicted heat maps and Gaussian targets, by name in LOSSES. SimCC's vectors are maps of height 1."""

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

    The result is the mean over joints with a positive weight, in nats; zero if there are none. Maps are logits
    (n, J, h, w).

    >>> import torch
    >>> spatial_cross_entropy(torch.zeros(1, 1, 4, 4), torch.ones(1, 1, 4, 4), torch.ones(1, 1))  # log 16
    tensor(2.7726)
    """
    target = target.flatten(2)
    share = target / target.sum(-1, keepdim=True).clamp(min=1e-12)
    entropy = -(share * maps.flatten(2).log_softmax(-1)).sum(-1)
    return (entropy * weight).sum() / weight.sum().clamp(min=1)


SMOOTHING = 0.1
"""Fraction of the target that `smoothed_cross_entropy` distributes evenly: label smoothing in SimCC's code."""


def smoothed_cross_entropy(maps: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Return the spatial cross-entropy with label smoothing: a fraction SMOOTHING of the target is uniform.

    Szegedy et al., arXiv:1512.00567; used by SimCC (arXiv:2107.03332).

    >>> import torch
    >>> maps, target = torch.tensor([[[[0.0, 3.0]]]]), torch.tensor([[[[0.0, 1.0]]]])
    >>> smoothed_cross_entropy(maps, target, torch.ones(1, 1)) - spatial_cross_entropy(maps, target, torch.ones(1, 1))
    tensor(0.1500)
    """
    even = spatial_cross_entropy(maps, target.new_ones(()).expand_as(target), weight)
    return (1 - SMOOTHING) * spatial_cross_entropy(maps, target, weight) + SMOOTHING * even


Loss = Callable[[Tensor, Tensor, Tensor], Tensor]
"""(maps, target, weight) -> scalar."""

LOSSES: Mapping[str, Loss] = {
    "mse": mse,
    "spatial_cross_entropy": spatial_cross_entropy,
    "smoothed_cross_entropy": smoothed_cross_entropy,
}
