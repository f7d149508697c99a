"""Weights of options on the device of a supernet, while the choices that they come from are on the CPU."""

import torch
from torch import Tensor

from nasbench_pose.strategies.supernet.samplers import Shares


def moved(weights: Shares, device: torch.device) -> Shares:
    """Return the weights of all choices on `device`, brought there by one copy."""
    if next(iter(weights.values())).device.type == device.type:
        return weights
    return _parts(_joined(weights).to(device), weights)


class Elsewhere:
    """Weights on a device, from which a loss and its gradient by them come back in one copy.

    Without it, autograd would wait for the device once for the gradient of the weights, and once for that of the cost.
    """

    def __init__(self, weights: Shares, device: torch.device) -> None:
        self._weights = weights
        self.leaf = _joined(weights).detach().to(device).requires_grad_()
        """All weights in one vector on the device."""

    @property
    def weights(self) -> Shares:
        """The weights on the device."""
        return _parts(self.leaf, self._weights)

    def back(self, loss: Tensor, slope: Tensor) -> Tensor:
        """Return `loss` on the CPU with the gradient `slope`, that by `leaf`, in the weights that were given.

        >>> here = torch.tensor([1.0, 2.0], requires_grad=True)
        >>> loss = Elsewhere({"a": here}, torch.device("cpu")).back(torch.tensor(7.0), torch.tensor([3.0, 4.0]))
        >>> loss.backward()
        >>> loss.item(), here.grad
        (7.0, tensor([3., 4.]))
        """
        numbers = torch.cat([slope, loss.detach().reshape(1)]).to("cpu")
        along = (_joined(self._weights) * numbers[:-1]).sum()
        return numbers[-1] + (along - along.detach())


def _joined(weights: Shares) -> Tensor:
    return torch.cat([each.flatten() for each in weights.values()])


def _parts(joined: Tensor, like: Shares) -> Shares:
    parts = torch.split(joined, [each.numel() for each in like.values()])
    return {choice: part.view_as(each) for (choice, each), part in zip(like.items(), parts, strict=True)}
