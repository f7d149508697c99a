"""The customary crop: HRNet's affine transform as a slow twin."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from nasbench_pose.pose.crop import PADDING, around, framed

Floats = NDArray[np.float64]


def box2cs(x: float, y: float, w: float, h: float, aspect: float) -> tuple[Floats, Floats]:
    """HRNet's `_xywh2cs`."""
    centre = np.array([x + w * 0.5, y + h * 0.5])
    if w > aspect * h:
        h = w / aspect
    elif w < aspect * h:
        w = h * aspect
    return centre, np.array([w / 200, h / 200]) * 1.25


def affine_transform(centre: Floats, scale: Floats, size: tuple[int, int]) -> Floats:
    """HRNet's `get_affine_transform` without rotation: the matrix (2, 3) that takes three points to three points."""
    width, height = size
    up = np.array([0, -0.5])
    from_, to = [centre, centre + 200 * scale[0] * up], [np.array([width, height]) / 2, None]
    to[1] = to[0] + width * up
    for points in (from_, to):
        direct = points[0] - points[1]
        points.append(points[1] + np.array([-direct[1], direct[0]]))
    matrix: Floats = np.linalg.solve(np.column_stack([from_, np.ones(3)]), np.array(to)).T
    return matrix


@given(
    corner=st.tuples(st.floats(0, 300), st.floats(0, 300)),
    extent=st.tuples(st.floats(20, 300), st.floats(20, 300)),
    size=st.sampled_from([(256, 192), (256, 256), (384, 288), (64, 64)]),
)
def test_a_crop_is_that_of_hrnet_but_for_half_a_pixel(
    corner: tuple[float, float], extent: tuple[float, float], size: tuple[int, int]
) -> None:
    centre, scale = box2cs(*corner, *extent, aspect=size[1] / size[0])
    matrix = affine_transform(centre, scale, (size[1], size[0]))
    box = np.array([*centre, *(PADDING * np.array(extent))])
    points = np.random.default_rng(0).uniform(0, 500, (9, 2))
    ours, theirs = framed(box, size).points(points), points @ matrix[:, :2].T + matrix[:, 2]
    np.testing.assert_allclose(ours, theirs - 0.5, atol=1e-6)


def test_around_is_the_padded_box_of_the_joints() -> None:
    joints = np.random.default_rng(0).uniform(0, 100, (14, 2))
    low, high = joints.min(axis=0), joints.max(axis=0)
    box = np.concatenate([(low + high) / 2, PADDING * (high - low)])
    np.testing.assert_allclose(framed(box, (96, 64)).points(joints), around(joints, (96, 64)).points(joints), atol=1e-9)


def test_a_box_without_an_extent_is_not_magnified_without_end() -> None:
    crop = framed(np.array([10.0, 10.0, 0.0, 0.0]), (64, 48))
    assert crop.scale == 8 / 64 and crop.points(np.array([10.0, 10.0])).tolist() == [23.5, 31.5]
