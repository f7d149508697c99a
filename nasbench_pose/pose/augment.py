"""Augmentation of a batch: mirror, rotate, scale, shift and recolour images, and move the joints with them."""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from nasbench_pose.pose import half_body
from nasbench_pose.pose.augmentation import Augmentation
from nasbench_pose.pose.constants import constant
from nasbench_pose.pose.skeleton import Skeleton


def augment(
    images: Tensor, joints: Tensor, labelled: Tensor, skeleton: Skeleton, settings: Augmentation, rng: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Return changed copies of images (n, 3, h, w, float32), joints (n, J, 2, pixels) and labelled (n, J).

    The changes of each image are drawn from `rng`, on the device of the images. Pixels from outside the image repeat
    its border. A joint outside the changed image is not labelled.

    >>> from nasbench_pose.pose.skeleton import LSP14
    >>> batch = torch.rand(2, 3, 8, 8), torch.full((2, 14, 2), 3.5), torch.ones(2, 14, dtype=torch.bool)
    >>> images, joints, labelled = augment(*batch, LSP14, Augmentation(), torch.Generator().manual_seed(0))
    >>> images.shape, joints[0, 0], bool(labelled.all())  # the middle of an image stays where it is
    (torch.Size([2, 3, 8, 8]), tensor([3.5000, 3.5000]), True)
    """
    n, device = len(images), images.device
    mirrored = torch.rand(n, generator=rng, device=device) < settings.flip
    affine, shift = _draw_affine(n, settings, rng, device)
    gain, offset = _draw_colour(n, settings, rng, device)
    images, joints, labelled = flip(images, joints, labelled, skeleton, mirrored)
    if settings.half_body:
        size = constant((images.shape[3], images.shape[2]), device)
        factor, point = half_body.draw(joints, labelled, skeleton, settings.half_body, size, rng)
        affine, shift = half_body.closer(affine, shift, factor, point, size)
    if settings.rotation_deg or settings.scale or settings.translate or settings.half_body:
        images, joints, labelled = warp(images, joints, labelled, affine, shift)
    if settings.colour:
        images = images * gain + offset
    return images, joints, labelled


def flip(
    images: Tensor, joints: Tensor, labelled: Tensor, skeleton: Skeleton, mirrored: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the batch with the images where `mirrored` (n, bool) is true mirrored, exactly, pixel by pixel."""
    order = constant(skeleton.flip_order, joints.device, torch.long)
    mirror, last = constant((-1, 1), joints.device), constant((images.shape[3] - 1, 0), joints.device)
    other_side = joints[:, order] * mirror + last
    return (
        torch.where(mirrored[:, None, None, None], images.flip(3), images),
        torch.where(mirrored[:, None, None], other_side, joints),
        torch.where(mirrored[:, None], labelled[:, order], labelled),
    )


def warp(
    images: Tensor, joints: Tensor, labelled: Tensor, affine: Tensor, shift: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the batch moved by p -> affine (p - c) + c + shift, in pixels, about the centre c of the image.

    `affine` is (n, 2, 2), `shift` (n, 2) a fraction of width and height.
    """
    size = constant((images.shape[3], images.shape[2]), images.device)
    middle = (size - 1) / 2
    moved = (joints - middle) @ affine.transpose(1, 2) + (middle + shift * size)[:, None]
    backwards = torch.linalg.inv_ex(affine).inverse * (size / size[:, None])
    from_where = torch.cat([backwards, -backwards @ (2 * shift)[:, :, None]], dim=2)
    grid = F.affine_grid(from_where, list(images.shape), align_corners=False)
    inside = ((moved >= -0.5) & (moved < size - 0.5)).all(dim=2)
    return F.grid_sample(images, grid, padding_mode="border", align_corners=False), moved, labelled & inside


def _draw_affine(n: int, settings: Augmentation, rng: torch.Generator, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return (n, 2, 2) and (n, 2), as `warp` takes them; an angle turns the image clockwise."""
    where: Any = {"generator": rng, "device": device}
    rotated = (torch.rand(n, **where) < 0.6) * torch.randn(n, **where).clamp(-2, 2)
    angle = rotated * math.radians(settings.rotation_deg)
    factor = 1 + settings.scale * torch.randn(n, **where).clamp(-1, 1)
    shift = settings.translate * (2 * torch.rand(n, 2, **where) - 1)
    cos, sin = factor * angle.cos(), factor * angle.sin()
    return torch.stack([torch.stack([cos, -sin], dim=1), torch.stack([sin, cos], dim=1)], dim=1), shift


def _draw_colour(n: int, settings: Augmentation, rng: torch.Generator, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return a gain and an offset, (n, 3, 1, 1)."""
    common, own = (2 * torch.rand(2, n, channels, 1, 1, generator=rng, device=device) - 1 for channels in (1, 3))
    gain, offset = settings.colour * (common + own / 2)
    return 1 + gain, offset
