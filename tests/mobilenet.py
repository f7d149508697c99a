"""MobileNetV2 with the names of torchvision's module, written again."""

from torch import Tensor, nn


def conv_bn(inside: int, out: int, kernel: int, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    conv = nn.Conv2d(inside, out, kernel, stride, kernel // 2, groups=groups, bias=False)
    return [conv, nn.BatchNorm2d(out)]


class InvertedResidual(nn.Module):
    """As in torchvision's mobilenetv2.py."""

    def __init__(self, inside: int, out: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = inside * expansion
        first = [nn.Sequential(*conv_bn(inside, wide, 1), nn.ReLU())] if expansion != 1 else []
        depthwise = nn.Sequential(*conv_bn(wide, wide, 3, stride, wide), nn.ReLU())
        self.conv = nn.Sequential(*first, depthwise, *conv_bn(wide, out, 1))
        self.same = stride == 1 and inside == out

    def forward(self, x: Tensor) -> Tensor:
        """Return the maps."""
        found: Tensor = self.conv(x)
        return x + found if self.same else found


class MobileNetV2(nn.Module):
    """The features of torchvision's module, with ReLU in place of ReLU6, as EfficientPose has it."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Sequential(*conv_bn(3, 32, 3, 2), nn.ReLU())]
        inside = 32
        settings = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2)]
        for expansion, out, times, stride in settings:
            for layer in range(times):
                layers.append(InvertedResidual(inside, out, stride if layer == 0 else 1, expansion))
                inside = out
        self.features = nn.Sequential(*layers, InvertedResidual(160, 320, 1, 6))
