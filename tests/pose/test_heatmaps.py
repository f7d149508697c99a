"""Heat maps: round trips, HRNet's own definitions as slow twins, and exact mirrors."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from nasbench_pose.errors import UnknownNameError
from nasbench_pose.pose.heatmaps import (
    decode,
    expectation,
    gaussians,
    peak,
    quarter,
    to_input,
    to_map,
    unflip,
    weights,
)


def spread(low: float, high: float, seed: int = 0, n: int = 4000) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return low + (high - low) * torch.rand(n, 1, 2, generator=generator)


@pytest.mark.parametrize("stride", [1, 4])
@pytest.mark.parametrize(("decoder", "worst"), [("argmax", 0.501), ("quarter", 0.251)])
def test_encoding_then_decoding_returns_the_joint_without_bias(stride: int, decoder: str, worst: float) -> None:
    joints = spread(3 * stride, 12 * stride)
    error = (decode(gaussians(joints, (16, 16), stride, 1.5), stride, decoder) - joints) / stride
    assert error.abs().max() < worst
    assert error.mean().abs() < 0.01


def test_the_expectation_finds_the_joint_between_the_pixels() -> None:
    joints = spread(24, 40)
    logits = gaussians(joints, (16, 16), 4, 1.5).clamp(min=1e-9).log()
    error = decode(logits, 4, "expectation") - joints
    assert error.abs().max() < 0.1


@given(st.lists(st.floats(-100, 300, width=32), min_size=2, max_size=2), st.sampled_from([1, 2, 4, 8]))
def test_pixels_of_both_scales_convert_back_and_forth(point: list[float], stride: int) -> None:
    torch.testing.assert_close(to_input(to_map(torch.tensor(point), stride), stride), torch.tensor(point))


def test_a_map_pixel_lies_in_the_middle_of_the_input_pixels_it_covers() -> None:
    image = torch.arange(16.0)
    assert torch.equal(to_input(torch.arange(4.0), 4), image.view(4, 4).mean(1))


def slow_target(x: int, y: int, sigma: int, size: int) -> np.ndarray:
    """HRNet's recipe for a joint at a whole heat-map pixel: paste a window of 6 sigma + 1 pixels, cut at the border."""
    target = np.zeros((size, size), dtype=np.float32)
    for row in range(max(0, y - 3 * sigma), min(size, y + 3 * sigma + 1)):
        for column in range(max(0, x - 3 * sigma), min(size, x + 3 * sigma + 1)):
            target[row, column] = math.exp(-((column - x) ** 2 + (row - y) ** 2) / (2 * sigma**2))
    return target


@given(st.integers(0, 15), st.integers(0, 15), st.integers(1, 3))
def test_targets_at_whole_pixels_are_those_of_hrnet(x: int, y: int, sigma: int) -> None:
    joints = to_input(torch.tensor([[[float(x), float(y)]]]), 4)
    np.testing.assert_allclose(gaussians(joints, (16, 16), 4, sigma)[0, 0], slow_target(x, y, sigma, 16), atol=1e-6)


def slow_final_preds(maps: np.ndarray) -> np.ndarray:
    """HRNet's `get_final_preds` before the crop is undone, one map at a time (maps with a positive maximum)."""
    found = np.zeros((*maps.shape[:2], 2))
    for n, j in np.ndindex(*maps.shape[:2]):
        y, x = np.unravel_index(maps[n, j].argmax(), maps[n, j].shape)
        found[n, j] = x, y
        if 1 < x < maps.shape[3] - 1 and 1 < y < maps.shape[2] - 1:
            right, below = maps[n, j, y, x + 1] - maps[n, j, y, x - 1], maps[n, j, y + 1, x] - maps[n, j, y - 1, x]
            found[n, j] += 0.25 * np.sign([right, below])
    return found


@given(st.integers(0, 10_000), st.integers(4, 9), st.integers(4, 9))
def test_the_quarter_offset_is_that_of_hrnet(seed: int, h: int, w: int) -> None:
    maps = torch.rand(3, 4, h, w, generator=torch.Generator().manual_seed(seed)).mul(8).round()  # ties included
    np.testing.assert_array_equal(quarter(maps), slow_final_preds(maps.numpy()))
    assert torch.equal(peak(maps), peak(maps * 3 - 50))  # logits may be negative


def test_unlabelled_and_outside_joints_weigh_nothing_and_leave_no_nan() -> None:
    joints = torch.tensor([[[8.0, 8.0], [float("nan")] * 2, [-0.6, 8.0], [8.0, 31.6], [31.4, -0.4]]])
    labelled = torch.tensor([[True, True, True, True, True]])
    assert weights(joints, labelled, (8, 8), 4).tolist() == [[1, 0, 0, 0, 1]]
    assert weights(joints, ~labelled, (8, 8), 4).sum() == 0
    assert gaussians(joints, (8, 8), 4, 1).isfinite().all()
    assert gaussians(joints, (8, 8), 4, 1)[0, 1].sum() == 0


ORDER = [1, 0, 2]


def test_mirroring_joints_mirrors_targets_exactly() -> None:
    joints = spread(0, 63, n=3).view(1, 3, 2)
    mirrored = torch.stack([63 - joints[..., 0], joints[..., 1]], -1)[:, ORDER]
    targets, back = gaussians(joints, (16, 16), 4, 2), unflip(gaussians(mirrored, (16, 16), 4, 2), ORDER)
    torch.testing.assert_close(back, targets)


def test_the_shift_mends_the_alignment_of_hrnet_to_a_quarter_pixel() -> None:
    x = torch.arange(20.0, 44.0)[:, None]
    hrnet = torch.stack([x, x], -1) / 4  # u = x / stride
    mirrored = torch.stack([63 - x, x], -1) / 4
    logits = gaussians(mirrored, (16, 16), 1, 1).clamp(min=1e-9).log()
    still, shifted = (expectation(unflip(logits, [0], shift)) - hrnet for shift in (False, True))
    torch.testing.assert_close(still[..., 0], torch.full((24, 1), -0.75), atol=0.02, rtol=0)
    torch.testing.assert_close(shifted[..., 0], torch.full((24, 1), 0.25), atol=0.02, rtol=0)


def test_maps_of_mirror_images_are_the_maps_of_a_network_that_mirrors() -> None:
    def network(images: Tensor) -> Tensor:  # left joint: red, right joint: green, middle: blue
        return torch.nn.functional.avg_pool2d(images, 4)

    images = torch.rand(2, 3, 16, 16)
    swapped = images.flip(-1)[:, ORDER]
    torch.testing.assert_close(unflip(network(swapped), ORDER), network(images))
    torch.testing.assert_close(unflip(network(images.flip(-1)), [0, 1, 2]), network(images))


def test_an_unknown_decoder_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="argmax, dark, expectation, quarter"):
        decode(torch.zeros(1, 1, 4, 4), 4, "quater")
