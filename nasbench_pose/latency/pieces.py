"""Cutting a network into its blocks, so that equal blocks of different networks are measured once."""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.genotype import Genotype
from nasbench_pose.graph import Graph, Layer, Shape
from nasbench_pose.graph.operations import Identity, Input, Operation
from nasbench_pose.hashing import short_sha256
from nasbench_pose.spaces import SearchSpace

MOST_COMBINATIONS = 10_000
"""Most combinations of coupled genes whose networks are built to find all blocks of a space."""


@dataclass(frozen=True)
class Piece:
    """A block without its place in a network: equal pieces have equal latencies."""

    inputs: tuple[Shape, ...]
    """Shapes of the inputs, which are the values 0, 1, …"""
    steps: tuple[tuple[Operation, tuple[int, ...], Shape], ...]
    """(operation, numbers of the values it reads, shape of the value it adds)."""

    @cached_property
    def outputs(self) -> tuple[int, ...]:
        """Numbers of the values that no layer of the block reads."""
        read = {source for _, sources, _ in self.steps for source in sources}
        return tuple(n for n in range(len(self.inputs), len(self.inputs) + len(self.steps)) if n not in read)

    @property
    def key(self) -> str:
        """The first sixteen hex digits of the SHA-256 of inputs and steps."""
        return short_sha256(f"{self.inputs} {self.steps}")

    @property
    def computes(self) -> bool:
        """Whether the block has layers that compute: a skipped layer takes no time."""
        return not all(isinstance(operation, Identity) for operation, _, _ in self.steps)


def pieces(graph: Graph) -> list[tuple[str, Piece]]:
    """Return the blocks of a network in order, each with the name the network gives it.

    >>> from nasbench_pose.spaces import find, load
    >>> found = pieces(load("efficientpose_small").graph(find("efficientpose-a")))
    >>> [name for name, _ in found][:4], len(found), len({piece for _, piece in found})
    (['stem', 'stem_separable', 's1b1', 's1b2'], 32, 19)
    """
    blocks: dict[str, list[Layer]] = {}
    for layer in graph:
        blocks.setdefault(layer.block.path, []).append(layer)
    cut = ((name, _piece(graph, layers)) for name, layers in blocks.items())
    return [(name, piece) for name, piece in cut if piece.steps]


def _piece(graph: Graph, block: list[Layer]) -> Piece:
    inside = [layer for layer in block if not isinstance(layer.operation, Input)]
    own = {layer.name for layer in inside}
    outside = dict.fromkeys(source for layer in inside for source in layer.inputs if source not in own)
    number = {name: n for n, name in enumerate([*outside, *(layer.name for layer in inside)])}
    return Piece(
        tuple(graph[name].shape for name in outside),
        tuple((layer.operation, tuple(number[s] for s in layer.inputs), layer.shape) for layer in inside),
    )


def pieces_of_space(
    space: SearchSpace, *, input: tuple[int, int] | None = None, joints: int | None = None
) -> dict[Piece, str]:
    """Return every distinct block of a space's networks, with the name it has in the first network that has it.

    Raises NasbenchPoseError for a space whose coupled genes have too many combinations.
    """
    found: dict[Piece, str] = {}
    for genotype in covering_networks(space):
        for name, piece in pieces(space.graph(genotype, input=input, joints=joints)):
            found.setdefault(piece, name)
    return found


def covering_networks(space: SearchSpace) -> Iterator[Genotype]:
    """Yield networks that together have every block of the space.

    The kind says which genes are coupled, that is, change the blocks of other genes. For each combination of coupled
    genes, option i of all other genes is taken at once: they are independent, so each option has to occur only once.

    >>> from nasbench_pose.spaces import load
    >>> space = load("efficientpose_large")  # every layer has at most seven options
    >>> len(list(covering_networks(space)))
    7
    """
    coupled = space.coupled
    shared = [gene for gene in space.genes if coupled is None or gene in coupled]
    combinations = math.prod(len(space.genes[gene]) for gene in shared)
    if combinations > MOST_COMBINATIONS:
        raise NasbenchPoseError(
            f"{space.name} couples genes into {combinations:.2g} combinations, each with blocks of its own; "
            f"a latency table allows {MOST_COMBINATIONS}. Measure its networks one by one."
        )
    widest = max((len(options) for gene, options in space.genes.items() if gene not in shared), default=1)
    for chosen in itertools.product(*(space.genes[gene] for gene in shared)):
        fixed = dict(zip(shared, chosen, strict=True))
        for i in range(widest):
            yield space.genotype(fixed.get(g, options[min(i, len(options) - 1)]) for g, options in space.genes.items())
