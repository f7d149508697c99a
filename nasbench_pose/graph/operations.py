"""The catalogue of operations: what a layer can be, and the shape it makes of its inputs' shapes.

Shapes are (channels, height, width) of one image. Costs, torch modules and pictures have one rule for each class here.
"""

from dataclasses import dataclass

from nasbench_pose.errors import ShapeError

Shape = tuple[int, int, int]
"""(channels, height, width) of one image."""


@dataclass(frozen=True, slots=True)
class Input:
    """The image."""

    channels: int
    height: int
    width: int

    def shape(self) -> Shape:
        """Return the image's shape."""
        return self.channels, self.height, self.width


@dataclass(frozen=True, slots=True)
class Conv:
    """2-D convolution with a square kernel, zero-padded by `padding` on each side."""

    channels: int
    kernel: int
    stride: int = 1
    padding: int = 0
    groups: int = 1
    dilation: int = 1
    bias: bool = False

    def shape(self, inside: Shape) -> Shape:
        """Return the output's shape; raise ShapeError if the image is smaller than the kernel.

        >>> Conv(16, kernel=3, stride=2, padding=1).shape((3, 64, 48))
        (16, 32, 24)
        """
        reach = self.dilation * (self.kernel - 1) + 1
        height, width = ((size + 2 * self.padding - reach) // self.stride + 1 for size in inside[1:])
        if inside[0] % self.groups or self.channels % self.groups:
            raise ShapeError(f"{inside[0]} → {self.channels} channels cannot be split into {self.groups} groups.")
        if height < 1 or width < 1:
            raise ShapeError(f"a kernel of {self.kernel} does not fit on {inside[1]}×{inside[2]} pixels.")
        return self.channels, height, width


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
class _Same:
    """An operation that leaves the shape as it is."""

    def shape(self, inside: Shape) -> Shape:
        """Return the input's shape."""
        return inside


@dataclass(frozen=True, slots=True)
class BatchNorm(_Same):
    """Batch normalisation with learnt scale and shift."""


@dataclass(frozen=True, slots=True)
class ReLU(_Same):
    """max(x, 0)."""


@dataclass(frozen=True, slots=True)
class Identity(_Same):
    """The input, unchanged."""


@dataclass(frozen=True, slots=True)
class MaxPool:
    """Maximum over a square window."""

    kernel: int
    stride: int
    padding: int

    def shape(self, inside: Shape) -> Shape:
        """Return the output's shape."""
        return Conv(inside[0], self.kernel, self.stride, self.padding).shape(inside)


@dataclass(frozen=True, slots=True)
class Upsample:
    """Nearest-neighbour enlargement by a whole factor."""

    factor: int

    def shape(self, inside: Shape) -> Shape:
        """Return the output's shape."""
        return inside[0], inside[1] * self.factor, inside[2] * self.factor


@dataclass(frozen=True, slots=True)
class Add:
    """The sum of its inputs, which must have one shape."""

    def shape(self, *inside: Shape) -> Shape:
        """Return the common shape; raise ShapeError if there is none."""
        if len(set(inside)) != 1:
            sizes = " and ".join("×".join(map(str, shape)) for shape in dict.fromkeys(inside))
            raise ShapeError(f"maps of {sizes} cannot be added.")
        return inside[0]


@dataclass(frozen=True, slots=True)
class Choice(Add):
    """A choice left open: input i is what option i of `gene` would give; the output is their weighted sum."""

    gene: str


@dataclass(frozen=True, slots=True)
class Mask(_Same):
    """A width left open: option i of `gene` keeps the first `channels[i]` channels and zeroes the rest (FBNetV2)."""

    gene: str
    channels: tuple[int, ...]


Operation = Input | Conv | ConvTranspose | BatchNorm | ReLU | Identity | MaxPool | Upsample | Add | Choice | Mask
