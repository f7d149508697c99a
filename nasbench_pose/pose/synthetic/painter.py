"""Painting capsules: each pixel is a weighted mean of the parts over it, nearest first.

Pixels are computed only by operations that IEEE 754 rounds exactly (+ - × ÷ √, floor, min, max), one at a time. Their
inputs are rounded to 2^-10. So the same seed gives the same bytes on every machine.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nasbench_pose.pose.synthetic.parts import Parts
from nasbench_pose.pose.synthetic.poses import Array

Planes = NDArray[np.float32]

_BLOCK = 8  # pictures painted at once, so that they fit in a core's cache; it changes only the speed


def between(values: Planes, low: float, high: float) -> Planes:
    """Clip `values` in place and return them; unlike `np.clip` this is the same two operations on every machine."""
    np.maximum(values, np.float32(low), out=values)
    np.minimum(values, np.float32(high), out=values)
    return values


@dataclass(frozen=True, slots=True)
class Layer:
    """A partly transparent painting: its colour and its transparency."""

    colour: Planes
    """(n, 3, height, width), 0..1, multiplied by the coverage."""
    through: Planes
    """(n, 1, height, width): 1 = nothing painted here."""

    def over(self, background: Planes) -> Planes:
        """Return the picture in front of `background`."""
        return self.colour + self.through * background

    def moved(self, chosen: NDArray[np.intp], steps: NDArray[np.intp]) -> "Layer":
        """Return the `chosen` paintings, each moved `steps` pixels to the right and cropped to the picture."""
        width = self.colour.shape[3]
        columns = (np.arange(width) - steps[:, None])[:, None, None]
        inside = (columns >= 0) & (columns < width)
        columns = columns.clip(0, width - 1)
        colour = np.take_along_axis(self.colour[chosen], columns, axis=3)
        through = np.take_along_axis(self.through[chosen], columns, axis=3)
        return Layer(np.where(inside, colour, np.float32(0)), np.where(inside, through, np.float32(1)))


def exact(values: Array) -> Planes:
    """Round to 2^-10, which removes the last bits of sines and normals: they differ between machines."""
    return (np.round(values * 1024) / 1024).astype(np.float32)


def paint(parts: Parts, light: Array, pattern: Planes, size: tuple[int, int]) -> Layer:
    """Paint parts (in pixels, nearest first) with soft edges of one pixel.

    `light` (n, 2) is the direction of the light; its length is the contrast. `pattern` (n, height, width), -1..1, is
    the pattern of the cloth.
    """
    n = len(parts.ends)
    ends, colours = exact(parts.ends[..., [0, 1, 3]]), exact(parts.colours)
    patterned, lit = exact(parts.patterned), exact(light)
    layer = Layer(np.zeros((n, 3, *size), np.float32), np.ones((n, 1, *size), np.float32))
    for block in (slice(start, start + _BLOCK) for start in range(0, n, _BLOCK)):
        for part in range(ends.shape[1]):
            texture = pattern[block] * patterned[block, part, None, None]
            cover, shade = _capsule(ends[block, part], lit[block], size)
            _add(layer, block, cover, shade + texture, colours[block, part])
    return layer


def _add(layer: Layer, block: slice, cover: Planes, shade: Planes, colour: Planes) -> None:
    """Paint one part of every picture of a block behind the parts that are painted already."""
    through = layer.through[block, 0]
    cover *= through
    through -= cover
    shade += np.float32(1)
    cover *= shade
    for channel in range(3):
        layer.colour[block, channel] += cover * colour[:, channel, None, None]


def _capsule(ends: Planes, light: Planes, size: tuple[int, int]) -> tuple[Planes, Planes]:
    """Return two arrays (n, height, width): the coverage of each pixel by a capsule, and the shading of its surface."""
    x0, y0, r0, x1, y1, r1 = (column[:, None, None] for column in ends.reshape(-1, 6).T)
    dx, dy = x1 - x0 + np.float32(2**-12), y1 - y0  # ends lie on a grid of 2^-10: the length is never zero
    length = np.sqrt(dx * dx + dy * dy)
    dx, dy = dx / length, dy / length
    x = np.arange(size[1], dtype=np.float32) - x0
    y = np.arange(size[0], dtype=np.float32)[:, None] - y0
    along = x * dx + y * dy
    across = y * dx - x * dy
    nearest = np.minimum(np.maximum(along, np.float32(0)), length)
    along -= nearest
    along *= along
    along += across * across
    np.sqrt(along, out=along)
    nearest *= (r1 - r0) / length
    nearest += r0 + np.float32(0.5)
    nearest -= along
    between(nearest, 0, 1)
    normal = (dx * light[:, 1, None, None] - dy * light[:, 0, None, None]) / np.maximum(r0 + r1, np.float32(1))
    across *= normal
    return nearest, across
