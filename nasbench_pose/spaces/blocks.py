"""The blocks that encoders are made of: MBConv, basic block, bottleneck."""

from collections.abc import Callable

from nasbench_pose.graph import GraphBuilder


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
    """Add convolution, batch normalisation and, if it is given a name, ReLU."""
    x = net.conv(names[0], x, channels, kernel=kernel, stride=stride, groups=groups)
    x = net.batch_norm(names[1], x)
    return net.relu(relu, x) if relu else x


def mbconv(
    net: GraphBuilder,
    name: str,
    x: str,
    channels: int,
    *,
    kernel: int,
    expansion: int,
    stride: int,
    mask: Callable[[str, int, str], str],
) -> str:
    """Add an inverted residual (MobileNetV2) as EfficientPose has it: plain ReLU, linear output.

    `mask(x, multiple, name)` hides the channels of `x`, `multiple` times its input's width, that an open width lacks.
    """
    inside = net.shape(x)[0]
    wide = inside * expansion
    y = _conv_bn_relu(net, f"{name}.pw", x, wide, kernel=1)
    y = _conv_bn_relu(net, f"{name}.dw", mask(y, expansion, f"{name}.pw.mask"), wide, kernel=kernel, stride=stride)
    y = conv_bn(net, (f"{name}.pwl.conv", f"{name}.pwl.bn"), y, channels, kernel=1)
    return net.sum(f"{name}.add", y, x) if stride == 1 and inside == channels else y


def _conv_bn_relu(net: GraphBuilder, name: str, x: str, channels: int, *, kernel: int, stride: int = 1) -> str:
    groups = channels if kernel > 1 else 1
    names = (f"{name}.conv", f"{name}.bn")
    return conv_bn(net, names, x, channels, kernel=kernel, stride=stride, groups=groups, relu=f"{name}.relu")


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
