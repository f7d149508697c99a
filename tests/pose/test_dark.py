"""DARK: the official code as a slow twin, and exact Gaussians between the pixels."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from torch import Tensor

from nasbench_pose.pose.dark import refine
from nasbench_pose.pose.heatmaps import dark, decode, gaussians, peak

Floats = NDArray[np.float64]


def slow_blur(map_: Floats) -> Floats:
    """The official `gaussian_blur` of one map, kernel 11, for which OpenCV takes sigma 2."""
    blurred: Floats = gaussian_filter(map_, 2.0, mode="constant", radius=5)
    return blurred * map_.max() / blurred.max()


def slow_taylor(map_: Floats, x: int, y: int) -> list[float]:
    """The official `taylor`, one joint at a time, with a matrix that is inverted."""
    height, width = map_.shape
    if not (1 < x < width - 2 and 1 < y < height - 2):
        return [x, y]
    dx, dy = 0.5 * (map_[y, x + 1] - map_[y, x - 1]), 0.5 * (map_[y + 1, x] - map_[y - 1, x])
    dxx = 0.25 * (map_[y, x + 2] - 2 * map_[y, x] + map_[y, x - 2])
    dxy = 0.25 * (map_[y + 1, x + 1] - map_[y - 1, x + 1] - map_[y + 1, x - 1] + map_[y - 1, x - 1])
    dyy = 0.25 * (map_[y + 2, x] - 2 * map_[y, x] + map_[y - 2, x])
    if dxx * dyy - dxy**2 == 0:
        return [x, y]
    moved = np.array([x, y]) - np.linalg.inv([[dxx, dxy], [dxy, dyy]]) @ [dx, dy]
    return list(moved)


def slow_dark(maps: Tensor) -> Floats:
    found = np.zeros((*maps.shape[:2], 2))
    for n, j in np.ndindex(*maps.shape[:2]):
        map_ = maps[n, j].double().numpy()
        y, x = np.unravel_index(map_.argmax(), map_.shape)
        found[n, j] = slow_taylor(np.log(np.maximum(slow_blur(map_), 1e-10)), int(x), int(y))
    return found


@given(st.integers(0, 10_000), st.integers(5, 20), st.integers(5, 20))
def test_it_is_the_official_code(seed: int, h: int, w: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    joints = torch.rand(2, 3, 2, generator=generator) * torch.tensor([w - 1.0, h - 1.0])
    noisy = gaussians(joints, (h, w), 1, 2) + 0.1 * torch.rand(2, 3, h, w, generator=generator)
    np.testing.assert_allclose(refine(noisy.double(), peak(noisy).double()), slow_dark(noisy), atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("sigma", [1.5, 2.0, 3.0])
@pytest.mark.parametrize("size", [(64, 48), (48, 64)])
def test_it_finds_the_top_of_a_gaussian_that_quarter_only_comes_near(size: tuple[int, int], sigma: float) -> None:
    generator = torch.Generator().manual_seed(0)
    joints = 48 + 80 * torch.rand(1, 500, 2, generator=generator)
    maps = gaussians(joints, size, stride=4, sigma=sigma)
    apart = {name: (decode(maps, 4, name) - joints).norm(dim=-1) for name in ("argmax", "quarter", "dark")}
    assert apart["dark"].max() < 0.02, "input pixels: a heat-map pixel is 4"
    assert apart["dark"].mean() < apart["quarter"].mean() / 50 < apart["argmax"].mean() / 50


def test_maps_without_a_top_keep_their_peak() -> None:
    flat, negative = torch.zeros(1, 1, 9, 9), -1 - torch.rand(1, 1, 9, 9, generator=torch.Generator().manual_seed(0))
    for maps in (flat, negative, torch.full((1, 1, 9, 9), 2.0), torch.rand(1, 1, 3, 2)):
        assert torch.equal(dark(maps), peak(maps))


def test_a_peak_at_the_border_stays_there() -> None:
    at_edges = torch.tensor([[[1.2, 30.0], [30.0, 1.2], [46.4, 30.0], [30.0, 62.4]]])
    maps = gaussians(at_edges, (64, 48), 1, 2)
    assert torch.equal(dark(maps), at_edges.round())


def test_a_scaled_map_has_its_top_at_the_same_place() -> None:
    maps = gaussians(torch.tensor([[[20.3, 30.8]]]), (64, 48), 1, 2)
    torch.testing.assert_close(dark(0.01 * maps), dark(maps), atol=1e-4, rtol=0)
