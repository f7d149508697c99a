"""Drawn people: exact labels, the same bytes everywhere, bodies that could be."""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from nasbench_pose.pose import synthetic
from nasbench_pose.pose.people import People
from nasbench_pose.pose.skeleton import LSP14
from nasbench_pose.pose.synthetic import backdrop, body, camera, clutter, figure, painter, parts, poses

FROZEN = "0fde1719490df839"
"""Digest of the first 70 people of seed 0. If it changes, raise `synthetic.VERSION` and put the new one here."""


@pytest.fixture(scope="module")
def people() -> People:
    return synthetic.generate(192, seed=0)


def joint(name: str) -> int:
    return LSP14.joints.index(name)


def still(n: int, yaw: float = 0.0) -> poses.Pose:
    """n people standing upright with hanging arms, turned by `yaw` radians."""
    return poses.Pose(np.zeros((n, 2, 8)), np.zeros((n, 3)), np.zeros((n, 3)), np.tile([yaw, 0.0, 0.0], (n, 1)))


def test_bytes_are_those_of_this_version(people: People) -> None:
    assert people.take(range(70)).digest == FROZEN


def test_bytes_do_not_depend_on_the_machine(people: People) -> None:
    """numpy without its vector instructions, and BLAS for another processor, draw the same bytes."""
    plain = os.environ | {"NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4", "OPENBLAS_CORETYPE": "Prescott"}
    code = "from nasbench_pose.pose import synthetic; print(synthetic.generate(70, seed=0).digest)"
    run = subprocess.run([sys.executable, "-c", code], env=plain, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == people.take(range(70)).digest


def test_a_smaller_set_is_the_beginning_of_a_larger(people: People) -> None:
    assert synthetic.generate(5, seed=0).digest == people.take(range(5)).digest
    assert len(synthetic.generate(0, seed=0)) == 0


def test_how_many_are_painted_at_once_changes_nothing(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(painter, "_BLOCK", 5)
    assert synthetic.generate(64, seed=0).digest == people.take(range(64)).digest


def test_seeds_and_streams_differ() -> None:
    digests = {synthetic.generate(3, seed=seed, stream=stream).digest for seed in (0, 1) for stream in (0, 1, 2)}
    assert len(digests) == 6


@pytest.mark.parametrize("size", [(64, 48), (96, 96), (16, 32)])
def test_any_size(size: tuple[int, int]) -> None:
    small = synthetic.generate(64, seed=0, size=size)
    assert small.size == size
    inside = small.joints[small.labelled]
    assert (inside > -0.5).all() and (inside < np.array([size[1], size[0]]) - 0.5).all()
    assert small.labelled.mean() > 0.9


def test_labels_and_hiding_are_varied(people: People) -> None:
    assert 0.9 < people.labelled.mean() < 1
    hidden = people.labelled & ~people.visible
    assert 0.05 < hidden.mean() < 0.3 and not (people.visible & ~people.labelled).any()
    assert (hidden.mean(axis=0) > 0).all(), "each joint is hidden now and then"
    right, left = people.joints[:, joint("r_shoulder"), 0], people.joints[:, joint("l_shoulder"), 0]
    assert 0.2 < (right < left).mean() < 0.8, "seen from the front and from behind"
    upside_down = people.joints[:, joint("head_top"), 1] > people.joints[:, joint("r_hip"), 1]
    assert 0.03 < upside_down.mean() < 0.4


def test_images_use_the_range_and_differ(people: People) -> None:
    spread = people.images.std(axis=(1, 2, 3))
    assert (spread > 3).all() and spread.mean() > 25
    assert 90 < people.images.mean() < 165
    assert len({image.tobytes() for image in people.images}) == len(people)


def test_a_body_is_painted_under_its_joints() -> None:
    rng = np.random.default_rng(3)
    balls = body.build(rng, poses.sample(rng, 64))
    joints = np.stack([balls[name] for name in LSP14.joints[:13]], axis=1)  # the head top is an edge
    view = camera.frame(rng, joints, (64, 64))
    scene = view.photograph(figure.figure(balls, figure.dress(rng, 64))).nearest_first()
    layer = painter.paint(scene, np.zeros((64, 2)), np.zeros((64, 64, 64), np.float32), (64, 64))
    seen = view.project(joints)[..., :2].round().astype(int)
    inside = ((seen >= 0) & (seen < 64)).all(axis=2)
    x, y = seen.clip(0, 63)[..., 0], seen.clip(0, 63)[..., 1]
    through = layer.through[np.arange(64)[:, None], 0, y, x]
    assert through[inside].mean() < 0.05 and np.quantile(through[inside], 0.95) < 0.4
    assert layer.through[:, 0, [0, -1]].mean() > 0.8, "and not everywhere"


def test_facing_the_camera_the_left_is_on_the_right() -> None:
    rng = np.random.default_rng(0)
    front, back = (body.build(rng, still(4, yaw)) for yaw in (0.0, np.pi))
    assert (front["l_shoulder"][:, 0] > front["r_shoulder"][:, 0]).all()
    assert (back["l_shoulder"][:, 0] < back["r_shoulder"][:, 0]).all()
    assert (front["l_eye"][:, 2] > front["crown"][:, 2]).all() and (back["l_eye"][:, 2] < back["crown"][:, 2]).all()
    assert (front["l_toe"][:, 2] > front["l_ankle"][:, 2]).all()
    height = front["head_top"][:, 1] - front["l_heel"][:, 1]
    assert np.allclose(height, 1, atol=0.2)


@pytest.mark.parametrize("column, moves, towards", [(0, "wrist", 2), (4, "ankle", 2), (3, "wrist", 2), (1, "wrist", 0)])
def test_limbs_bend_as_limbs_do(column: int, moves: str, towards: int) -> None:
    """Flexion brings hands and feet forwards, abduction outwards; knees bend backwards."""
    pose = still(3)
    before = body.build(np.random.default_rng(0), pose)
    pose.limbs[..., column] = 0.5
    after = body.build(np.random.default_rng(0), pose)
    for side, sign in body.SIDES:
        moved = (after[f"{side}_{moves}"] - before[f"{side}_{moves}"])[:, towards]
        assert (moved * (sign if towards == 0 else 1) > 0.05).all()


def test_knees_bend_backwards() -> None:
    pose = still(3)
    pose.limbs[..., 7] = 1.0
    bent = body.build(np.random.default_rng(0), pose)
    assert (bent["l_ankle"][:, 2] < bent["l_knee"][:, 2] - 0.1).all()


@given(seed=st.integers(0, 2**31))
@settings(max_examples=20)
def test_poses_stay_within_limits_and_limbs_are_as_long_as_each_other(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pose = poses.sample(rng, 16)
    low, high = np.radians(poses.LIMITS.T)
    assert (pose.limbs >= low - 1e-12).all() and (pose.limbs <= high + 1e-12).all()
    balls = body.build(rng, pose)
    for a, b in (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist")):
        right, left = (np.linalg.norm((balls[f"{s}_{a}"] - balls[f"{s}_{b}"])[:, :3], axis=1) for s in ("r", "l"))
        assert np.allclose(right, left) and (right > 0.1).all() and (right < 0.35).all()


@given(angle=st.floats(-7, 7), axis=st.sampled_from([0, 1, 2]))
def test_rotation_is_scipys(angle: float, axis: int) -> None:
    expected = Rotation.from_euler("xyz"[axis], angle).as_matrix()
    assert np.allclose(body.rotation(axis, np.array([angle]))[0], expected)


@pytest.mark.parametrize("size", [(64, 64), (20, 33)])
def test_upsampling_is_torchs(size: tuple[int, int]) -> None:
    grid = np.random.default_rng(0).random((2, 3, 5, 7)).astype(np.float32)
    smooth = F.interpolate(torch.from_numpy(grid), size, mode="bilinear", align_corners=True)
    assert np.allclose(backdrop.upsample(grid, size), smooth.numpy(), atol=1e-5)
    blocks = F.interpolate(torch.from_numpy(grid), size, mode="nearest")
    assert np.allclose(backdrop.upsample(grid, size, smooth=False), blocks.numpy())


def slow_cover(ends: np.ndarray, size: tuple[int, int], finer: int = 8) -> np.ndarray:
    """The share of each pixel that lies in one of 300 balls along a capsule: its definition, by brute force."""
    y, x = np.meshgrid(*((np.arange(s * finer) + 0.5) / finer - 0.5 for s in size), indexing="ij")
    inside = np.zeros(x.shape, bool)
    for share in np.linspace(0, 1, 300):
        bx, by, _, radius = ends[0] + share * (ends[1] - ends[0])
        inside |= (x - bx) ** 2 + (y - by) ** 2 < radius**2
    return np.asarray(inside.reshape(size[0], finer, size[1], finer).mean(axis=(1, 3)))


@pytest.mark.parametrize("seed", range(6))
def test_a_capsule_covers_what_its_balls_cover(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ends = rng.uniform(4, 20, (1, 1, 2, 4))
    ends[..., 3] = rng.uniform(1.5, 3.5) + rng.uniform(0, 0.8, 2)
    one = parts.Parts(ends, np.ones((1, 1, 3)), np.zeros((1, 1)))
    layer = painter.paint(one, np.zeros((1, 2)), np.zeros((1, 24, 24), np.float32), (24, 24))
    cover = 1 - layer.through[0, 0]
    expected = slow_cover(ends[0, 0], (24, 24))
    assert np.abs(cover - expected).max() < 0.3 and np.abs(cover - expected).mean() < 0.02
    assert np.allclose(layer.colour[0, 0], cover, atol=1e-6)


def test_a_part_of_no_length_is_a_ball() -> None:
    ends = np.array([[[[10.0, 12.0, 0.0, 4.0]] * 2]])
    one = parts.Parts(ends, np.ones((1, 1, 3)), np.zeros((1, 1)))
    layer = painter.paint(one, np.zeros((1, 2)), np.zeros((1, 24, 24), np.float32), (24, 24))
    assert (1 - layer.through).sum() == pytest.approx(np.pi * 16, rel=0.02)


def test_the_nearer_part_hides_the_farther() -> None:
    ends = np.array([[[[5, 8, 0, 3], [11, 8, 0, 3]], [[8, 5, 1, 2], [8, 11, 1, 2]]]], float)
    cross = parts.Parts(ends, np.array([[[1.0, 0, 0], [0, 0, 1.0]]]), np.zeros((1, 2))).nearest_first()
    layer = painter.paint(cross, np.zeros((1, 2)), np.zeros((1, 16, 16), np.float32), (16, 16))
    assert layer.colour[0, :, 8, 8].tolist() == [0, 0, 1] and layer.colour[0, :, 8, 4].tolist() == [1, 0, 0]
    points = np.array([[[8.0, 8.0, 0.0], [5.0, 8.0, 0.0], [8.0, 8.0, 1.0]]])
    assert parts.hidden(cross, points, 0.1).tolist() == [[True, False, False]]


def test_moved_paintings_leave_holes() -> None:
    rng = np.random.default_rng(0)
    layer = painter.Layer(rng.random((3, 3, 4, 6), np.float32), rng.random((3, 1, 4, 6), np.float32))
    moved = layer.moved(np.array([1, 2]), np.array([2, -5]))
    assert np.array_equal(moved.colour[0, :, :, 2:], layer.colour[1, :, :, :-2])
    assert (moved.colour[0, :, :, :2] == 0).all() and (moved.through[0, :, :, :2] == 1).all()
    assert np.array_equal(moved.through[1, :, :, 0], layer.through[2, :, :, 5])


def test_clutter_is_mostly_behind() -> None:
    rng = np.random.default_rng(0)
    things = clutter.clutter(rng, figure.dress(rng, 500), (64, 64))
    there = things.ends[..., 3].max(axis=2) > 0
    assert 0.2 < there.mean() < 0.6
    before = (things.ends[..., 2].mean(axis=2) > 0) & there
    assert 0 < before.sum() < 0.15 * there.sum()
