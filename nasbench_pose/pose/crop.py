"""The crop of one person from a photograph, and the coordinates of joints in it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nasbench_pose.errors import DataError

Floats = NDArray[np.float64]

VERSION = 1
"""To be raised when the same box gives different pixels; part of every key of crops."""

PADDING = 1.25
"""The usual padding: the size of a crop divided by that of the box of the labelled joints."""

_MOST = 4e8  # largest number of pixels of a photograph with its continued border
_SMALLEST = 8.0  # pixels: a few labels at one position must not be magnified without limit


@dataclass(frozen=True, slots=True)
class Crop:
    """A rectangle of a photograph, resampled to `size` (height, width) pixels."""

    left: float
    """x of the left edge of the rectangle; the left edge of the photograph is at -0.5."""
    top: float
    scale: float
    """Pixels of the photograph per pixel of the crop, in both directions."""
    size: tuple[int, int]

    def points(self, points: Floats) -> Floats:
        """Convert `points` (..., 2) from pixels of the photograph to pixels of the crop.

        >>> Crop(-0.5, 9.5, 2.0, (4, 4)).points(np.array([0.0, 10.0]))
        array([-0.25, -0.25])
        """
        return (points - [self.left, self.top]) / self.scale - 0.5

    def in_photograph(self, points: Floats) -> Floats:
        """Convert `points` (..., 2) from pixels of the crop to pixels of the photograph; the inverse of `points`.

        >>> Crop(-0.5, 9.5, 2.0, (4, 4)).in_photograph(np.array([-0.25, -0.25]))
        array([ 0., 10.])
        """
        return (points + 0.5) * self.scale + [self.left, self.top]

    def pixels(self, photograph: Image.Image) -> NDArray[np.uint8]:
        """Return the crop (height, width, 3), antialiased; outside the photograph its border pixels are repeated.

        Raises DataError for a rectangle so far beyond the photograph that its pixels would fill the memory.
        """
        height, width = self.size
        edges = np.array([self.left, self.top, self.left + width * self.scale, self.top + height * self.scale]) + 0.5
        beyond = np.array([-edges[0], -edges[1], edges[2] - photograph.width, edges[3] - photograph.height])
        if (beyond > 0).any():
            around = beyond.clip(0)
            if (photograph.width + around[0] + around[2]) * (photograph.height + around[1] + around[3]) > _MOST:
                raise DataError(
                    f"a box of {width * self.scale:.3g}×{height * self.scale:.3g} pixels at ({self.left:.3g}, "
                    f"{self.top:.3g}) is far larger than, or far away from, the photograph of "
                    f"{photograph.width}×{photograph.height}"
                )
            left, top, right, bottom = np.ceil(beyond.clip(0)).astype(int)
            padded = np.pad(np.asarray(photograph), ((top, bottom), (left, right), (0, 0)), mode="edge")
            photograph, edges = Image.fromarray(padded), edges + np.array([left, top, left, top])
        box = (float(edges[0]), float(edges[1]), float(edges[2]), float(edges[3]))
        return np.asarray(photograph.resize((width, height), Image.Resampling.BILINEAR, box=box))


def around(joints: Floats, size: tuple[int, int]) -> Crop:
    """Return the crop of the shape of `size` around `joints` (J, 2; NaN where not labelled), with padding."""
    low, high = np.nanmin(joints, axis=0), np.nanmax(joints, axis=0)
    height, width = size
    scale = PADDING * float(max(*((high - low) / [width, height]), _SMALLEST / max(size)))
    left, top = (low + high) / 2 - scale * np.array([width, height]) / 2
    return Crop(float(left), float(top), scale, size)


def framed(box: Floats, size: tuple[int, int]) -> Crop:
    """Return the crop of the shape of `size` whose centre is that of `box` (centre x, centre y, width, height).

    The shorter side of the box grows until it has the shape of `size`. HRNet's `_box2cs` and `get_affine_transform`
    show a rectangle half a pixel of the crop further left and up: they put the centre of the box at the centre of
    the pixel (width / 2, height / 2), not between the pixels.

    >>> framed(np.array([20.0, 30.0, 12.0, 8.0]), (64, 48))
    Crop(left=14.0, top=22.0, scale=0.25, size=(64, 48))
    """
    height, width = size
    scale = float(max(box[2] / width, box[3] / height, _SMALLEST / max(size)))
    return Crop(float(box[0] - scale * width / 2), float(box[1] - scale * height / 2), scale, size)
