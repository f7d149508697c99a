"""Operations that exist in a supernet only: choices left open."""

from dataclasses import dataclass

from nasbench_pose.graph.operations.shape import Same, Shape, common


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice left open: input i is what option i of `gene` would give; the output is their weighted sum."""

    gene: str

    def shape(self, *inside: Shape) -> Shape:
        """Return the common shape; raise ShapeError if there is none."""
        return common(inside, "mixed")


@dataclass(frozen=True, slots=True)
class Mask(Same):
    """A width left open: option i of `gene` keeps the first `channels[i]` channels and zeroes the rest (FBNetV2)."""

    gene: str
    channels: tuple[int, ...]
