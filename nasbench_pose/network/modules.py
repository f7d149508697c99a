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


class Product(nn.Module):
    """The product of maps and gates; gates have the shape of the maps, or one value per channel."""

    def forward(self, maps: Tensor, gates: Tensor) -> Tensor:
        """Return the product."""
        return maps * gates


class ShuffledChannels(nn.Module):
    """Channels of several groups in turn (Zhang et al. 2018, ShuffleNet), of operations that ONNX has.

    torch's own `nn.ChannelShuffle` gives the same and cannot be exported.
    """

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, maps: Tensor) -> Tensor:
        """Return the maps with their channels in the new order."""
        images, channels, height, width = maps.shape
        grouped = maps.view(images, self.groups, channels // self.groups, height, width)
        return grouped.transpose(1, 2).reshape(images, channels, height, width)


class Concatenation(nn.Module):
    """The concatenation of its inputs."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return all inputs along one dimension."""
        return torch.cat(inputs, dim=self.dim)


class Part(nn.Module):
    """A slice of the maps: some channels, or all but the first rows and columns."""

    def __init__(self, channels: slice, top: int = 0, left: int = 0) -> None:
        super().__init__()
        self.place = (slice(None), channels, slice(top, None), slice(left, None))

    def forward(self, x: Tensor) -> Tensor:
        """Return the part."""
        return x[self.place]


class Nothing(nn.Module):
    """Zeros of the shape of the input."""

    def forward(self, x: Tensor) -> Tensor:
        """Return zeros of the shape of `x`."""
        return torch.zeros_like(x)


class Mixture(nn.Module):
    """The weighted sum of the options of an open choice (DARTS, arXiv 1806.09055)."""

    def forward(self, weights: Tensor, *inputs: Tensor) -> Tensor:
        """Return Σ weights[i]·inputs[i]."""
        total = weights[0] * inputs[0]
        for weight, other in zip(weights[1:], inputs[1:], strict=True):
            total = total + weight * other
        return total


class WidthMask(nn.Module):
    """The weighted masks of channels of the options of an open width (FBNetV2, arXiv 2004.05565)."""

    masks: Tensor

    def __init__(self, widths: tuple[int, ...], channels: int) -> None:
        super().__init__()
        masks = torch.arange(channels) < torch.tensor(widths)[:, None]
        self.register_buffer("masks", masks.float(), persistent=False)  # (options, channels)

    def forward(self, weights: Tensor, x: Tensor) -> Tensor:
        """Return `x`, shape (n, channels, h, w), with each channel scaled by the weights of the options with it."""
        return x * (weights @ self.masks)[:, None, None]


def _conv(op: operations.Conv, inside: int) -> nn.Module:
    return nn.Conv2d(
        inside, op.channels, op.kernel, op.stride, op.padding, dilation=op.dilation, groups=op.groups, bias=op.bias
    )


def _deconv(op: operations.ConvTranspose, inside: int) -> nn.Module:
    return nn.ConvTranspose2d(inside, op.channels, op.kernel, op.stride, op.padding, bias=op.bias)


def _avg_pool(op: operations.AvgPool, _: int) -> nn.Module:
    return nn.AvgPool2d(op.kernel, op.stride, op.padding, count_include_pad=False)


def _upsample(op: operations.Upsample, _: int) -> nn.Module:
    corners = op.corners if op.mode == "bilinear" else None
    return nn.Upsample(scale_factor=op.factor, mode=op.mode, align_corners=corners)


MODULES: dict[type, Callable[[Any, Any], nn.Module]] = {
    operations.Conv: _conv,
    operations.ConvTranspose: _deconv,
    operations.BatchNorm: lambda op, channels: nn.BatchNorm2d(channels, affine=op.affine),
    operations.ReLU: lambda _, __: nn.ReLU(),
    operations.ReLU6: lambda _, __: nn.ReLU6(),
    operations.Sigmoid: lambda _, __: nn.Sigmoid(),
    operations.HardSigmoid: lambda _, __: nn.Hardsigmoid(),
    operations.HardSwish: lambda _, __: nn.Hardswish(),
    operations.SiLU: lambda _, __: nn.SiLU(),
    operations.Identity: lambda _, __: nn.Identity(),
    operations.Zero: lambda _, __: Nothing(),
    operations.MaxPool: lambda op, _: nn.MaxPool2d(op.kernel, op.stride, op.padding),
    operations.AvgPool: _avg_pool,
    operations.AdaptiveAvgPool: lambda op, _: nn.AdaptiveAvgPool2d((op.height, op.width)),
    operations.Upsample: _upsample,
    operations.PixelShuffle: lambda op, _: nn.PixelShuffle(op.factor),
    operations.ChannelShuffle: lambda op, _: ShuffledChannels(op.groups),
    operations.Slice: lambda op, _: Part(slice(op.start, op.stop)),
    operations.Crop: lambda op, _: Part(slice(None), op.top, op.left),
    operations.Concat: lambda op, _: Concatenation(-1 if op.wide else 1),
    operations.Flatten: lambda op, _: nn.Flatten(2 if op.each else 1),
    operations.Add: lambda _, __: Sum(),
    operations.Multiply: lambda _, __: Product(),
    operations.Choice: lambda _, __: Mixture(),
    operations.Mask: lambda op, channels: WidthMask(op.channels, channels),
}
"""Operation -> (operation, input channels) -> module; only `Linear` needs more than the channels."""

OVERWRITABLE = operations.BatchNorm | operations.Conv | operations.ConvTranspose | operations.Add
"""Operations whose output is a new tensor that they do not need for gradients: a ReLU that alone reads it may work in
place."""


def module_of(graph: Graph, layer: Layer) -> nn.Module:
    """Return a new torch module for one layer; raise NasbenchPoseError for an operation without one."""
    op, inside = layer.operation, graph[layer.inputs[0]].shape
    if isinstance(op, operations.Linear):
        return nn.Linear(inside[2] if op.each else inside[0], op.features, bias=op.bias)
    if isinstance(op, operations.ReLU):
        source = graph[layer.inputs[0]]
        return nn.ReLU(inplace=isinstance(source.operation, OVERWRITABLE) and graph.readers(source.name) == 1)
    if (make := MODULES.get(type(op))) is None:
        raise NasbenchPoseError(f"No torch module for {type(op).__name__!r} of layer {layer.name!r}.")
    return make(op, inside[0])
