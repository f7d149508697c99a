"""Exact cost of one network, from its graph, without torch."""

from dataclasses import dataclass
from functools import cached_property

from nasbench_pose.cost.call import of_layer
from nasbench_pose.cost.conventions import ACTIVATIONS, CONVENTIONS, Convention, measure
from nasbench_pose.cost.memory import alive_elements
from nasbench_pose.errors import pick
from nasbench_pose.graph import Graph, Layer


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
    """What the chosen convention counts."""
    activations: int
    """Output elements, if it is a convolution."""


@dataclass(frozen=True)
class Cost:
    """Cost of one forward pass on one image: totals, and what each layer adds."""

    convention: Convention
    layers: tuple[LayerCost, ...]
    peak_elements: int
    """Largest number of activation elements alive at once, executing layers in order, none of them in place."""

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
        """What the convention counts, exact."""
        return sum(layer.count for layer in self.layers)

    @property
    def giga(self) -> float:
        """`count` in the convention's own G."""
        return self.count / self.convention.giga

    @cached_property
    def activations(self) -> int:
        """Output elements of all convolutions."""
        return sum(layer.activations for layer in self.layers)


def count(graph: Graph, *, convention: str = "macs") -> Cost:
    """Return the exact cost of `graph`; `convention` names what `count` and `giga` mean.

    Raises UnknownNameError for an unknown convention, NasbenchPoseError for an operation without a rule.

    >>> from nasbench_pose.spaces import find, load
    >>> graph = load("hrnet").graph(find("hrnet-w32"), input=(256, 192), joints=17)
    >>> cost = count(graph, convention="hrnet")
    >>> cost.params, cost.macs, round(cost.giga, 2)
    (28536113, 7645003776, 7.12)
    """
    rules = pick("convention", convention, CONVENTIONS)
    return Cost(rules, tuple(_layer(graph, layer, rules) for layer in graph), max(alive_elements(graph)))


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
