"""Half bodies: HRNet's code as a slow twin, and pixels that go with their joints."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from nasbench_pose.pose import half_body
from nasbench_pose.pose.augment import augment
from nasbench_pose.pose.augmentation import HRNET_COCO, Augmentation
from nasbench_pose.pose.skeleton import COCO17, LSP14, MPII16, Skeleton

ONLY = Augmentation(flip=0, rotation_deg=0, scale=0, translate=0, colour=0, half_body=1)
SIZE = torch.tensor([48.0, 64.0])


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def people(n: int, skeleton: Skeleton, seed: int = 0) -> tuple[Tensor, Tensor]:
    g = generator(seed)
    joints = torch.rand(n, len(skeleton.joints), 2, generator=g) * SIZE
    return joints, torch.rand(n, len(skeleton.joints), generator=g) < 0.6


def slow_half(joints: np.ndarray, labelled: np.ndarray, upper: tuple[bool, ...], prefers: bool) -> tuple | None:
    """HRNet's `half_body_transform` of one person: centre and width of what is shown; None for no half."""
    halves: dict[bool, list[np.ndarray]] = {True: [], False: []}
    for joint, known, above in zip(joints, labelled, upper, strict=True):
        if known:
            halves[above].append(joint)
    if prefers and len(halves[True]) > 2:
        chosen = halves[True]
    else:
        chosen = halves[False] if len(halves[False]) > 2 else halves[True]
    if len(chosen) < 2:
        return None
    (left, top), (right, bottom) = np.min(chosen, axis=0), np.max(chosen, axis=0)
    width, height, aspect = right - left, bottom - top, 48 / 64
    return np.mean(chosen, axis=0), 1.5 * max(width, aspect * height)


@given(st.integers(0, 10_000), st.sampled_from([COCO17, MPII16, LSP14]))
def test_a_half_is_the_one_hrnet_shows(seed: int, skeleton: Skeleton) -> None:
    joints, labelled = people(8, skeleton, seed)
    factor, point = half_body.draw(joints, labelled, skeleton, 1.0, SIZE, generator(seed))
    g = generator(seed)
    torch.rand(8, generator=g)
    prefers = torch.randn(8, generator=g) < 0.5
    for n in range(8):
        half = slow_half(joints[n].numpy(), labelled[n].numpy(), skeleton.upper_body, bool(prefers[n]))
        if labelled[n].sum() <= 8 or half is None:
            assert factor[n] == 1 and point[n].tolist() == [23.5, 31.5]
        else:
            np.testing.assert_allclose(point[n], half[0], rtol=1e-5)
            assert factor[n] == pytest.approx(min(48 / half[1], 4), rel=1e-5)


def test_the_upper_halves_are_those_of_hrnet() -> None:
    assert [i for i, upper in enumerate(COCO17.upper_body) if upper] == list(range(11))
    assert [i for i, upper in enumerate(MPII16.upper_body) if upper] == list(range(7, 16))


def test_the_half_comes_to_the_middle_with_half_as_much_room_again() -> None:
    joints = torch.rand(200, 17, 2, generator=generator()) * SIZE
    labelled = torch.ones(200, 17, dtype=torch.bool)
    images = torch.zeros(200, 3, 64, 48)
    _, moved, _ = augment(images, joints, labelled, COCO17, ONLY, generator(1))
    upper = torch.tensor(COCO17.upper_body)
    halves = [moved[:, upper], moved[:, ~upper]]
    middle = torch.stack([((half.mean(1) - (SIZE - 1) / 2).abs() < 1e-3).all(1) for half in halves])
    assert (middle.sum(0) == 1).all(), "one half or the other is in the middle"
    assert middle[0].float().mean() == pytest.approx(0.69, abs=0.1)
    for half, shown in zip(halves, middle, strict=True):
        extent = (half.amax(1) - half.amin(1))[shown]
        assert torch.allclose((extent / SIZE).amax(1), torch.tensor(1 / 1.5), atol=1e-4)


def test_a_dot_at_a_joint_goes_with_it() -> None:
    joints, labelled = people(40, COCO17, seed=3)
    joints = 12 + joints / 2
    y, x = torch.meshgrid(torch.arange(64.0), torch.arange(48.0), indexing="ij")
    dots = torch.exp(-((x - joints[:, :1, :1]) ** 2 + (y - joints[:, :1, 1:]) ** 2) / 8)[:, None].repeat(1, 3, 1, 1)
    strong = Augmentation(flip=0, rotation_deg=20, scale=0.2, colour=0, half_body=1)
    images, moved, _ = augment(dots, joints, labelled, COCO17, strong, generator())
    inner = ((moved[:, 0] > 12) & (moved[:, 0] < SIZE - 12)).all(1)
    weight = images[:, 0] ** 4
    found = torch.stack([(weight * axis).sum((1, 2)) / weight.sum((1, 2)) for axis in (x, y)], dim=1)
    assert inner.sum() > 10 and (found - moved[:, 0])[inner].abs().max() < 0.6


def test_whom_to_cut_is_decided_by_probability_and_by_labels() -> None:
    joints, labelled = torch.rand(1000, 17, 2, generator=generator()) * SIZE, torch.ones(1000, 17, dtype=torch.bool)
    factor, _ = half_body.draw(joints, labelled, COCO17, 0.3, SIZE, generator())
    assert float((factor != 1).float().mean()) == pytest.approx(0.3, abs=0.05)
    labelled[:, 8:] = False
    assert (half_body.draw(joints, labelled, COCO17, 1.0, SIZE, generator())[0] == 1).all()


def test_labels_on_one_spot_are_not_magnified_without_end() -> None:
    joints, labelled = torch.full((4, 17, 2), 9.0), torch.ones(4, 17, dtype=torch.bool)
    images = torch.rand(4, 3, 64, 48, generator=generator())
    changed, moved, _ = augment(images, joints, labelled, COCO17, HRNET_COCO, generator())
    assert changed.isfinite().all() and moved.isfinite().all()
    assert (half_body.draw(joints, labelled, COCO17, 1.0, SIZE, generator())[0] == 4).all()


def test_without_it_nothing_else_is_drawn_otherwise() -> None:
    joints, labelled = people(4, COCO17)
    images = torch.rand(4, 3, 64, 48, generator=generator())
    streams = [generator(7), generator(7)]
    plain = augment(images, joints, labelled, COCO17, Augmentation(half_body=0), streams[0])
    nobody = augment(images, joints, torch.zeros_like(labelled), COCO17, Augmentation(half_body=1), streams[1])
    torch.testing.assert_close(nobody[0], plain[0])
    assert not torch.equal(streams[0].get_state(), streams[1].get_state())
