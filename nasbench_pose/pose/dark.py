"""DARK: the peak of a heat map between its pixels (Zhang et al., CVPR 2020, arXiv:1910.06278).

A map is smoothed by the Gaussian of the targets, its logarithm taken, which makes a Gaussian a parabola, and one step
of Newton's method goes from the largest pixel to the top of that parabola.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

KERNEL, SIGMA = 11, 2.0
"""Pixels and standard deviation of the smoothing: those of the official code for targets of sigma 2."""

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
    (h, w), logs = maps.shape[-2:], modulate(maps.double()).clamp(min=_FLOOR).log().flatten(2)
    x, y = peaks.long().unbind(-1)
    step = _step(logs, y * w + x, w)
    inner = (x > 1) & (x < w - 2) & (y > 1) & (y < h - 2)
    useful = inner & (maps.amax((2, 3)) > 0) & step.isfinite().all(-1)
    return torch.where(useful[..., None], peaks + step, peaks.double()).to(maps.dtype)


def modulate(maps: Tensor) -> Tensor:
    """Return the maps smoothed by a Gaussian, with zeros around them, each as high as it was."""
    offset = torch.arange(KERNEL, dtype=maps.dtype, device=maps.device) - KERNEL // 2
    bell = torch.exp(-0.5 * (offset / SIGMA) ** 2)
    bell = bell / bell.sum()
    planes = maps.flatten(0, 1)[:, None]
    smooth = F.conv2d(planes, bell.view(1, 1, -1, 1), padding=(KERNEL // 2, 0))
    smooth = F.conv2d(smooth, bell.view(1, 1, 1, -1), padding=(0, KERNEL // 2)).view_as(maps)
    return smooth * (maps.amax((2, 3), keepdim=True) / smooth.amax((2, 3), keepdim=True))


def _step(logs: Tensor, at: Tensor, w: int) -> Tensor:
    """Return -H⁻¹ g (n, J, 2) of the flat maps at the pixels `at`; not finite where H has no inverse.

    Differences are central, over two pixels for g and over four for H.
    """
    around = [0, 1, -1, w, -w, 2, -2, 2 * w, -2 * w, w + 1, w - 1, 1 - w, -1 - w]
    index = (at[..., None] + torch.tensor(around, device=at.device)).clamp(0, logs.shape[-1] - 1)
    mid, right, left, below, above, right2, left2, below2, above2, se, sw, ne, nw = logs.gather(2, index).unbind(-1)
    dx, dy = (right - left) / 2, (below - above) / 2
    dxx, dyy, dxy = (right2 - 2 * mid + left2) / 4, (below2 - 2 * mid + above2) / 4, (se - ne - sw + nw) / 4
    det = dxx * dyy - dxy**2
    return torch.stack([dxy * dy - dyy * dx, dxy * dx - dxx * dy], dim=-1) / det[..., None]
