"""Augmentation: pixels and joints move together."""

import itertools
import math

import numpy as np
import pytest
import scipy.ndimage
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.pose.augment import augment, flip, warp
from nasbench_pose.pose.augmentation import Augmentation
from nasbench_pose.pose.skeleton import LSP14, SKELETONS, Skeleton

STILL = Augmentation(flip=0, rotation_deg=0, scale=0, translate=0, colour=0)
Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def batch(n: int = 4, size: tuple[int, int] = (20, 16), joints: int = 14) -> Batch:
    g = generator(1)
    images = torch.rand(n, 3, *size, generator=g)
    places = torch.rand(n, joints, 2, generator=g) * torch.tensor([size[1] - 1.0, size[0] - 1.0])
    return images, places, torch.rand(n, joints, generator=g) < 0.7


def dots(places: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """One soft bright dot per image, (n, 3, h, w)."""
    y, x = torch.meshgrid(torch.arange(size[0]), torch.arange(size[1]), indexing="ij")
    squared = (x - places[:, 0, None, None]) ** 2 + (y - places[:, 1, None, None]) ** 2
    return torch.exp(-squared / (2 * 2.0**2))[:, None].repeat(1, 3, 1, 1)


def centre_of_mass(images: torch.Tensor) -> torch.Tensor:
    found = [scipy.ndimage.center_of_mass(image[0].double().numpy() ** 4) for image in images]
    return torch.tensor(found).flip(1)


@settings(max_examples=25)
@given(seed=st.integers(0, 2**31), size=st.sampled_from([(64, 64), (64, 48), (40, 72)]), mirror=st.booleans())
def test_a_dot_at_a_joint_is_still_at_the_joint(seed: int, size: tuple[int, int], mirror: bool) -> None:
    g = generator(seed)
    places = torch.rand(8, 14, 2, generator=g) * torch.tensor([size[1] / 3, size[0] / 3])
    places += torch.tensor([size[1] / 3, size[0] / 3])
    strong = Augmentation(flip=float(mirror), rotation_deg=25, scale=0.3, translate=0.05, colour=0.3)
    labelled = torch.ones(8, 14, dtype=torch.bool)
    images, joints, _ = augment(dots(places[:, 0], size), places, labelled, LSP14, strong, g)
    joint = LSP14.flip_order[0] if mirror else 0
    images = images - images.amin(dim=(2, 3), keepdim=True)  # colours shift the ground level
    near = ((joints[:, joint] > 8) & (joints[:, joint] < torch.tensor([size[1] - 9, size[0] - 9]))).all(dim=1)
    assert torch.allclose(centre_of_mass(images[near]), joints[near, joint].double(), atol=0.2)


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=list(SKELETONS))
def test_flipping_twice_is_the_identity(skeleton: Skeleton) -> None:
    before = batch(joints=len(skeleton.joints))
    mirrored = torch.tensor([True, False, True, True])
    once = flip(*before, skeleton, mirrored)
    twice = flip(*once, skeleton, mirrored)
    assert torch.equal(twice[0], before[0]) and torch.equal(twice[2], before[2])
    assert torch.allclose(twice[1], before[1], atol=1e-5)
    assert torch.equal(once[0][0], before[0][0].flip(2)) and torch.equal(once[0][1], before[0][1])


def test_flip_names_the_other_side() -> None:
    images, joints, labelled = batch(1)
    _, moved, marks = flip(images, joints, labelled, LSP14, torch.tensor([True]))
    right, left = LSP14.joints.index("r_wrist"), LSP14.joints.index("l_wrist")
    assert moved[0, left, 0] == images.shape[3] - 1 - joints[0, right, 0]
    assert moved[0, left, 1] == joints[0, right, 1] and marks[0, left] == labelled[0, right]


@given(angle=st.floats(-math.pi, math.pi), factor=st.floats(0.5, 1.6), shift=st.floats(-0.2, 0.2))
@settings(max_examples=20)
def test_warp_agrees_with_scipy(angle: float, factor: float, shift: float) -> None:
    rng = np.random.default_rng(0)
    image = scipy.ndimage.gaussian_filter(rng.random((24, 18)), 1.0)
    a = factor * np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    affine, shifts = torch.tensor(a)[None], torch.tensor([[shift, -shift]], dtype=torch.double)
    points = torch.tensor(rng.random((1, 14, 2)))
    warped, _, _ = warp(torch.tensor(image)[None, None], points, torch.ones(1, 14) > 0, affine, shifts)
    back = np.linalg.inv(a)[::-1, ::-1]  # scipy speaks of (y, x)
    middle = (np.array(image.shape) - 1) / 2
    offset = middle - back @ (middle + np.array([-shift, shift]) * image.shape)
    expected = scipy.ndimage.affine_transform(image, back, offset, order=1, mode="nearest")
    assert np.abs(warped[0, 0].numpy() - expected).max() < 1e-6


def test_a_joint_that_leaves_the_image_is_not_labelled() -> None:
    images, _, _ = batch(1, size=(20, 20))
    joints = torch.full((1, 14, 2), 9.5)
    joints[0, 0] = torch.tensor([1.0, 9.5])
    eye, shift = torch.eye(2)[None], torch.tensor([[-0.1, 0.0]])
    _, moved, labelled = warp(images, joints, torch.ones(1, 14, dtype=torch.bool), eye, shift)
    assert moved[0, 0].tolist() == [-1.0, 9.5] and labelled[0].tolist() == [False] + [True] * 13


def test_nothing_asked_changes_nothing() -> None:
    before = batch()
    for given_, got in zip(before, augment(*before, LSP14, STILL, generator()), strict=True):
        assert torch.equal(given_, got)


def test_the_generator_decides_everything() -> None:
    runs = [augment(*batch(), LSP14, Augmentation(translate=0.1), generator(seed)) for seed in (5, 5, 6)]
    assert all(torch.equal(a, b) for a, b in zip(runs[0], runs[1], strict=True))
    assert not torch.equal(runs[0][0], runs[2][0])


def test_every_image_is_changed_in_its_own_way() -> None:
    images, joints, labelled = (tensor[:1].repeat(6, *[1] * (tensor.dim() - 1)) for tensor in batch(1))
    changed, _, _ = augment(images, joints, labelled, LSP14, Augmentation(flip=0), generator())
    assert all(not torch.equal(a, b) for a, b in itertools.pairwise(changed))


def test_inputs_stay_as_they_were() -> None:
    before = batch()
    copies = [tensor.clone() for tensor in before]
    augment(*before, LSP14, Augmentation(), generator())
    assert all(torch.equal(a, b) for a, b in zip(before, copies, strict=True))


@pytest.mark.parametrize("wrong", [{"flip": 1.5}, {"scale": 1.0}, {"rotation_deg": -1.0}, {"colour": -0.1}])
def test_impossible_settings_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidFileError, match="scale at least 0 and below 1"):
        Augmentation(**wrong)
