"""Effects of a real camera: uneven light, contrast, a colour cast, blur and noise."""

import numpy as np
from numpy.typing import NDArray

from nasbench_pose.pose.synthetic.painter import Planes, between, exact


def develop(rng: np.random.Generator, pictures: Planes) -> NDArray[np.uint8]:
    """Return pictures (n, 3, height, width) of roughly 0..1 as bytes (n, height, width, 3), with the effects."""
    n = len(pictures)
    pictures = _blur(pictures, exact(np.where(rng.random(n) < 0.5, rng.uniform(0, 1, n), 0))[:, None, None, None])
    pictures *= _light(rng, n, (pictures.shape[2], pictures.shape[3]))
    contrast = exact(rng.uniform(0.55, 1.15, (n, 1, 1, 1)) * rng.uniform(0.9, 1.1, (n, 3, 1, 1)))
    pictures -= np.float32(0.5)
    pictures *= contrast
    pictures += exact(rng.uniform(0.38, 0.62, (n, 1, 1, 1)) + rng.normal(0, 0.015, (n, 3, 1, 1)))
    pictures += _noise(rng, pictures.shape) * exact(rng.uniform(0, 0.06, (n, 1, 1, 1)))
    grey = rng.random(n) < 0.04
    pictures[grey] = pictures[grey][:, 1:2]
    pictures = between(pictures * np.float32(255) + np.float32(0.5), 0, 255)
    return np.ascontiguousarray(pictures.astype(np.uint8).transpose(0, 2, 3, 1))


def _light(rng: np.random.Generator, n: int, size: tuple[int, int]) -> Planes:
    """Return (n, 1, height, width): factors around 1 that change linearly across the picture."""
    slope = exact(rng.normal(0, 0.25, (n, 2, 1, 1, 1)))
    y, x = (np.linspace(-1, 1, s, dtype=np.float32) for s in size)
    return between(slope[:, 0] * x + slope[:, 1] * y[:, None] + np.float32(1), 0.2, 2)


def _noise(rng: np.random.Generator, shape: tuple[int, ...]) -> Planes:
    """Return the sum of two uniform integers, scaled to a standard deviation of 1; integers are equal on all
    machines."""
    dice = rng.integers(0, 256, (2, *shape), dtype=np.uint8)
    total: Planes = dice[0].astype(np.float32) + dice[1]
    return (total - np.float32(255)) / np.float32(104.5)


def _blur(pictures: Planes, share: Planes) -> Planes:
    """Blend each picture with its 3 x 3 binomial blur."""
    soft = np.pad(pictures, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="edge")
    soft = (soft[:, :, :-2] + soft[:, :, 2:]) * np.float32(0.25) + soft[:, :, 1:-1] * np.float32(0.5)
    soft = (soft[..., :-2] + soft[..., 2:]) * np.float32(0.25) + soft[..., 1:-1] * np.float32(0.5)
    return pictures + share * (soft - pictures)
