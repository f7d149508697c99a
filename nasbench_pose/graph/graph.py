"""The graph of a network, from which costs, torch modules, drawings and exports are made."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from nasbench_pose.graph.operations import Choice, Mask, Operation, Shape


@dataclass(frozen=True, slots=True)
class Block:
    """A run of layers that drawings show as one box: its name, its stage, and a label of what it computes."""

    name: str
    stage: str
    label: str
    part: str | None = field(default=None, compare=False)
    """The part of the block that these layers are in; a part that one gene decides has the gene's name."""

    @property
    def path(self) -> str:
        """The name of the block, followed by that of the part, if there is one."""
        return self.name if self.part is None else f"{self.name}.{self.part}"


@dataclass(frozen=True, slots=True)
class Layer:
    """An operation on the outputs of earlier layers. Names are dotted module paths, like those of the official code."""

    name: str
    operation: Operation
    inputs: tuple[str, ...]
    shape: Shape
    block: Block


@dataclass(frozen=True)
class Graph:
    """Layers in topological order: the first is the image, the last the output.

    >>> from nasbench_pose.spaces import find, load
    >>> graph = load("hrnet").graph(find("hrnet-w32"), input=(256, 192), joints=17)
    >>> graph
    Graph(1,006 layers, 3 × 256 × 192 → 17 × 64 × 48)
    >>> graph.output.shape, graph["stage2.0.branches.1.0.conv1"].shape
    ((17, 64, 48), (64, 32, 24))
    """

    layers: tuple[Layer, ...]

    @cached_property
    def _by_name(self) -> dict[str, Layer]:
        return {layer.name: layer for layer in self.layers}

    def __getitem__(self, name: str) -> Layer:
        return self._by_name[name]

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)

    def __repr__(self) -> str:
        first, last = (" × ".join(map(str, layer.shape)) for layer in (self.input, self.output))
        opened = f", {len(self.open_genes)} open choices" if self.open_genes else ""
        return f"Graph({len(self):,} layers, {first} → {last}{opened})"

    def __len__(self) -> int:
        return len(self.layers)

    @property
    def input(self) -> Layer:
        """The image."""
        return self.layers[0]

    @property
    def output(self) -> Layer:
        """The heat maps: (joints, height, width)."""
        return self.layers[-1]

    @cached_property
    def open_genes(self) -> frozenset[str]:
        """The genes whose choice is still open; empty for a network, not for a supernet."""
        return frozenset(x.operation.gene for x in self.layers if isinstance(x.operation, Choice | Mask))

    @cached_property
    def _readers(self) -> Counter[str]:
        return Counter(name for layer in self.layers for name in layer.inputs)

    def readers(self, name: str) -> int:
        """Return how often the output of layer `name` is read."""
        return self._readers[name]

    def input_shapes(self, layer: Layer) -> tuple[Shape, ...]:
        """Return the shapes `layer` reads, in the order of its inputs."""
        return tuple(self._by_name[name].shape for name in layer.inputs)
