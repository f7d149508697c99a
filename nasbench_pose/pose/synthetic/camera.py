"""The camera: the position and the size of the person in the picture."""

from dataclasses import dataclass

import numpy as np

from nasbench_pose.pose.synthetic.parts import Parts
from nasbench_pose.pose.synthetic.poses import Array

_DISTANCE = 3.0  # body heights from the camera to the person; nearer limbs look a little larger


@dataclass(frozen=True, slots=True)
class Camera:
    """Positions of n people in their pictures: pixels per body height (n,), and the body's origin in pixels (n, 2)."""

    scale: Array
    origin: Array

    def project(self, balls: Array) -> Array:
        """Return `balls` (n, ..., 4) with x, y and radius in pixels; y now points down, depth stays in body heights."""
        shape = (-1,) + (1,) * (balls.ndim - 2)
        larger = _larger(balls[..., 2]) * self.scale.reshape(shape)
        x = self.origin[:, 0].reshape(shape) + balls[..., 0] * larger
        y = self.origin[:, 1].reshape(shape) - balls[..., 1] * larger
        return np.stack([x, y, balls[..., 2], balls[..., 3] * larger], axis=-1)

    def photograph(self, parts: Parts) -> Parts:
        """Return the parts in pixels."""
        return Parts(self.project(parts.ends), parts.colours, parts.patterned)


def frame(rng: np.random.Generator, joints: Array, size: tuple[int, int]) -> Camera:
    """Choose cameras: the longer side of the joints' box is 0.65 to 0.92 of the picture; one person in eight is cut
    off.

    `joints` is (n, j, 4) in body heights, `size` (height, width) in pixels.
    """
    n, (height, width) = len(joints), size
    flat = joints[..., :2] * [1, -1] * _larger(joints[..., 2])[..., None]
    low, high = flat.min(axis=1), flat.max(axis=1)
    fill = np.where(rng.random(n) < 0.125, rng.uniform(0.92, 1.3, n), rng.uniform(0.65, 0.92, n))
    scale = np.minimum(fill / ((high - low) / [width, height]).max(axis=1), 1.6 * min(size))
    middle = np.array([width - 1, height - 1]) / 2 + rng.normal(0, 0.035, (n, 2)) * [width, height]
    return Camera(scale, middle - scale[:, None] * (low + high) / 2)


def _larger(depth: Array) -> Array:
    return _DISTANCE / (_DISTANCE - depth)
