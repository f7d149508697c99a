"""Operations of supernets: open choices."""

from dataclasses import dataclass

from nasbench_pose.graph.operations.shape import Same, Shape, common


@dataclass(frozen=True, slots=True)
class Choice:
    """An open choice: input i is the output of option i of `gene`; the output is the weighted sum of the inputs."""

    gene: str

    def shape(self, *inside: Shape) -> Shape:
        """Return the common shape; raise ShapeError if there is none."""
        return common(inside, "mixed")


@dataclass(frozen=True, slots=True)
class Mask(Same):
    """An open width: option i of `gene` keeps the first `channels[i]` channels and zeroes the others (FBNetV2)."""

    gene: str
    channels: tuple[int, ...]
