"""Image classifiers as torchvision builds them, from their papers: what their published multiply-accumulates are of."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Residual(nn.Module):
    """Adds what its layers make to what they read."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)


class Permute(nn.Module):
    def __init__(self, *order: int) -> None:
        super().__init__()
        self.order = order

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(self.order)


class Scaled(nn.Module):
    """Multiplies by a learnt number for each channel."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.full((channels, 1, 1), 1e-6))

    def forward(self, x: Tensor) -> Tensor:
        return self.scale * x


class LayerNorm2d(nn.LayerNorm):
    def forward(self, x: Tensor) -> Tensor:
        return F.layer_norm(x.permute(0, 2, 3, 1), self.normalized_shape, self.weight, self.bias).permute(0, 3, 1, 2)


def convnext_tiny() -> nn.Module:
    """Liu et al., arXiv 2201.03545."""
    widths, depths = (96, 192, 384, 768), (3, 3, 9, 3)
    layers: list[nn.Module] = [nn.Conv2d(3, widths[0], 4, 4), LayerNorm2d(widths[0])]
    for stage, (width, depth) in enumerate(zip(widths, depths, strict=True)):
        if stage:
            layers += [LayerNorm2d(widths[stage - 1]), nn.Conv2d(widths[stage - 1], width, 2, 2)]
        layers += [Residual(*_convnext_block(width)) for _ in range(depth)]
    head = [nn.AdaptiveAvgPool2d(1), LayerNorm2d(widths[-1]), nn.Flatten(1), nn.Linear(widths[-1], 1000)]
    return nn.Sequential(*layers, *head)


def _convnext_block(width: int) -> list[nn.Module]:
    mixed = [nn.Conv2d(width, width, 7, padding=3, groups=width), Permute(0, 2, 3, 1), nn.LayerNorm(width)]
    return [
        *mixed,
        nn.Linear(width, 4 * width),
        nn.GELU(),
        nn.Linear(4 * width, width),
        Permute(0, 3, 1, 2),
        Scaled(width),
    ]


def divisible(channels: float) -> int:
    """Round to a multiple of eight, and never by more than a tenth down."""
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels else rounded


class Squeeze(nn.Module):
    """Squeeze and excitation."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        squeezed = divisible(channels / 4)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc1, self.fc2 = nn.Conv2d(channels, squeezed, 1), nn.Conv2d(squeezed, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return F.hardsigmoid(self.fc2(F.relu(self.fc1(self.pool(x))))) * x


def _conv(
    inside: int, outside: int, kernel: int, stride: int = 1, groups: int = 1, act: nn.Module | None = None
) -> list[nn.Module]:
    layers = [
        nn.Conv2d(inside, outside, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outside),
    ]
    return layers if act is None else [*layers, act]


SMALL = """16 3 16 S R 2, 16 3 72 - R 2, 24 3 88 - R 1, 24 5 96 S H 2, 40 5 240 S H 1, 40 5 240 S H 1, 40 5 120 S H 1,
48 5 144 S H 1, 48 5 288 S H 2, 96 5 576 S H 1, 96 5 576 S H 1"""
LARGE = """16 3 16 - R 1, 16 3 64 - R 2, 24 3 72 - R 1, 24 5 72 S R 2, 40 5 120 S R 1, 40 5 120 S R 1, 40 3 240 - H 2,
80 3 200 - H 1, 80 3 184 - H 1, 80 3 184 - H 1, 80 3 480 S H 1, 112 3 672 S H 1, 112 5 672 S H 2, 160 5 960 S H 1,
160 5 960 S H 1"""
"""Blocks of MobileNetV3 (Howard et al., arXiv 1905.02244): channels, kernel, expanded, squeeze, activation, stride."""


def mobilenet_v3(blocks: str, last: int) -> nn.Module:
    rows = [row.split() for row in blocks.split(",")]
    outs = [*(int(row[0]) for row in rows[1:]), {1024: 96, 1280: 160}[last]]
    layers = _conv(3, 16, 3, 2, act=nn.Hardswish(inplace=True))
    for (inside, kernel, expanded, squeeze, act, stride), out in zip(rows, outs, strict=True):
        layers.append(_inverted(int(inside), int(expanded), out, int(kernel), int(stride), squeeze == "S", act == "H"))
    wide = 6 * outs[-1]
    layers += _conv(outs[-1], wide, 1, act=nn.Hardswish(inplace=True))
    classifier = [
        nn.Linear(wide, last),
        nn.Hardswish(inplace=True),
        nn.Dropout(0.2, inplace=True),
        nn.Linear(last, 1000),
    ]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(1), *classifier)


def _inverted(inside: int, wide: int, out: int, kernel: int, stride: int, squeeze: bool, hard: bool) -> nn.Module:
    act = nn.Hardswish if hard else nn.ReLU
    layers = _conv(inside, wide, 1, act=act(inplace=True)) if wide != inside else []
    layers += _conv(wide, wide, kernel, stride, wide, act(inplace=True))
    layers += [*([Squeeze(wide)] if squeeze else []), *_conv(wide, out, 1)]
    return Residual(*layers) if stride == 1 and inside == out else nn.Sequential(*layers)


class WindowAttention(nn.Module):
    """Attention within windows of 7×7, shifted in every second block (Swin: Liu et al., arXiv 2103.14030)."""

    def __init__(self, width: int, heads: int, shift: int) -> None:
        super().__init__()
        self.qkv, self.proj, self.heads, self.shift = nn.Linear(width, 3 * width), nn.Linear(width, width), heads, shift
        self.bias = nn.Parameter(torch.zeros(13 * 13, heads))  # one for each distance of two places in a window
        places = torch.cartesian_prod(torch.arange(7), torch.arange(7))
        apart = places[:, None] - places + 6
        self.register_buffer("index", apart[..., 0] * 13 + apart[..., 1])

    def forward(self, x: Tensor) -> Tensor:
        _, height, width, channels = x.shape
        down, right = -height % 7, -width % 7
        x = F.pad(x, (0, 0, 0, right, 0, down))
        x = torch.roll(x, (-self.shift, -self.shift), (1, 2)) if self.shift else x
        rows, columns = (height + down) // 7, (width + right) // 7
        windows = x.view(-1, rows, 7, columns, 7, channels).permute(0, 1, 3, 2, 4, 5).reshape(-1, 49, channels)
        q, k, v = self.qkv(windows).view(len(windows), 49, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        weights = (q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1) + self.bias[self.index].permute(2, 0, 1)
        out = self.proj((weights.softmax(-1) @ v).transpose(1, 2).reshape(len(windows), 49, channels))
        out = out.view(-1, rows, columns, 7, 7, channels).permute(0, 1, 3, 2, 4, 5).reshape(x.shape)
        out = torch.roll(out, (self.shift, self.shift), (1, 2)) if self.shift else out
        return out[:, :height, :width].contiguous()


class Merging(nn.Module):
    """Joins four neighbours, and halves their channels."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm, self.reduction = nn.LayerNorm(4 * width), nn.Linear(4 * width, 2 * width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        corners = [x[:, row::2, column::2] for column in (0, 1) for row in (0, 1)]
        return self.reduction(self.norm(torch.cat(corners, -1)))


def swin(depths: tuple[int, ...]) -> nn.Module:
    layers: list[nn.Module] = [nn.Conv2d(3, 96, 4, 4), Permute(0, 2, 3, 1), nn.LayerNorm(96)]
    for stage, depth in enumerate(depths):
        width = 96 * 2**stage
        layers += [Merging(width // 2)] if stage else []
        for block in range(depth):
            shift = 3 * (block % 2) if stage < 3 else 0
            layers.append(Residual(nn.LayerNorm(width), WindowAttention(width, 3 * 2**stage, shift)))
            layers.append(
                Residual(nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
            )
    layers += [nn.LayerNorm(768), Permute(0, 3, 1, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(1), nn.Linear(768, 1000)]
    return nn.Sequential(*layers)
