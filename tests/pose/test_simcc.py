"""SimCC's vectors: unbiased round trips, exact mirrors, and losses against torch's and against two-dimensional maps."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from nasbench_pose.errors import UnknownNameError
from nasbench_pose.pose.heatmaps import gaussians
from nasbench_pose.pose.losses import SMOOTHING, smoothed_cross_entropy, spatial_cross_entropy
from nasbench_pose.pose.simcc import Vectors, decode, targets, unflip, vectors_of

IMAGE = (48, 64)
SPLITS = st.sampled_from([1, 2, 3])
ORDER = [1, 0, 2]


def spread(n: int = 4000, seed: int = 0, margin: float = 0) -> Tensor:
    """Draw `n` joints, shape (n, 1, 2), on the image but for a margin."""
    inside = torch.tensor([IMAGE[1], IMAGE[0]]) - 2 * margin
    return inside * torch.rand(n, 1, 2, generator=torch.Generator().manual_seed(seed)) - 0.5 + margin


@pytest.mark.parametrize("split", [1, 2, 3])
def test_encoding_then_decoding_returns_the_joint_without_bias(split: int) -> None:
    joints = spread()
    error = decode(targets(joints, IMAGE, split, sigma=4), split) - joints
    assert error.abs().max() < 0.5 / split + 1e-4
    assert error.mean(0).abs().max() < 0.02 / split


@given(SPLITS, st.floats(-0.5, 63.4), st.floats(-0.5, 47.4), st.floats(0.5, 8))
def test_the_centre_of_a_bin_is_exact(split: int, x: float, y: float, sigma: float) -> None:
    bins = torch.tensor([[[x, y]]]).add(0.5).mul(split).floor()
    centre = (bins + 0.5) / split - 0.5
    torch.testing.assert_close(decode(targets(centre, IMAGE, split, sigma), split), centre)


@pytest.mark.parametrize("split", [1, 2, 3])
def test_the_expectation_finds_the_joint_between_the_centres(split: int) -> None:
    joints = spread(margin=12)
    columns, rows = (part.clamp(min=1e-9).log() for part in targets(joints, IMAGE, split, sigma=3))
    assert (decode(Vectors(columns, rows), split, "expectation") - joints).abs().max() < 0.05


def slow_target(mu: float, bins: int, split: int, sigma: float) -> np.ndarray:
    """Add up bin by bin what `generate_sa_simdr` of the official code has, with the centres where they are here."""
    values = np.zeros(bins)
    for i in range(bins):
        away = (i + 0.5) / split - 0.5 - mu
        values[i] = np.exp(-(away**2) / (2 * sigma**2)) if abs(away) <= 3 * sigma else 0
    return values


@settings(max_examples=30)
@given(SPLITS, st.floats(-20, 80), st.floats(-20, 80), st.floats(0.5, 6))
def test_targets_are_those_of_the_slow_definition(split: int, x: float, y: float, sigma: float) -> None:
    columns, rows = targets(torch.tensor([[[x, y]]], dtype=torch.float64), IMAGE, split, sigma)
    np.testing.assert_allclose(columns.flatten(), slow_target(x, split * IMAGE[1], split, sigma), atol=1e-9)
    np.testing.assert_allclose(rows.flatten(), slow_target(y, split * IMAGE[0], split, sigma), atol=1e-9)


def test_joints_that_are_not_there_give_nothing() -> None:
    columns, rows = targets(torch.tensor([[[torch.nan, torch.nan], [-500.0, 900.0]]]), IMAGE, 2, 4)
    assert not columns.any() and not rows.any()


@given(SPLITS, st.integers(0, 2**31))
@settings(max_examples=20)
def test_mirrored_joints_have_mirrored_vectors(split: int, seed: int) -> None:
    joints = spread(15, seed).view(5, 3, 2)
    mirrored = joints[:, ORDER] * torch.tensor([-1, 1]) + torch.tensor([IMAGE[1] - 1, 0])
    back = unflip(targets(mirrored, IMAGE, split, 4), ORDER)
    for ours, there in zip(back, targets(joints, IMAGE, split, 4), strict=True):
        torch.testing.assert_close(ours, there, rtol=1e-4, atol=1e-4)


def test_the_decoders_of_maps_take_the_largest_bin() -> None:
    vectors = vectors_of(torch.randn(7, 3, 2 * sum(IMAGE)), IMAGE, 2)
    for name in ("argmax", "quarter"):
        assert torch.equal(decode(vectors, 2, name), decode(vectors, 2))
    with pytest.raises(UnknownNameError, match="quater"):
        decode(vectors, 2, "quater")


def test_the_loss_is_that_of_a_map_that_is_the_product_of_both_vectors() -> None:
    """Its logits are the sums of a column's and a row's, its target the two-dimensional Gaussian of twice the size."""
    joints, weight = spread(12).view(4, 3, 2), torch.tensor([1.0, 0, 1]).expand(4, 3)
    found = vectors_of(torch.randn(4, 3, 2 * sum(IMAGE)), IMAGE, 2)
    target = targets(joints, IMAGE, 2, sigma=3)
    apart = sum(spatial_cross_entropy(a, b, weight) for a, b in zip(found, target, strict=True))
    both = gaussians(joints, (2 * IMAGE[0], 2 * IMAGE[1]), stride=0.5, sigma=6)
    together = spatial_cross_entropy(found.columns + found.rows.transpose(-1, -2), both, weight)
    torch.testing.assert_close(apart, together)


def test_smoothed_cross_entropy_is_torchs() -> None:
    target = targets(spread(6), IMAGE, 2, sigma=3).columns
    found = torch.randn(target.shape)
    share = (target / target.sum(-1, keepdim=True)).flatten(1)
    expected = nn.CrossEntropyLoss(label_smoothing=SMOOTHING)(found.flatten(1), share)
    torch.testing.assert_close(smoothed_cross_entropy(found, target, torch.ones(6, 1)), expected)


def test_the_gradient_is_that_of_the_official_divergence() -> None:
    """`KLDiscretLoss` takes the mean over bins and images, of targets that sum to one but for their cut tails."""
    target = targets(spread(8, margin=20), IMAGE, 2, sigma=3).columns
    found = torch.randn(target.shape, requires_grad=True)
    share = target / target.sum(-1, keepdim=True)
    official = nn.KLDivLoss(reduction="none")(found.log_softmax(-1), share).mean(-1).mean()
    (theirs,) = torch.autograd.grad(official, found)
    (ours,) = torch.autograd.grad(spatial_cross_entropy(found, target, torch.ones(8, 1)), found)
    torch.testing.assert_close(ours, theirs * target.shape[-1])
