"""Dilated convolutions as ordinary ones: on every d-th row and column, a dilation of d is none.

oneDNN has fast gradients of depthwise convolutions without dilation only: with it, those of 64 channels of 8×8 pixels
take ten times as long.
"""

from collections.abc import Callable
from typing import Any

from torch import Tensor

Form = tuple[Any, Any, Any]
"""Stride, padding and dilation of a convolution."""


def dilation_free(x: Tensor, conv: Any) -> tuple[Tensor, Callable[[Tensor], Tensor], Form]:
    """Return maps, and the form of a convolution that does on them what `conv` does on `x`, and what brings its output
    into place.

    They are `x`, the form of `conv` and the identity, unless `conv` is dilated, `x` on the CPU, and the maps keep
    their size or are divided by the dilation.

    >>> import torch
    >>> conv = torch.nn.Conv2d(3, 3, 5, padding=4, dilation=2, groups=3, bias=False)
    >>> x = torch.rand(2, 3, 8, 8)
    >>> maps, merge, form = dilation_free(x, conv)
    >>> maps.shape, form
    (torch.Size([8, 3, 4, 4]), (1, 2, 1))
    >>> torch.allclose(merge(torch.conv2d(maps, conv.weight, None, *form, 3)), conv(x), atol=1e-6)
    True
    """
    spread, stride = conv.dilation[0], conv.stride[0]
    same = all(2 * p == spread * (k - 1) for p, k in zip(conv.padding, conv.kernel_size, strict=True))
    fits = same and stride in (1, spread) and not any(side % spread for side in x.shape[2:])
    if spread == 1 or not fits or x.device.type != "cpu":
        return x, lambda out: out, (conv.stride, conv.padding, conv.dilation)
    form = (1, conv.padding[0] // spread, 1)
    if stride == spread:  # the others are skipped by the stride
        return x[:, :, ::spread, ::spread], lambda out: out, form
    return phases(x, spread), lambda out: merged(out, spread), form


def phases(x: Tensor, spread: int) -> Tensor:
    """Return the maps of every `spread`-th row and column as images of their own.

    >>> import torch
    >>> phases(torch.arange(16).view(1, 1, 4, 4), 2)[1, 0]
    tensor([[ 1,  3],
            [ 9, 11]])
    """
    images, channels, height, width = x.shape
    h, w = height // spread, width // spread
    cells = x.movedim(1, -1).reshape(images, h, spread, w, spread, channels)
    return cells.permute(0, 2, 4, 1, 3, 5).reshape(-1, h, w, channels).movedim(-1, 1)


def merged(x: Tensor, spread: int) -> Tensor:
    """Return the maps of which `x` are the phases: the inverse of `phases`."""
    _, channels, h, w = x.shape
    cells = x.movedim(1, -1).reshape(-1, spread, spread, h, w, channels)
    return cells.permute(0, 3, 1, 4, 2, 5).reshape(-1, h * spread, w * spread, channels).movedim(-1, 1)
