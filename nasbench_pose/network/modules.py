"""One torch module for each operation of the catalogue."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.graph import Graph, Layer, operations


class Sum(nn.Module):
    """The sum of its inputs, from left to right."""

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return the sum; all inputs have one shape."""
        total = inputs[0]
        for other in inputs[1:]:
            total = total + other
        return total


class Mixture(nn.Module):
    """The weighted sum of the options of an open choice (DARTS, arXiv 1806.09055)."""

    def forward(self, weights: Tensor, *inputs: Tensor) -> Tensor:
        """Return Σ weights[i]·inputs[i]."""
        total = weights[0] * inputs[0]
        for weight, other in zip(weights[1:], inputs[1:], strict=True):
            total = total + weight * other
        return total


class WidthMask(nn.Module):
    """The channels that the options of an open width have, each option weighted (FBNetV2, arXiv 2004.05565)."""

    masks: Tensor

    def __init__(self, widths: tuple[int, ...], channels: int) -> None:
        super().__init__()
        masks = torch.arange(channels) < torch.tensor(widths)[:, None]
        self.register_buffer("masks", masks.float(), persistent=False)  # (options, channels)

    def forward(self, weights: Tensor, x: Tensor) -> Tensor:
        """Return `x`, shape (n, channels, h, w), each channel scaled by the weight of the options that have it."""
        return x * (weights @ self.masks)[:, None, None]


def _conv(layer: Layer, inside: int) -> nn.Module:
    op = layer.operation
    assert isinstance(op, operations.Conv)
    return nn.Conv2d(
        inside, op.channels, op.kernel, op.stride, op.padding, dilation=op.dilation, groups=op.groups, bias=op.bias
    )


def _deconv(layer: Layer, inside: int) -> nn.Module:
    op = layer.operation
    assert isinstance(op, operations.ConvTranspose)
    return nn.ConvTranspose2d(inside, op.channels, op.kernel, op.stride, op.padding, bias=op.bias)


def _pool(layer: Layer, _: int) -> nn.Module:
    op = layer.operation
    assert isinstance(op, operations.MaxPool)
    return nn.MaxPool2d(op.kernel, op.stride, op.padding)


def _upsample(layer: Layer, _: int) -> nn.Module:
    assert isinstance(layer.operation, operations.Upsample)
    return nn.Upsample(scale_factor=layer.operation.factor, mode="nearest")


def _mask(layer: Layer, inside: int) -> nn.Module:
    assert isinstance(layer.operation, operations.Mask)
    return WidthMask(layer.operation.channels, inside)


MODULES: dict[type, Callable[[Layer, int], nn.Module]] = {
    operations.Conv: _conv,
    operations.ConvTranspose: _deconv,
    operations.BatchNorm: lambda _, channels: nn.BatchNorm2d(channels),
    # In place: whatever feeds a ReLU here (normalisation, sum, convolution) does not need its own output again.
    operations.ReLU: lambda _, __: nn.ReLU(inplace=True),
    operations.Identity: lambda _, __: nn.Identity(),
    operations.MaxPool: _pool,
    operations.Upsample: _upsample,
    operations.Add: lambda _, __: Sum(),
    operations.Choice: lambda _, __: Mixture(),
    operations.Mask: _mask,
}
"""Operation -> (layer, input channels) -> module."""


def module_of(graph: Graph, layer: Layer) -> nn.Module:
    """Return a new torch module for one layer; raise NasbenchPoseError for an operation that has none."""
    make: Any = MODULES.get(type(layer.operation))
    if make is None:
        raise NasbenchPoseError(f"No torch module for {type(layer.operation).__name__!r} of layer {layer.name!r}.")
    module: nn.Module = make(layer, graph[layer.inputs[0]].shape[0])
    return module
