"""Clutter that resembles limbs: poles, and single arms and legs."""

import numpy as np

from nasbench_pose.pose.synthetic.figure import Wardrobe, colours
from nasbench_pose.pose.synthetic.parts import Parts
from nasbench_pose.pose.synthetic.poses import Array

_BEHIND, _BEFORE = -9.0, 9.0  # depths beyond every body part


def clutter(rng: np.random.Generator, worn: Wardrobe, size: tuple[int, int]) -> Parts:
    """Return six parts in pixels: two poles and two bent limbs, many of them absent, few in front of the person."""
    n = len(worn.skin)
    return _poles(rng, n, size) + _limb(rng, worn, size) + _limb(rng, worn, size)


def _depths(rng: np.random.Generator, n: int, before: float) -> Array:
    return np.where(rng.random(n) < before, _BEFORE, _BEHIND) + rng.uniform(-1, 1, n)


def _poles(rng: np.random.Generator, n: int, size: tuple[int, int]) -> Parts:
    """Return poles such as goal posts, railings and ropes; many are vertical."""
    reach = float(max(size))
    angle = np.where(rng.random((n, 2)) < 0.5, rng.normal(np.pi / 2, 0.08, (n, 2)), rng.uniform(0, np.pi, (n, 2)))
    step = np.stack([np.cos(angle), np.sin(angle)], axis=-1) * reach * rng.choice([0.4, 2.0], (n, 2, 1))
    middle = rng.random((n, 2, 2)) * [size[1], size[0]]
    radius = np.where(rng.random((n, 2)) < 0.35, rng.uniform(0.006, 0.035, (n, 2)) * reach, -9.0)
    depth = np.stack([_depths(rng, n, 0.12), _depths(rng, n, 0.0)], axis=1)
    rest = np.stack([depth, radius], axis=-1)
    ends = np.stack([np.concatenate([middle + sign * step, rest], axis=-1) for sign in (-1, 1)], axis=2)
    return Parts(ends, np.stack([colours(rng, n), colours(rng, n)], axis=1), np.zeros((n, 2)))


def _limb(rng: np.random.Generator, worn: Wardrobe, size: tuple[int, int]) -> Parts:
    """Return two capsules joined at an elbow, in the colours of the person's skin and clothes, or in other colours."""
    n, reach = len(worn.skin), float(min(size))
    points = [rng.uniform(-0.1, 1.1, (n, 2)) * [size[1], size[0]]]
    for _ in range(2):
        angle, length = rng.uniform(0, 2 * np.pi, n), rng.uniform(0.1, 0.24, n) * reach
        points.append(points[-1] + np.stack([np.cos(angle), np.sin(angle)], axis=1) * length[:, None])
    radius = rng.uniform(0.018, 0.05, n) * reach
    radii = np.where(rng.random(n) < 0.45, radius, -9.0)[:, None] * rng.uniform(0.6, 1.0, (n, 3))
    depth = np.broadcast_to(_depths(rng, n, 0.06)[:, None], (n, 1))
    balls = [np.concatenate([point, depth, radii[:, i : i + 1]], axis=1) for i, point in enumerate(points)]
    ends = np.stack([np.stack(balls[:2], axis=1), np.stack(balls[1:], axis=1)], axis=1)
    like = np.stack([worn.skin, worn.shirt, worn.trousers, colours(rng, n)])[rng.integers(4, size=n), np.arange(n)]
    second = np.where(rng.random((n, 1)) < 0.6, worn.skin, like)
    return Parts(ends, np.stack([like, second], axis=1), np.zeros((n, 2)))
