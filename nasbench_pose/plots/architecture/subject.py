"""A network to be drawn, with its name, size and cost."""

from dataclasses import dataclass
from functools import cached_property

from nasbench_pose.cost import Cost, count
from nasbench_pose.genotype import Genotype
from nasbench_pose.graph import Graph
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.spaces.cell_wiring import Cell, cells_of


@dataclass(frozen=True)
class Subject:
    """A member of a search space with an image size, and its name in the drawing."""

    name: str
    space: SearchSpace
    genotype: Genotype
    input: tuple[int, int] | None = None
    """Height and width; None: the space's own."""
    joints: int | None = None

    @cached_property
    def graph(self) -> Graph:
        """The layers; raises ShapeError for an input that the network cannot take."""
        return self.space.graph(self.genotype, input=self.input, joints=self.joints)

    @cached_property
    def cost(self) -> Cost:
        """The cost of the network."""
        return count(self.graph)

    @cached_property
    def cells(self) -> tuple[Cell, Cell] | None:
        """The normal and the reduction cell; None for a network without cells."""
        return cells_of(self.space, dict(self.genotype.genes)) if self.space.kind.name == "cell" else None

    @property
    def size(self) -> str:
        """The sizes of input and output, as text."""
        (_, *image), (joints, *maps) = self.graph.input.shape, self.graph.output.shape
        return f"input {image[0]}×{image[1]}, output {joints} × {maps[0]}×{maps[1]}"

    @property
    def price(self) -> str:
        """Multiply-accumulates and parameters, as text."""
        return f"{self.cost.macs / 1e6:,.1f} MMACs, {self.cost.params / 1e6:,.2f} M parameters"
