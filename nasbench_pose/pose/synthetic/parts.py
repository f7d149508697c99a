"""Parts: the tapered capsules that a picture is painted from."""

from dataclasses import dataclass

import numpy as np

from nasbench_pose.pose.synthetic.poses import Array


@dataclass(frozen=True, slots=True)
class Parts:
    """p capsules in each of n pictures; a capsule connects two balls and has one colour."""

    ends: Array
    """(n, p, 2, 4): x, y, depth (larger is nearer the camera), radius. A part with a negative radius is absent."""
    colours: Array
    """(n, p, 3), RGB in 0..1."""
    patterned: Array
    """(n, p): strength of the picture's cloth pattern on the part, 0..1."""

    def __add__(self, other: "Parts") -> "Parts":
        """Return the parts of both, picture by picture."""
        return Parts(
            np.concatenate([self.ends, other.ends], axis=1),
            np.concatenate([self.colours, other.colours], axis=1),
            np.concatenate([self.patterned, other.patterned], axis=1),
        )

    def nearest_first(self) -> "Parts":
        """Return the parts ordered by the depth of their middles, nearest first."""
        order = np.argsort(-self.ends[..., 2].mean(axis=2), axis=1, kind="stable")
        return Parts(
            np.take_along_axis(self.ends, order[..., None, None], 1),
            np.take_along_axis(self.colours, order[..., None], 1),
            np.take_along_axis(self.patterned, order, 1),
        )


def hidden(parts: Parts, points: Array, margin: float) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Return (n, k): whether a part covers each of `points` (n, k, 3: x, y, depth) and is nearer by more than `margin`.

    The depth of a part is that of its axis beside the point, so a joint is not hidden by its own limbs.
    """
    start, along = parts.ends[:, None, :, 0], parts.ends[:, None, :, 1] - parts.ends[:, None, :, 0]
    away = points[:, :, None, :2] - start[..., :2]
    squared = (along[..., :2] ** 2).sum(-1) + 1e-9
    share = ((away * along[..., :2]).sum(-1) / squared).clip(0, 1)
    ball = start + share[..., None] * along
    distance = np.sqrt(((points[:, :, None, :2] - ball[..., :2]) ** 2).sum(-1))
    covers = (distance < ball[..., 3]) & (ball[..., 2] > points[:, :, None, 2] + margin)
    return covers.any(axis=2)  # type: ignore[no-any-return]
