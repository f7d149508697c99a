"""DARK: the peak of a heat map between its pixels (Zhang et al., CVPR 2020, arXiv:1910.06278).

A map is smoothed by the Gaussian of the targets, its logarithm taken, which makes a Gaussian a parabola, and one step
of Newton's method goes from the largest pixel to the top of that parabola.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

KERNEL, SIGMA = 11, 2.0
"""Pixels and standard deviation of the smoothing: those of the official code for targets of sigma 2."""

_AROUND = 2  # pixels on each side of the peak that the parabola is laid through
_FLOOR = 1e-10


def refine(maps: Tensor, peaks: Tensor) -> Tensor:
    """Return `peaks` (n, J, 2), whole pixels of the maps (n, J, h, w), moved to where each map's Gaussian has its top.

    As the official `get_final_preds`: a peak in the two outermost rows or columns stays where it is, and so does one
    of a map that is nowhere positive, or flat. For maps that look like Gaussians, not for logits.

    >>> x, y = torch.arange(12.0), torch.arange(16.0)[:, None]
    >>> gaussian = torch.exp(-((x - 5.3) ** 2 + (y - 8.4) ** 2) / 8)
    >>> refine(gaussian[None, None], torch.tensor([[[5.0, 8.0]]]))
    tensor([[[5.3000, 8.3998]]])
    """
    (h, w), (x, y) = maps.shape[-2:], peaks.long().unbind(-1)
    step = newton(smoothed(maps, x, y).clamp(min=_FLOOR).log())
    inner = (x >= _AROUND) & (x < w - _AROUND) & (y >= _AROUND) & (y < h - _AROUND)
    useful = inner & (maps.amax((2, 3)) > 0) & step.isfinite().all(-1)
    return torch.where(useful[..., None], peaks + step, peaks.double()).to(maps.dtype)


def smoothed(maps: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Return the 5 x 5 pixels (n, J, 5, 5) around x, y (n, J) of the maps smoothed by a Gaussian, with zeros outside.

    The official code smooths all pixels and scales them to keep the maximum, which adds a constant to the logarithms.
    """
    reach = KERNEL // 2 + _AROUND
    window = torch.arange(2 * reach + 1, device=maps.device)
    wide = maps.shape[-1] + 2 * reach
    at = (y[..., None, None] + window[:, None]) * wide + x[..., None, None] + window
    values = F.pad(maps, (reach,) * 4).flatten(2).gather(2, at.flatten(2)).view_as(at).double()
    offset = window[None, :] - torch.arange(KERNEL // 2, KERNEL // 2 + 2 * _AROUND + 1, device=maps.device)[:, None]
    bell = torch.where(offset.abs() <= KERNEL // 2, torch.exp(-0.5 * (offset / SIGMA).double() ** 2), 0)
    bell = bell / bell.sum(1, keepdim=True)
    return bell @ values @ bell.T


def newton(logs: Tensor) -> Tensor:
    """Return -H⁻¹ g (n, J, 2) at the middle of the pixels (n, J, 5, 5), as (x, y); not finite where H has no inverse.

    Differences are central, over two pixels for g and over four for H.
    """
    mid = logs[..., 2, 2]
    dx, dy = (logs[..., 2, 3] - logs[..., 2, 1]) / 2, (logs[..., 3, 2] - logs[..., 1, 2]) / 2
    dxx = (logs[..., 2, 4] - 2 * mid + logs[..., 2, 0]) / 4
    dyy = (logs[..., 4, 2] - 2 * mid + logs[..., 0, 2]) / 4
    dxy = (logs[..., 3, 3] - logs[..., 1, 3] - logs[..., 3, 1] + logs[..., 1, 1]) / 4
    det = dxx * dyy - dxy**2
    return torch.stack([dxy * dy - dyy * dx, dxy * dx - dxx * dy], dim=-1) / det[..., None]
