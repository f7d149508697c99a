"""The shape of what layers hand on."""

from dataclasses import dataclass

from nasbench_pose.errors import ShapeError

Shape = tuple[int, int, int]
"""(channels, height, width) of one image."""


@dataclass(frozen=True, slots=True)
class Same:
    """An operation that leaves the shape as it is."""

    def shape(self, inside: Shape) -> Shape:
        """Return the input's shape."""
        return inside


def spelt(shape: Shape) -> str:
    """Return a shape as errors print it.

    >>> spelt((3, 64, 48))
    '3×64×48'
    """
    return "×".join(map(str, shape))


def common(shapes: tuple[Shape, ...], verb: str) -> Shape:
    """Return the shape that all have; raise ShapeError, saying what cannot be done, if there is none."""
    if len(set(shapes)) != 1:
        raise ShapeError(f"maps of {' and '.join(map(spelt, dict.fromkeys(shapes)))} cannot be {verb}.")
    return shapes[0]
