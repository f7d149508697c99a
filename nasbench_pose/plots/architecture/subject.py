"""A network that is to be drawn, and what is said of it."""

from dataclasses import dataclass
from functools import cached_property

from nasbench_pose.cost import Cost, count
from nasbench_pose.genotype import Genotype
from nasbench_pose.graph import Graph
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.spaces.cell_wiring import Cell, cells_of


@dataclass(frozen=True)
class Subject:
    """A member of a search space, on an image of a size, under the name it has in the picture."""

    name: str
    space: SearchSpace
    genotype: Genotype
    input: tuple[int, int] | None = None
    """Height and width; None: the space's own."""
    joints: int | None = None

    @cached_property
    def graph(self) -> Graph:
        """Its layers; raises ShapeError for an input that it cannot take."""
        return self.space.graph(self.genotype, input=self.input, joints=self.joints)

    @cached_property
    def cost(self) -> Cost:
        """What it costs."""
        return count(self.graph)

    @cached_property
    def cells(self) -> tuple[Cell, Cell] | None:
        """Its normal and its reduction cell; None for a network that is not made of cells."""
        return cells_of(self.space, dict(self.genotype.genes)) if self.space.kind.name == "cell" else None

    @property
    def size(self) -> str:
        """The size of the image and of what comes out."""
        (_, *image), (joints, *maps) = self.graph.input.shape, self.graph.output.shape
        return f"input {image[0]}×{image[1]}, output {joints} × {maps[0]}×{maps[1]}"

    @property
    def price(self) -> str:
        """Multiply-accumulates and parameters."""
        return f"{self.cost.macs / 1e6:,.1f} MMACs, {self.cost.params / 1e6:,.2f} M parameters"
