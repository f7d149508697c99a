"""Half-body augmentation: sometimes only the upper or lower half is shown (Wang et al., 2018; HRNet on COCO)."""

import torch
from torch import Tensor

from nasbench_pose.pose.constants import constant
from nasbench_pose.pose.skeleton import Skeleton

ROOM = 1.5
"""What is shown is this times the box of the half's joints."""

_MANY, _ENOUGH = 8, 2  # more labelled joints than these: to be cut at all, and for a half to be shown
_UPPER = 0.5  # the upper half is preferred where a normal number is below this: in 69 of 100
_LARGEST = 4.0  # magnification: pixels of the crop are all there is


def draw(
    joints: Tensor, labelled: Tensor, skeleton: Skeleton, probability: float, size: Tensor, rng: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Return a factor (n,) and a point (n, 2) in pixels: magnify by the factor so that the point comes to the middle.

    `size` is (width, height). As HRNet's `half_body_transform`: a person with more than eight labelled joints is cut
    with `probability`; the upper half is shown in 69 of 100, if more than two of its joints are labelled, else the
    lower one. A person who is not cut has the factor 1 and the centre of the image.
    """
    n, device = len(joints), joints.device
    upper = constant(skeleton.upper_body, device, torch.bool)
    cut = (torch.rand(n, generator=rng, device=device) < probability) & (labelled.sum(1) > _MANY)
    prefers = torch.randn(n, generator=rng, device=device) < _UPPER
    enough = ((labelled & upper).sum(1) > _ENOUGH, (labelled & ~upper).sum(1) > _ENOUGH)
    shown = torch.where(((prefers & enough[0]) | ~enough[1])[:, None], labelled & upper, labelled & ~upper)
    cut &= (shown.sum(1) >= _ENOUGH) & (len(set(skeleton.upper_body)) == 2)  # a hand has no half
    factor, point = _fit(joints, shown, size)
    return torch.where(cut, factor, 1.0), torch.where(cut[:, None], point, (size - 1) / 2)


def closer(affine: Tensor, shift: Tensor, factor: Tensor, point: Tensor, size: Tensor) -> tuple[Tensor, Tensor]:
    """Return an `affine` (n, 2, 2) and a `shift` (n, 2), as `augment.warp` takes them, that also do what `draw` says.

    One warp does both, so pixels are interpolated once.

    >>> middle = torch.tensor([[3.5, 3.5]])
    >>> closer(torch.eye(2)[None], torch.zeros(1, 2), torch.tensor([2.0]), middle - 1, torch.tensor([8.0, 8.0]))
    (tensor([[[2., 0.],
             [0., 2.]]]), tensor([[0.2500, 0.2500]]))
    """
    magnified = affine * factor[:, None, None]
    to_the_middle = magnified @ ((size - 1) / 2 - point)[:, :, None]
    return magnified, shift + to_the_middle[:, :, 0] / size


def _fit(joints: Tensor, shown: Tensor, size: Tensor) -> tuple[Tensor, Tensor]:
    """Return how far the joints (n, J, 2) that are `shown` can be magnified, with room, and their mean."""
    low = joints.where(shown[..., None], torch.inf).amin(1)
    high = joints.where(shown[..., None], -torch.inf).amax(1)
    factor = 1 / (ROOM * ((high - low) / size).amax(1))
    mean = joints.where(shown[..., None], 0).sum(1) / shown.sum(1, keepdim=True)
    return factor.clamp(max=_LARGEST), mean
