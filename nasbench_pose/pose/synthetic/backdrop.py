"""Backgrounds of drawn people: gradients, a horizon, smooth noise, blocks and stripes."""

import numpy as np

from nasbench_pose.pose.synthetic.figure import colours
from nasbench_pose.pose.synthetic.painter import Planes, between, exact
from nasbench_pose.pose.synthetic.poses import Array


def backdrop(rng: np.random.Generator, n: int, size: tuple[int, int]) -> Planes:
    """Return (n, 3, height, width) of roughly 0..1: a different mixture of all patterns in each picture."""
    first, second = (exact(0.15 + 0.65 * colours(rng, n))[..., None, None] for _ in range(2))
    blend = _ramp(rng, n, size)
    horizon = exact((rng.random(n) < 0.4).astype(float))[:, None, None]
    blend += horizon * (between(blend * 40 - 20, 0, 1) - blend)
    picture = first + blend[:, None] * (second - first)
    for cells, share in ((5, 0.7), (14, 0.5), (32, 0.3)):
        picture += _some(rng, n, share, 0.35)[..., None] * upsample(_patches(rng, n, cells), size)
    picture += _some(rng, n, 0.25, 0.4)[..., None] * upsample(_patches(rng, n, 6), size, smooth=False)
    picture += (_some(rng, n, 0.3, 0.25) * stripes(rng, n, size))[:, None]
    return picture


def _patches(rng: np.random.Generator, n: int, cells: int) -> Planes:
    """Return (n, 3, cells, cells) in -1..1: patches that differ mostly in brightness and a little in colour."""
    grey, tint = rng.uniform(-1, 1, (n, 1, cells, cells)), rng.uniform(-1, 1, (n, 3, cells, cells))
    return exact(grey + rng.uniform(0, 0.5, (n, 1, 1, 1)) * (tint - grey))


def _some(rng: np.random.Generator, n: int, share: float, most: float) -> Planes:
    """Return (n, 1, 1): a strength up to `most` in a `share` of the pictures, 0 in the others."""
    return exact(np.where(rng.random(n) < share, rng.uniform(0, most, n), 0.0))[:, None, None]


def _grid(angle: Array, size: tuple[int, int]) -> Planes:
    """Return (n, height, width): distance along the direction `angle`, in picture sizes, from the middle."""
    dx, dy = exact(np.cos(angle))[:, None, None], exact(np.sin(angle))[:, None, None]
    y, x = ((np.arange(s, dtype=np.float32) - np.float32((s - 1) / 2)) / np.float32(max(size)) for s in size)
    return dx * x + dy * y[:, None]


def _ramp(rng: np.random.Generator, n: int, size: tuple[int, int]) -> Planes:
    """Return (n, height, width) in 0..1: mostly from top to bottom."""
    angle = rng.normal(np.pi / 2, 0.35, n)
    shift = exact(rng.uniform(0.3, 0.7, n))[:, None, None]
    return between(_grid(angle, size) + shift, 0, 1)


def stripes(rng: np.random.Generator, n: int, size: tuple[int, int], angle: Array | None = None) -> Planes:
    """Return (n, height, width) in -1..1: triangle waves of 3 to 12 periods, along `angle` or any direction."""
    angle = rng.uniform(0, np.pi, n) if angle is None else angle
    periods, phase = exact(rng.uniform(3, 12, n))[:, None, None], exact(rng.random(n))[:, None, None]
    wave = _grid(angle, size) * periods + phase
    wave -= np.floor(wave)
    return between(np.abs(wave - np.float32(0.5)) * np.float32(16) - np.float32(4), -1, 1)


def upsample(grid: Planes, size: tuple[int, int], smooth: bool = True) -> Planes:
    """Enlarge the last two axes to `size`: bilinear with corners on corners, or as blocks.

    >>> upsample(np.array([[0.0, 1.0], [2.0, 3.0]], "f4"), (2, 3)).tolist()
    [[0.0, 0.5, 1.0], [2.0, 2.5, 3.0]]
    """
    for axis, pixels in ((-1, size[1]), (-2, size[0])):
        cells = grid.shape[axis]
        if smooth:
            place = np.arange(pixels, dtype=np.float32) * np.float32((cells - 1) / max(pixels - 1, 1))
            low = np.minimum(place.astype(int), cells - 2)
            share = (place - low.astype(np.float32)).reshape((-1, 1) if axis == -2 else (-1,))
            before = grid.take(low, axis)
            grid = before + share * (grid.take(low + 1, axis) - before)
        else:
            grid = grid.take(np.arange(pixels) * cells // pixels, axis)
    return grid
