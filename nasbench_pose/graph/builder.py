"""A builder that adds layers one by one and computes their shapes."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from nasbench_pose.errors import ShapeError
from nasbench_pose.genotype import Value
from nasbench_pose.graph.graph import Block, Graph, Layer
from nasbench_pose.graph.operations import (
    Add,
    BatchNorm,
    Choice,
    Conv,
    ConvTranspose,
    Identity,
    Input,
    Mask,
    Operation,
    ReLU,
    Shape,
)

MOST_LAYERS = 50_000
"""Most layers of a network; a larger number is a mistake in a file and would fill the memory."""

MOST_CHANNELS = 10_000_000
"""Most channels of a layer, for the same reason; a flattened map has the most."""


class GraphBuilder:
    """Collects layers. Every method takes and returns layer *names*.

    `genes` holds the chosen values. A missing gene stays open: all of its options become part of the graph.

    >>> net = GraphBuilder((3, 32, 32), {})
    >>> x = net.conv("stem.conv", "image", 8, kernel=3, stride=2)
    >>> x = net.relu("stem.relu", net.batch_norm("stem.bn", x))
    >>> net.graph().output.shape
    (8, 16, 16)
    """

    def __init__(self, image: Shape, genes: Mapping[str, Value]) -> None:
        if min(image) < 1:
            raise ShapeError(f"An input of {image[1]}×{image[2]} pixels has no area; try 256x256.")
        self.genes = genes
        self._block = Block("image", "input", "image")
        self._layers: dict[str, Layer] = {"image": Layer("image", Input(*image), (), image, self._block)}

    def graph(self) -> Graph:
        """Return the finished graph; the layer added last is its output."""
        return Graph(tuple(self._layers.values()))

    def shape(self, name: str) -> Shape:
        """Return the output shape of a layer added before."""
        return self._layers[name].shape

    @contextmanager
    def block(self, name: str, stage: str, label: str) -> Iterator[None]:
        """Mark the layers added inside as one block, which drawings show as one box."""
        outer, self._block = self._block, Block(name, stage, label, self._block.part)
        yield
        self._block = outer

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Mark the layers added inside as one part of a block, or of the network if blocks are added inside.

        A part that a single gene decides has the name of this gene: its cost depends on no other gene.
        """
        whole, self._block = self._block, replace(self._block, part=name)
        yield
        self._block = whole

    def add(self, name: str, operation: Operation, *inputs: str) -> str:
        """Add a layer and return its name.

        Raises ShapeError with the name if the inputs do not fit or if there are too many layers.
        """
        try:
            shape = operation.shape(*(self._layers[source].shape for source in inputs))
        except ShapeError as error:
            image = self._layers["image"].shape
            raise ShapeError(
                f"An input of {image[1]}×{image[2]} pixels does not fit this network: at {name!r}, {error} "
                "Multiples of 32 fit every network here."
            ) from None
        if not 1 <= shape[0] <= MOST_CHANNELS or min(shape) < 1:
            raise ShapeError(
                f"At {name!r}, the output has {shape[0]:,} channels of {shape[1]:,}×{shape[2]:,}; there are from 1 to "
                f"{MOST_CHANNELS:,} channels, of at least one pixel."
            )
        if len(self._layers) >= MOST_LAYERS:
            raise ShapeError(f"At {name!r}, the network has more than {MOST_LAYERS:,} layers, the most that are built.")
        self._layers[name] = Layer(name, operation, inputs, shape, self._block)
        return name

    def conv(
        self, name: str, x: str, channels: int, *, kernel: int, stride: int = 1, groups: int = 1, bias: bool = False
    ) -> str:
        """Add a convolution padded to keep the size at stride 1."""
        return self.add(name, Conv(channels, kernel, stride, kernel // 2, groups, 1, bias), x)

    def deconv(self, name: str, x: str, channels: int) -> str:
        """Add the 4×4 transposed convolution with stride 2, with which heat-map heads double the size."""
        return self.add(name, ConvTranspose(channels, kernel=4, stride=2, padding=1), x)

    def batch_norm(self, name: str, x: str) -> str:
        """Add a batch normalisation."""
        return self.add(name, BatchNorm(), x)

    def relu(self, name: str, x: str) -> str:
        """Add a ReLU."""
        return self.add(name, ReLU(), x)

    def sum(self, name: str, *inputs: str) -> str:
        """Add the sum of several layers; a single layer is returned unchanged."""
        return self.add(name, Add(), *inputs) if len(inputs) > 1 else inputs[0]

    def choose(self, gene: str, options: tuple[Value, ...], build: Callable[[Value], str], *, name: str) -> str:
        """Build the chosen option of `gene`; if the gene is open, build all options and a choice between them."""
        if gene in self.genes:
            return build(self.genes[gene])
        return self.add(name, Choice(gene), *[build(option) for option in options])

    def mask(self, gene: str, channels: Mapping[Value, int], x: str, *, name: str) -> str:
        """If `gene`, a width, is open, mask the channels of `x` that each option does not have."""
        if gene in self.genes:
            return x
        return self.add(name, Mask(gene, tuple(channels.values())), x)

    def identity(self, name: str, x: str) -> str:
        """Add an identity, so that drawings show a skipped layer."""
        return self.add(name, Identity(), x)
