"""SimCC: a joint as two classifications, one of its column and one of its row (Li et al., ECCV 2022, arXiv:2107.03332).

A vector has `split` bins per input pixel. Bin i covers [i, i + 1] / split - 0.5 of a coordinate, and pixel centres are
integers. This is the alignment of `heatmaps` with a stride of 1 / split. So mirroring bins is mirroring pixels, and
encoding followed by decoding is unbiased. In the official code the centre of bin i is i / split, a quarter of a pixel
further right for split = 2, and the mirrored vector is shifted by one bin.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from nasbench_pose.errors import pick
from nasbench_pose.pose.constants import constant
from nasbench_pose.pose.heatmaps import DECODERS, expectation, peak, to_input, to_map


class Vectors(NamedTuple):
    """Values of the bins of each joint, as maps of height 1, so that losses and decoders of heat maps apply."""

    columns: Tensor
    """(n, J, 1, split · width): scores of x."""
    rows: Tensor
    """(n, J, 1, split · height): scores of y."""


def vectors_of(output: Tensor, image: tuple[int, int], split: int) -> Vectors:
    """Split the output of a network, (n, J, split · width + split · height), in two; `image` is (height, width).

    >>> [tuple(part.shape) for part in vectors_of(torch.zeros(1, 17, 896), (256, 192), split=2)]
    [(1, 17, 1, 384), (1, 17, 1, 512)]
    """
    height, width = image
    columns, rows = torch.split(output.flatten(2)[:, :, None], [split * width, split * height], dim=-1)
    return Vectors(columns, rows)


def targets(joints: Tensor, image: tuple[int, int], split: int, sigma: float) -> Vectors:
    """Return the target vectors of joints (n, J, 2); joints and `sigma` are in input pixels.

    The target is exp(-d² / 2 sigma²), truncated at 3 sigma. Joints that are NaN or far outside have zero targets: see
    `heatmaps.weights`.

    >>> targets(torch.tensor([[[1.0, 2.0]]]), (4, 3), split=1, sigma=1).columns
    tensor([[[[0.6065, 1.0000, 0.6065]]]])
    """
    x, y = to_map(joints, 1 / split)[:, :, None].unbind(-1)
    height, width = image
    return Vectors(_gaussian(x, split * width, split * sigma), _gaussian(y, split * height, split * sigma))


def _gaussian(centre: Tensor, bins: int, sigma: float) -> Tensor:
    offset = torch.arange(bins, device=centre.device) - centre[..., None]
    return torch.where(offset.abs() <= 3 * sigma, torch.exp(-0.5 * (offset / sigma) ** 2), 0)


def decode(vectors: Vectors, split: int, decoder: str = "argmax") -> Tensor:
    """Return the joints (n, J, 2) in input pixels.

    They are the centres of the largest bins, as in the paper, for every decoder of heat maps except `expectation`: bins
    are smaller than pixels, so there is nothing to refine. `expectation` is the mean position under the softmax. Raises
    UnknownNameError.

    >>> decode(targets(torch.tensor([[[13.25, 20.75]]]), (64, 48), split=2, sigma=4), split=2)
    tensor([[[13.2500, 20.7500]]])
    """
    read = expectation if pick("decoder", decoder, DECODERS) is expectation else peak
    return to_input(torch.stack([read(part)[..., 0] for part in vectors], dim=-1), 1 / split)


def unflip(vectors: Vectors, flip_order: Sequence[int]) -> Vectors:
    """Return vectors of mirrored images as vectors of the images: x mirrored back, left and right joints swapped.

    >>> mirrored = Vectors(torch.tensor([[[[1.0, 2.0]], [[3.0, 4.0]]]]), torch.tensor([[[[5.0]], [[6.0]]]]))
    >>> [part.flatten().tolist() for part in unflip(mirrored, [1, 0])]
    [[4.0, 3.0, 2.0, 1.0], [6.0, 5.0]]
    """
    order = constant(tuple(flip_order), vectors.rows.device, torch.long)
    return Vectors(vectors.columns.flip(-1)[:, order], vectors.rows[:, order])
