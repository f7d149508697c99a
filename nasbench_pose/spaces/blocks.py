"""Blocks of encoders: MBConv, basic block, bottleneck."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.genotype import Value
from nasbench_pose.graph import GraphBuilder
from nasbench_pose.graph.operations import AdaptiveAvgPool, Multiply, Operation, Sigmoid


def conv_bn(
    net: GraphBuilder,
    names: tuple[str, str],
    x: str,
    channels: int,
    *,
    kernel: int,
    stride: int = 1,
    groups: int = 1,
    relu: str | None = None,
) -> str:
    """Add convolution, batch normalisation and, if `relu` names one, ReLU."""
    x = net.conv(names[0], x, channels, kernel=kernel, stride=stride, groups=groups)
    x = net.batch_norm(names[1], x)
    return net.relu(relu, x) if relu else x


@dataclass(frozen=True, slots=True)
class MBConv:
    """The choices of an inverted residual (MobileNetV2, arXiv 1801.04381).

    >>> MBConv.of("s1b1", "k5_e6_se")
    MBConv(kernel=5, expansion=6, squeeze=True)
    """

    kernel: int
    expansion: int
    """Factor of the width inside the block; with 1 there is no expanding convolution."""
    squeeze: bool = False
    """Whether squeeze-and-excitation to a quarter of the input's channels follows (MnasNet, arXiv 1807.11626)."""

    @classmethod
    def of(cls, gene: str, word: Value) -> "MBConv":
        """Return the block of a word such as `k3_e6`; raise InvalidFileError for any other word."""
        found = re.fullmatch(r"k([1-9]\d?)_e([1-9]\d?)(_se)?", str(word))
        if found is None or int(found[1]) % 2 == 0:
            raise InvalidFileError(
                f"gene {gene!r} is {word!r}; expected 'skip' or a word like 'k3_e6' (odd kernel, expansion), or "
                "'k3_e6_se' with squeeze-and-excitation."
            )
        return cls(int(found[1]), int(found[2]), found[3] is not None)


def mbconv(
    net: GraphBuilder,
    name: str,
    x: str,
    channels: int,
    block: MBConv,
    *,
    stride: int,
    activation: Operation,
    mask: Callable[[str, int, str], str],
) -> str:
    """Add an inverted residual with the layer names of EfficientPose; its last convolution has no activation.

    `x` in `mask(x, multiple, name)` has `multiple` times the channels of the block's input. `mask` hides the channels
    that an option of an open width gene does not have.
    """
    inside, wide, y = net.shape(x)[0], net.shape(x)[0] * block.expansion, x
    if block.expansion > 1:
        y = _activated(net, f"{name}.pw", y, wide, activation, kernel=1)
        y = mask(y, block.expansion, f"{name}.pw.mask")
    y = _activated(net, f"{name}.dw", y, wide, activation, kernel=block.kernel, stride=stride, groups=wide)
    if block.squeeze:
        y = squeeze_excite(net, f"{name}.se", y, max(inside // 4, 1))
    y = conv_bn(net, (f"{name}.pwl.conv", f"{name}.pwl.bn"), y, channels, kernel=1)
    return net.sum(f"{name}.add", y, x) if stride == 1 and inside == channels else y


def _activated(
    net: GraphBuilder,
    name: str,
    x: str,
    channels: int,
    activation: Operation,
    *,
    kernel: int,
    stride: int = 1,
    groups: int = 1,
) -> str:
    names = (f"{name}.conv", f"{name}.bn")
    x = conv_bn(net, names, x, channels, kernel=kernel, stride=stride, groups=groups)
    return net.add(f"{name}.relu", activation, x)


def squeeze_excite(net: GraphBuilder, name: str, x: str, squeezed: int) -> str:
    """Add squeeze-and-excitation (arXiv 1709.01507): each channel times a gate computed from the means of all."""
    y = net.add(f"{name}.pool", AdaptiveAvgPool(), x)
    y = net.relu(f"{name}.relu", net.conv(f"{name}.reduce", y, squeezed, kernel=1, bias=True))
    y = net.conv(f"{name}.expand", y, net.shape(x)[0], kernel=1, bias=True)
    return net.add(f"{name}.scale", Multiply(), x, net.add(f"{name}.gate", Sigmoid(), y))


def basic_block(net: GraphBuilder, name: str, x: str, channels: int) -> str:
    """Add ResNet's basic block: two 3×3 convolutions and the shortcut."""
    y = conv_bn(net, (f"{name}.conv1", f"{name}.bn1"), x, channels, kernel=3, relu=f"{name}.relu1")
    y = conv_bn(net, (f"{name}.conv2", f"{name}.bn2"), y, channels, kernel=3)
    return net.relu(f"{name}.relu", net.sum(f"{name}.add", y, x))


def bottleneck(net: GraphBuilder, name: str, x: str, planes: int, *, stride: int = 1) -> str:
    """Add ResNet's bottleneck: 1×1, 3×3 (with the stride), 1×1 to four times `planes`, and the shortcut."""
    y = conv_bn(net, (f"{name}.conv1", f"{name}.bn1"), x, planes, kernel=1, relu=f"{name}.relu1")
    y = conv_bn(net, (f"{name}.conv2", f"{name}.bn2"), y, planes, kernel=3, stride=stride, relu=f"{name}.relu2")
    y = conv_bn(net, (f"{name}.conv3", f"{name}.bn3"), y, 4 * planes, kernel=1)
    if net.shape(x) != net.shape(y):
        down = (f"{name}.downsample.0", f"{name}.downsample.1")
        x = conv_bn(net, down, x, 4 * planes, kernel=1, stride=stride)
    return net.relu(f"{name}.relu", net.sum(f"{name}.add", y, x))
