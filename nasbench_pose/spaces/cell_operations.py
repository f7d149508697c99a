"""The operations on the edges of a cell, with the layers of quark0/darts (arXiv 1806.09055).

Each is a function of (net, name, x, stride). It keeps the number of channels of `x` and returns the name of its last
layer. Layer names are those of the official modules, so that official weights load by name.
"""

from collections.abc import Callable

from nasbench_pose.graph import GraphBuilder
from nasbench_pose.graph.operations import AvgPool, Concat, Conv, Crop, MaxPool, Zero

Build = Callable[[GraphBuilder, str, str, int], str]


def none(net: GraphBuilder, name: str, x: str, stride: int) -> str:
    """Add zeros: the operation of an absent edge in a supernet."""
    if stride > 1:
        x = net.add(f"{name}.sub", MaxPool(kernel=1, stride=stride, padding=0), x)
    return net.add(name, Zero(), x)


def max_pool(net: GraphBuilder, name: str, x: str, stride: int) -> str:
    """Add a 3×3 max pooling."""
    return net.add(name, MaxPool(kernel=3, stride=stride, padding=1), x)


def avg_pool(net: GraphBuilder, name: str, x: str, stride: int) -> str:
    """Add a 3×3 average pooling that leaves the padding out of the mean."""
    return net.add(name, AvgPool(kernel=3, stride=stride, padding=1), x)


def skip_connect(net: GraphBuilder, name: str, x: str, stride: int) -> str:
    """Add the identity, or, with stride 2, a factorised reduction."""
    return net.identity(name, x) if stride == 1 else factorized_reduce(net, name, x, net.shape(x)[0])


def sep_conv(kernel: int) -> Build:
    """Return a separable convolution: twice (ReLU, depthwise, pointwise, BN), the stride in the first depthwise."""

    def build(net: GraphBuilder, name: str, x: str, stride: int) -> str:
        x = _separable(net, f"{name}.op", 0, x, kernel, stride)
        return _separable(net, f"{name}.op", 4, x, kernel, 1)

    return build


def dil_conv(kernel: int) -> Build:
    """Return a separable convolution with dilation 2: once (ReLU, depthwise, pointwise, BN)."""
    return lambda net, name, x, stride: _separable(net, f"{name}.op", 0, x, kernel, stride, dilation=2)


def _separable(net: GraphBuilder, name: str, first: int, x: str, kernel: int, stride: int, dilation: int = 1) -> str:
    channels = net.shape(x)[0]
    depthwise = Conv(channels, kernel, stride, dilation * (kernel // 2), groups=channels, dilation=dilation)
    x = net.add(f"{name}.{first + 1}", depthwise, net.relu(f"{name}.{first}", x))
    return net.batch_norm(f"{name}.{first + 3}", net.conv(f"{name}.{first + 2}", x, channels, kernel=1))


def conv_7x1_1x7(net: GraphBuilder, name: str, x: str, stride: int) -> str:
    """Add a 7×7 convolution factorised into 1×7 and 7×1."""
    channels = net.shape(x)[0]
    x = net.add(f"{name}.1", Conv(channels, (1, 7), (1, stride), (0, 3)), net.relu(f"{name}.0", x))
    x = net.add(f"{name}.2", Conv(channels, (7, 1), (stride, 1), (3, 0)), x)
    return net.batch_norm(f"{name}.3", x)


def factorized_reduce(net: GraphBuilder, name: str, x: str, channels: int) -> str:
    """Add ReLU, two concatenated 1×1 convolutions with stride 2, the second shifted by one pixel, and BN."""
    x = net.relu(f"{name}.relu", x)
    halves = [
        net.conv(f"{name}.conv_1", x, channels // 2, kernel=1, stride=2),
        net.conv(f"{name}.conv_2", net.add(f"{name}.shift", Crop(1, 1), x), channels // 2, kernel=1, stride=2),
    ]
    return net.batch_norm(f"{name}.bn", net.add(f"{name}.cat", Concat(), *halves))


def relu_conv_bn(net: GraphBuilder, name: str, x: str, channels: int) -> str:
    """Add ReLU, a 1×1 convolution and BN, which bring a cell's input to the width of the cell."""
    x = net.conv(f"{name}.op.1", net.relu(f"{name}.op.0", x), channels, kernel=1)
    return net.batch_norm(f"{name}.op.2", x)


OPERATIONS: dict[str, Build] = {
    "max_pool_3x3": max_pool,
    "avg_pool_3x3": avg_pool,
    "skip_connect": skip_connect,
    "sep_conv_3x3": sep_conv(3),
    "sep_conv_5x5": sep_conv(5),
    "dil_conv_3x3": dil_conv(3),
    "dil_conv_5x5": dil_conv(5),
    "sep_conv_7x7": sep_conv(7),
    "conv_7x1_1x7": conv_7x1_1x7,
}
"""Name -> function that adds the operation. The first seven and `none` are those of DARTS."""
