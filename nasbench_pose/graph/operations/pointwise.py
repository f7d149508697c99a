"""Element-wise operations."""

from dataclasses import dataclass

from nasbench_pose.errors import ShapeError
from nasbench_pose.graph.operations.shape import Same, Shape, common, spelt


@dataclass(frozen=True, slots=True)
class BatchNorm(Same):
    """Batch normalisation, with learnt scale and shift unless `affine` is False."""

    affine: bool = True


@dataclass(frozen=True, slots=True)
class ReLU(Same):
    """max(x, 0)."""


@dataclass(frozen=True, slots=True)
class ReLU6(Same):
    """min(max(x, 0), 6) (MobileNetV2)."""


@dataclass(frozen=True, slots=True)
class Sigmoid(Same):
    """1 / (1 + exp(-x))."""


@dataclass(frozen=True, slots=True)
class HardSigmoid(Same):
    """min(max(x / 6 + 1/2, 0), 1) (MobileNetV3)."""


@dataclass(frozen=True, slots=True)
class HardSwish(Same):
    """x · HardSigmoid(x) (MobileNetV3)."""


@dataclass(frozen=True, slots=True)
class SiLU(Same):
    """x · Sigmoid(x), also called swish (MnasNet's successors)."""


@dataclass(frozen=True, slots=True)
class Identity(Same):
    """The input, unchanged."""


@dataclass(frozen=True, slots=True)
class Zero(Same):
    """Zeros of the input's shape: the operation `none` of DARTS."""


@dataclass(frozen=True, slots=True)
class Add:
    """The sum of its inputs, which must have one shape."""

    def shape(self, *inside: Shape) -> Shape:
        """Return the common shape; raise ShapeError if there is none."""
        return common(inside, "added")


@dataclass(frozen=True, slots=True)
class Multiply:
    """The product of maps and gates; gates have the shape of the maps, or one value for each channel."""

    def shape(self, maps: Shape, gates: Shape) -> Shape:
        """Return the maps' shape; raise ShapeError for gates that do not fit.

        >>> Multiply().shape((16, 8, 8), (16, 1, 1))
        (16, 8, 8)
        """
        if gates not in (maps, (maps[0], 1, 1)):
            raise ShapeError(f"maps of {spelt(maps)} cannot be multiplied by gates of {spelt(gates)}.")
        return maps
