"""Exact cost of one network, from its graph, without torch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from nasbench_pose.cost.call import of_layer
from nasbench_pose.cost.conventions import ACTIVATIONS, CONVENTIONS, Convention, measure
from nasbench_pose.cost.memory import alive_elements
from nasbench_pose.errors import InvalidFileError, pick
from nasbench_pose.genotype import Genotype
from nasbench_pose.graph import Graph, Layer
from nasbench_pose.spaces import as_genotype, space_of

Subject = Graph | Genotype | str
"""A network to count: a graph, or a genotype, its name or its text."""


@dataclass(frozen=True, slots=True)
class LayerCost:
    """Cost of one layer for one image."""

    name: str
    operation: str
    shape: tuple[int, int, int]
    params: int
    """Learnable numbers."""
    macs: int
    """Multiply-accumulates, exact."""
    count: int
    """The count of the chosen convention."""
    activations: int
    """Output elements, if it is a convolution."""


@dataclass(frozen=True)
class Cost:
    """Cost of one forward pass on one image: totals, and the cost of each layer."""

    convention: Convention
    layers: tuple[LayerCost, ...]
    peak_elements: int
    """Largest number of activation elements in memory at once; layers run in order, and none works in place."""

    def __repr__(self) -> str:
        numbers = [f"{name}={getattr(self, name):,}" for name in ("params", "macs", "activations", "peak_elements")]
        counted = [] if self.convention.name == "macs" else [f"{self.convention.name}={self.giga:.2f} G"]
        return f"Cost({', '.join([*numbers, *counted])})"

    @cached_property
    def params(self) -> int:
        """Learnable numbers."""
        return sum(layer.params for layer in self.layers)

    @cached_property
    def macs(self) -> int:
        """Multiply-accumulates, exact; 1 G = 1e9."""
        return sum(layer.macs for layer in self.layers)

    @cached_property
    def count(self) -> int:
        """The exact count of the convention."""
        return sum(layer.count for layer in self.layers)

    @property
    def giga(self) -> float:
        """`count` divided by the convention's unit G."""
        return self.count / self.convention.giga

    @cached_property
    def activations(self) -> int:
        """Output elements of all convolutions."""
        return sum(layer.activations for layer in self.layers)


def count(
    network: Subject,
    *,
    input: tuple[int, int] | None = None,
    joints: int | None = None,
    convention: str = "macs",
) -> Cost:
    """Return the exact cost of `network`; `convention` defines `count` and `giga`.

    `network` is a graph, or a genotype, its name or its text. A genotype is built for `input` (height, width) and
    `joints`; the defaults are those of its space. Raises UnknownNameError for an unknown name or convention,
    InvalidFileError if `network` is not a network, NasbenchPoseError for an operation without a rule.

    >>> cost = count("hrnet-w32", input=(256, 192), joints=17, convention="hrnet")
    >>> cost
    Cost(params=28,536,113, macs=7,645,003,776, activations=19,115,520, peak_elements=2,359,296, hrnet=7.12 G)
    >>> from nasbench_pose.spaces import find, load
    >>> count(load("hrnet").graph(find("hrnet-w32"))).macs
    7645003776
    """
    rules = pick("convention", convention, CONVENTIONS)
    graph = _graph(network, input, joints)
    return Cost(rules, tuple(_layer(graph, layer, rules) for layer in graph), max(alive_elements(graph)))


def _graph(network: Subject, input: tuple[int, int] | None, joints: int | None) -> Graph:
    if not isinstance(network, Graph):
        genotype = as_genotype(network)
        return space_of(genotype).graph(genotype, input=input, joints=joints)
    if input is not None or joints is not None:
        raise InvalidFileError("A graph has its input and its joints already; they are for genotypes and names.")
    return network


def _layer(graph: Graph, layer: Layer, convention: Convention) -> LayerCost:
    call = of_layer(layer, graph.input_shapes(layer))
    return LayerCost(
        name=layer.name,
        operation=type(layer.operation).__name__,
        shape=layer.shape,
        params=call.params,
        macs=call.macs,
        count=measure(convention.rules, call),
        activations=measure(ACTIVATIONS, call),
    )
