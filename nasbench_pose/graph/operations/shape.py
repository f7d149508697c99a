"""The shapes of layers' outputs."""

from dataclasses import dataclass

from nasbench_pose.errors import ShapeError

Shape = tuple[int, int, int]
"""(channels, height, width) of one image."""


@dataclass(frozen=True, slots=True)
class Same:
    """An operation whose output has the shape of its input."""

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
    """Return the shape that all inputs have; raise ShapeError with the `verb` if they differ."""
    if len(set(shapes)) != 1:
        raise ShapeError(f"maps of {' and '.join(map(spelt, dict.fromkeys(shapes)))} cannot be {verb}.")
    return shapes[0]
