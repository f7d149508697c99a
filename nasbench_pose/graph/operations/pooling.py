"""Pooling operations."""

from dataclasses import dataclass

from nasbench_pose.graph.operations.convolution import window
from nasbench_pose.graph.operations.shape import Shape


@dataclass(frozen=True, slots=True)
class MaxPool:
    """Maximum over a square window."""

    kernel: int
    stride: int
    padding: int

    def shape(self, inside: Shape) -> Shape:
        """Return the output's shape; raise ShapeError if the image is smaller than the window."""
        return inside[0], *window(inside, self.kernel, self.stride, self.padding)


@dataclass(frozen=True, slots=True)
class AvgPool:
    """Mean over a square window; the padding is not counted (`count_include_pad=False` of torch)."""

    kernel: int
    stride: int
    padding: int

    def shape(self, inside: Shape) -> Shape:
        """Return the output's shape; raise ShapeError if the image is smaller than the window."""
        return inside[0], *window(inside, self.kernel, self.stride, self.padding)


@dataclass(frozen=True, slots=True)
class AdaptiveAvgPool:
    """Mean over one window for each pixel of the output; with one pixel it is global average pooling."""

    height: int = 1
    width: int = 1

    def shape(self, inside: Shape) -> Shape:
        """Return the output's shape.

        >>> AdaptiveAvgPool().shape((512, 7, 7))
        (512, 1, 1)
        """
        return inside[0], self.height, self.width
