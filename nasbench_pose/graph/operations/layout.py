"""Operations that rearrange values without computing new ones, and resizing."""

from dataclasses import dataclass
from typing import Literal

from nasbench_pose.errors import ShapeError
from nasbench_pose.graph.operations.shape import Shape, spelt


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
class Upsample:
    """Resizing by a factor, nearest-neighbour or bilinear; a factor below 1 reduces the size."""

    factor: float
    mode: Literal["nearest", "bilinear"] = "nearest"
    corners: bool = False
    """Whether the centres of the corner pixels are aligned (`align_corners` of torch); bilinear only."""

    def shape(self, inside: Shape) -> Shape:
        """Return the output's shape, rounded down as torch does.

        >>> Upsample(2).shape((8, 6, 4)), Upsample(0.75).shape((3, 256, 190))
        ((8, 12, 8), (3, 192, 142))
        """
        return inside[0], int(inside[1] * self.factor), int(inside[2] * self.factor)


@dataclass(frozen=True, slots=True)
class PixelShuffle:
    """Groups of factor² channels laid out as factor × factor pixels (Shi et al., arXiv 1609.05158)."""

    factor: int

    def shape(self, inside: Shape) -> Shape:
        """Return the output's shape; raise ShapeError if the channels do not fill the pixels.

        >>> PixelShuffle(2).shape((64, 8, 8))
        (16, 16, 16)
        """
        if inside[0] % self.factor**2:
            raise ShapeError(f"{inside[0]} channels cannot be laid out as {self.factor}×{self.factor} pixels.")
        return inside[0] // self.factor**2, inside[1] * self.factor, inside[2] * self.factor


@dataclass(frozen=True, slots=True)
class ChannelShuffle:
    """The channels of several groups, interleaved (ShuffleNet, arXiv 1707.01083)."""

    groups: int

    def shape(self, inside: Shape) -> Shape:
        """Return the input's shape; raise ShapeError if the groups are not equally large."""
        if inside[0] % self.groups:
            raise ShapeError(f"{inside[0]} channels cannot be split into {self.groups} groups.")
        return inside


@dataclass(frozen=True, slots=True)
class Slice:
    """The channels from `start` up to, not including, `stop`."""

    start: int
    stop: int

    def shape(self, inside: Shape) -> Shape:
        """Return the output's shape; raise ShapeError if there are not so many channels."""
        if not 0 <= self.start < self.stop <= inside[0]:
            raise ShapeError(f"{inside[0]} channels have no slice {self.start}:{self.stop}.")
        return self.stop - self.start, *inside[1:]


@dataclass(frozen=True, slots=True)
class Crop:
    """The maps without their first `top` rows and `left` columns."""

    top: int
    left: int

    def shape(self, inside: Shape) -> Shape:
        """Return the output's shape; raise ShapeError if nothing is left."""
        if inside[1] <= self.top or inside[2] <= self.left:
            raise ShapeError(f"nothing is left of maps of {spelt(inside)}.")
        return inside[0], inside[1] - self.top, inside[2] - self.left


@dataclass(frozen=True, slots=True)
class Concat:
    """Concatenation of the inputs along the channels, or, with `wide`, along the vectors that flattening made."""

    wide: bool = False

    def shape(self, *inside: Shape) -> Shape:
        """Return the output's shape; raise ShapeError if the inputs differ in another dimension.

        >>> Concat().shape((16, 8, 8), (32, 8, 8)), Concat(wide=True).shape((17, 1, 96), (17, 1, 128))
        ((48, 8, 8), (17, 1, 224))
        """
        axis = 2 if self.wide else 0
        if len({shape[:axis] + shape[axis + 1 :] for shape in inside}) != 1:
            raise ShapeError(f"maps of {' and '.join(map(spelt, dict.fromkeys(inside)))} cannot be concatenated.")
        total = sum(shape[axis] for shape in inside)
        channels, height, width = inside[0]
        return (channels, height, total) if self.wide else (total, height, width)


@dataclass(frozen=True, slots=True)
class Flatten:
    """All values as one vector, or, with `each`, one vector for each map."""

    each: bool = False

    def shape(self, inside: Shape) -> Shape:
        """Return the output's shape.

        >>> Flatten().shape((512, 1, 1)), Flatten(each=True).shape((17, 64, 48))
        ((512, 1, 1), (17, 1, 3072))
        """
        channels, height, width = inside
        return (channels, 1, height * width) if self.each else (channels * height * width, 1, 1)
