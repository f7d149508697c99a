"""Operations with weights."""

from dataclasses import dataclass

from nasbench_pose.errors import ShapeError
from nasbench_pose.graph.operations.shape import Shape

Size = int | tuple[int, int]
"""One number for height and width, or (height, width)."""


def pair(size: Size) -> tuple[int, int]:
    """Return (height, width).

    >>> pair(3), pair((1, 7))
    ((3, 3), (1, 7))
    """
    return (size, size) if isinstance(size, int) else size


def window(inside: Shape, kernel: Size, stride: Size, padding: Size, dilation: int = 1) -> tuple[int, int]:
    """Return (height, width) of the output of a sliding window; raise ShapeError if it is larger than the image."""
    sizes = zip(inside[1:], pair(kernel), pair(stride), pair(padding), strict=True)
    height, width = ((size + 2 * pad - dilation * (reach - 1) - 1) // step + 1 for size, reach, step, pad in sizes)
    if height < 1 or width < 1:
        spelt = "×".join(map(str, dict.fromkeys(pair(kernel))))
        raise ShapeError(f"a kernel of {spelt} does not fit on {inside[1]}×{inside[2]} pixels.")
    return height, width


@dataclass(frozen=True, slots=True)
class Conv:
    """2-D convolution, zero-padded by `padding` on each side."""

    channels: int
    kernel: Size
    stride: Size = 1
    padding: Size = 0
    groups: int = 1
    dilation: int = 1
    bias: bool = False

    def shape(self, inside: Shape) -> Shape:
        """Return the output's shape; raise ShapeError if the image is smaller than the kernel.

        >>> Conv(16, kernel=3, stride=2, padding=1).shape((3, 64, 48))
        (16, 32, 24)
        """
        if inside[0] % self.groups or self.channels % self.groups:
            raise ShapeError(f"{inside[0]} → {self.channels} channels cannot be split into {self.groups} groups.")
        return self.channels, *window(inside, self.kernel, self.stride, self.padding, self.dilation)


@dataclass(frozen=True, slots=True)
class ConvTranspose:
    """2-D transposed convolution ("deconvolution")."""

    channels: int
    kernel: int
    stride: int
    padding: int
    bias: bool = False

    def shape(self, inside: Shape) -> Shape:
        """Return the output's shape.

        >>> ConvTranspose(64, kernel=4, stride=2, padding=1).shape((96, 16, 12))
        (64, 32, 24)
        """
        height, width = ((size - 1) * self.stride - 2 * self.padding + self.kernel for size in inside[1:])
        return self.channels, height, width


@dataclass(frozen=True, slots=True)
class Linear:
    """A matrix product on the output of `Flatten`: on one vector, or, with `each`, on the vector of each map."""

    features: int
    bias: bool = True
    each: bool = False

    def shape(self, inside: Shape) -> Shape:
        """Return the output's shape; raise ShapeError for maps that are not flattened.

        >>> Linear(10).shape((512, 1, 1)), Linear(128, each=True).shape((17, 1, 3072))
        ((10, 1, 1), (17, 1, 128))
        """
        if inside[1] != 1 or (not self.each and inside[2] != 1):
            raise ShapeError(f"maps of {inside[1]}×{inside[2]} pixels must be flattened before a linear layer.")
        return (inside[0], 1, self.features) if self.each else (self.features, 1, 1)
