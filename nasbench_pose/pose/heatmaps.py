"""Heat maps: encoding of joints as Gaussians, decoding of maps, and maps of mirrored images.

Coordinates are (x, y) with pixel centres at whole numbers. A heat-map pixel covers `stride` x `stride` input pixels
with the same centre: u = (x + 0.5) / stride - 0.5. With this alignment, a network mirrors its output exactly
if its input is mirrored, and encoding followed by decoding is unbiased (Huang et al., CVPR 2020, arXiv:1911.07524).
HRNet's code uses u = x / stride instead, and corrects the flip test by a shift of one pixel (`shift=True` below).
"""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from nasbench_pose.errors import pick
from nasbench_pose.pose.constants import constant
from nasbench_pose.pose.dark import refine


def to_map(joints: Tensor, stride: float) -> Tensor:
    """Convert joints (..., 2) from input pixels to heat-map pixels.

    >>> to_map(torch.tensor([1.5, 5.5]), stride=4)
    tensor([0., 1.])
    """
    return (joints + 0.5) / stride - 0.5


def to_input(joints: Tensor, stride: float) -> Tensor:
    """Convert joints (..., 2) from heat-map pixels to input pixels; the inverse of `to_map`.

    >>> to_input(torch.tensor([0.0, 1.0]), stride=4)
    tensor([1.5000, 5.5000])
    """
    return (joints + 0.5) * stride - 0.5


def gaussians(joints: Tensor, size: tuple[int, int], stride: float, sigma: float) -> Tensor:
    """Return the target maps (n, J, h, w) of joints (n, J, 2) in input pixels.

    A map is exp(-d² / 2 sigma²) with d in heat-map pixels, cut to the square of 3 sigma, as in SimpleBaseline
    and HRNet, except that its centre is not rounded to a whole pixel (Zhang et al., CVPR 2020, arXiv:1910.06278).
    The map of a joint that is NaN or far outside is zero: see `weights`.

    >>> gaussians(torch.tensor([[[4.0, 4.0]]]), size=(9, 9), stride=1, sigma=1)[0, 0, 4, 3:6]
    tensor([0.6065, 1.0000, 0.6065])
    """
    centre = to_map(joints, stride)
    rows = _profile(centre[..., 1], size[0], sigma)
    columns = _profile(centre[..., 0], size[1], sigma)
    return rows[..., :, None] * columns[..., None, :]


def to_whole_pixels(joints: Tensor, stride: float) -> Tensor:
    """Return joints (..., 2) aligned at the corner, at the centre of the nearest heat-map pixel: HRNet's targets.

    >>> to_map(to_whole_pixels(torch.tensor([6.1, 9.0]), stride=4), stride=4)
    tensor([2., 2.])
    """
    return to_input((joints / stride + 0.5).floor(), stride)


def weights(
    joints: Tensor, labelled: Tensor, size: tuple[int, int], stride: float, reach: float | None = None
) -> Tensor:
    """Return the weight (n, J) of each joint in a loss: 1 if it is labelled and on the map, else 0.

    >>> weights(torch.tensor([[[3.0, 3.0], [-9.0, 3.0]]]), torch.tensor([[True, True]]), size=(8, 8), stride=1)
    tensor([[1., 0.]])
    """
    centre = to_map(joints, stride)
    if reach is None:
        last = constant((size[1] - 0.5, size[0] - 0.5), joints.device)
        inside = ((centre >= -0.5) & (centre < last)).all(-1)
    else:
        beyond = constant((size[1] + reach, size[0] + reach), joints.device)
        inside = ((centre >= -reach - 1) & (centre < beyond)).all(-1)
    return (labelled & inside).to(joints.dtype)


def _profile(centre: Tensor, length: int, sigma: float) -> Tensor:
    """Return the one-dimensional Gaussians (n, J, length): a Gaussian on a grid is the product of two."""
    offset = torch.arange(length, device=centre.device) - centre[..., None]
    return torch.where(offset.abs() <= 3 * sigma, torch.exp(-0.5 * (offset / sigma) ** 2), 0)


def decode(maps: Tensor, stride: float, decoder: str = "quarter") -> Tensor:
    """Decode maps (n, J, h, w) to joints (n, J, 2) in input pixels; see DECODERS.

    >>> maps = gaussians(torch.tensor([[[13.0, 21.0]]]), size=(8, 8), stride=4, sigma=1)
    >>> decode(maps, stride=4)
    tensor([[[12.5000, 20.5000]]])
    """
    return to_input(pick("decoder", decoder, DECODERS)(maps), stride)


def peak(maps: Tensor) -> Tensor:
    """Return the pixel (x, y) of each map's maximum, (n, J, 2)."""
    index = maps.flatten(2).argmax(-1)
    return torch.stack([index % maps.shape[-1], index // maps.shape[-1]], dim=-1).to(maps.dtype)


def quarter(maps: Tensor) -> Tensor:
    """Return the maximum moved by a quarter of a pixel towards the higher neighbour, in x and in y.

    The same as HRNet's `get_final_preds`, which does not move maxima in the first two and the last row or column.
    """
    (h, w), centre = maps.shape[-2:], peak(maps)
    x, y = centre.long().unbind(-1)
    inner = (x > 1) & (x < w - 1) & (y > 1) & (y < h - 1)
    at = (y * w + x).where(inner, w + 1)[..., None] + constant((1, -1, w, -w), maps.device, torch.long)
    at = at.clamp(max=h * w - 1)  # maps of less than 3 × 3 pixels have no inner pixels
    right, left, below, above = maps.flatten(2).gather(2, at).unbind(-1)
    return centre + 0.25 * torch.stack([right - left, below - above], dim=-1).sign() * inner[..., None]


def expectation(maps: Tensor) -> Tensor:
    """Return the mean position under the softmax of each map: for maps trained with the spatial cross-entropy only.

    The integral regression of Sun et al., ECCV 2018 (arXiv:1711.08229).
    """
    probability = maps.flatten(2).softmax(-1).view_as(maps)
    x = probability.sum(-2) @ torch.arange(maps.shape[-1], dtype=maps.dtype, device=maps.device)
    y = probability.sum(-1) @ torch.arange(maps.shape[-2], dtype=maps.dtype, device=maps.device)
    return torch.stack([x, y], dim=-1)


def dark(maps: Tensor) -> Tensor:
    """Return the maximum of the Gaussian that fits each map near its peak: for maps trained by squared error.

    DARK (Zhang et al., CVPR 2020, arXiv:1910.06278).
    """
    return refine(maps, peak(maps))


Decoder = Callable[[Tensor], Tensor]
"""Maps (n, J, h, w) -> joints (n, J, 2) in heat-map pixels."""

DECODERS: Mapping[str, Decoder] = {"argmax": peak, "quarter": quarter, "dark": dark, "expectation": expectation}


def unflip(maps: Tensor, flip_order: Sequence[int], shift: bool = False) -> Tensor:
    """Mirror maps (n, J, h, w) of mirrored images back, and swap left and right joints.

    `shift` moves the maps by one pixel to the right, for networks trained with HRNet's alignment.

    >>> maps = torch.tensor([[[[1.0, 2.0, 3.0]], [[4.0, 5.0, 6.0]]]])
    >>> unflip(maps, [1, 0]).tolist()
    [[[[6.0, 5.0, 4.0]], [[3.0, 2.0, 1.0]]]]
    >>> unflip(maps, [1, 0], shift=True).tolist()
    [[[[6.0, 6.0, 5.0]], [[3.0, 3.0, 2.0]]]]
    """
    back = maps.flip(-1)[:, constant(tuple(flip_order), maps.device, torch.long)]
    return torch.cat([back[..., :1], back[..., :-1]], dim=-1) if shift else back
