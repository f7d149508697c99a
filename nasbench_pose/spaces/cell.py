"""Kind `cell`: a stack of normal and reduction cells, whose wiring is searched (DARTS, arXiv 1806.09055).

Keys of the file:

- `operations` in [genes]: the operations that an edge can have. The genes of the edges are made from them, see
  `cell_wiring`;
- `nodes` and `concat`, genes or `fixed`: the size of a cell and the nodes in its output;
- `channels` of the first cell, doubled by each reduction cell; `layers`, the number of cells; `reductions`, the places
  of the reduction cells; all `fixed`;
- `stem`, fixed: a name of STEMS;
- `head`: a word of `heads.py`, or `classifier`, that is global average pooling and a linear layer; `joints` is then the
  number of classes.

Layer names are those of `NetworkCIFAR` and `NetworkImageNet` in quark0/darts, and of its search network for supernets.
"""

from collections.abc import Callable, Mapping
from typing import Any

from nasbench_pose.errors import InvalidFileError, pick
from nasbench_pose.genotype import Value
from nasbench_pose.graph import Graph, GraphBuilder, Shape
from nasbench_pose.graph.operations import AdaptiveAvgPool, Concat, Flatten, Linear
from nasbench_pose.spaces import cell_supernet, heads
from nasbench_pose.spaces.blocks import conv_bn
from nasbench_pose.spaces.cell_operations import OPERATIONS, factorized_reduce, relu_conv_bn
from nasbench_pose.spaces.cell_wiring import TYPES, canonical, cells_of, edge, slots, spellings
from nasbench_pose.spaces.darts_text import NOTATION
from nasbench_pose.spaces.fields import Field, Fields, anything, one_of, several, whole
from nasbench_pose.spaces.kinds import Kind, Options, Template


def build(space: Template, genes: Mapping[str, Value], image: Shape, joints: int) -> Graph:
    """Return the network of `genes`; missing genes of nodes stay open, as in a supernet."""
    value: Mapping[str, Any] = {**space.fixed, **genes}
    net = GraphBuilder(image, genes)
    before, x, shrunk = pick("stem", value["stem"], STEMS)(net, _even(value["channels"]))
    for number in range(value["layers"]):
        reduction = number in value["reductions"]
        halvings = sum(place <= number for place in value["reductions"])
        channels = value["channels"] << halvings
        kind = "reduction" if reduction else "normal"
        with net.block(f"cells.{number}", f"stage {halvings + 1}", f"{kind} cell {channels}"):
            before, x = x, _cell(net, space, number, reduction, (before, x), shrunk, channels)
        shrunk = reduction
    _head(net, space, x, joints)
    return net.graph()


def _even(channels: int) -> int:
    if channels % 2:
        raise InvalidFileError(f"'channels' is {channels}; a factorised reduction halves them, so they must be even.")
    return channels


def _cell(
    net: GraphBuilder, space: Template, number: int, reduction: bool, inputs: tuple[str, str], shrunk: bool, width: int
) -> str:
    """Add cell `number`; its first input has twice the size if the cell before it halved the size (`shrunk`)."""
    name = f"cells.{number}"
    prepare = factorized_reduce if shrunk else relu_conv_bn
    states = [
        prepare(net, f"{name}.preprocess0", inputs[0], width),
        relu_conv_bn(net, f"{name}.preprocess1", inputs[1], width),
    ]
    kind = TYPES[reduction]
    for node in range(2, 2 + {**space.fixed, **net.genes}["nodes"]):
        if slots(kind, node)[0] in net.genes:
            sources = _edges(net, kind, node, name, states, reduction)
        else:
            sources = cell_supernet.edges(net, space, kind, node, name, states, reduction)
        with net.part(f"node{node}"):
            states.append(net.sum(f"{name}.node{node}", *sources))
    with net.part("concat"):
        return net.add(f"{name}.concat", Concat(), *(states[state] for state in _output(space, net.genes, reduction)))


def _edges(net: GraphBuilder, kind: str, node: int, name: str, states: list[str], reduction: bool) -> list[str]:
    """Add the two edges of a node; each gene decides the layers of its edge alone."""
    made = []
    for place, gene in enumerate(slots(kind, node)):
        operation, state = edge(net.genes[gene])
        stride = 2 if reduction and state < 2 else 1
        with net.part(gene):
            made.append(OPERATIONS[operation](net, f"{name}._ops.{2 * node - 4 + place}", states[state], stride))
    return made


def _output(space: Template, genes: Mapping[str, Value], reduction: bool) -> tuple[int, ...]:
    value = {**space.fixed, **genes}
    if value["concat"] == "all":
        return tuple(range(2, 2 + value["nodes"]))
    return cells_of(space, genes)[reduction].concat


def _head(net: GraphBuilder, space: Template, x: str, joints: int) -> None:
    if space.fixed.get("head") != "classifier":
        with net.block("relu", "head", "ReLU"):
            x = net.relu("relu", x)
        heads.head(net, space, x, joints)
        return
    with net.block("classifier", "head", f"linear {joints}"):
        x = net.add("global_pooling", AdaptiveAvgPool(), x)
        net.add("classifier", Linear(joints), net.add("flatten", Flatten(), x))


Stem = Callable[[GraphBuilder, int], tuple[str, str, bool]]
"""(net, channels of the first cell) -> the two inputs of the first cell, and whether the first has twice the size."""


def _cifar(net: GraphBuilder, channels: int) -> tuple[str, str, bool]:
    with net.block("stem", "stem", f"conv3×3 {3 * channels}"):
        x = conv_bn(net, ("stem.0", "stem.1"), "image", 3 * channels, kernel=3)
    return x, x, False


def _quarter(net: GraphBuilder, channels: int) -> tuple[str, str, bool]:
    with net.block("stem0", "stem", f"conv ×2 {channels}"):
        x = conv_bn(net, ("stem0.0", "stem0.1"), "image", channels // 2, kernel=3, stride=2, relu="stem0.2")
        x = conv_bn(net, ("stem0.3", "stem0.4"), x, channels, kernel=3, stride=2)
    return x, x, False


def _imagenet(net: GraphBuilder, channels: int) -> tuple[str, str, bool]:
    before, _, _ = _quarter(net, channels)
    with net.block("stem1", "stem", f"conv3×3 {channels}"):
        x = conv_bn(net, ("stem1.1", "stem1.2"), net.relu("stem1.0", before), channels, kernel=3, stride=2)
    return before, x, True


STEMS: dict[str, Stem] = {"cifar": _cifar, "quarter": _quarter, "imagenet": _imagenet}
"""Name -> stem. `cifar` keeps the image's size, `quarter` (the first half of ImageNet's stem) divides it by 4,
`imagenet` by 8."""


def expand(genes: Options, fixed: Mapping[str, Any]) -> Options:
    """Return the genes of a file, with `operations` replaced by one gene for each edge."""
    if "operations" not in genes:
        raise InvalidFileError("a space of cells needs 'operations' in [genes]: the operations of an edge.")
    for operation in genes["operations"]:
        pick("operation of cells", str(operation), OPERATIONS)
    largest = max(genes.get("nodes", (fixed.get("nodes", 4),)))
    edges = {
        gene: tuple(f"{operation}.{state}" for operation in genes["operations"] for state in range(node))
        for kind in TYPES
        for node in range(2, 2 + int(largest))
        for gene in slots(kind, node)
    }
    return {gene: options for gene, options in genes.items() if gene != "operations"} | edges


def coupled(space: Template) -> tuple[str, ...] | None:
    """Return the genes that change the costs of others; None, all genes, if the edges decide which nodes are loose."""
    concats = space.genes.get("concat", (space.fixed.get("concat"),))
    return None if "loose" in concats else ("nodes",)


def fields(_: Options, fixed: Mapping[str, Any]) -> Fields:
    """Return the keys that the kind reads; the genes of edges are made from `operations`."""
    layers = fixed.get("layers")
    last = layers - 1 if isinstance(layers, int) and layers > 0 else LAYERS
    return {
        "operations": Field(anything, fixed=False),
        "nodes": Field(whole(1, 8)),
        "concat": Field(one_of(("all", "loose"))),
        "channels": Field(whole(2)),
        "layers": Field(whole(1, LAYERS)),
        "reductions": Field(several(whole(0, last), 0, LAYERS), gene=False),
        "stem": Field(one_of(STEMS)),
        "head": Field(anything),
    }


LAYERS = 200
"""The most cells of a network."""

KIND = Kind(
    "cell",
    build,
    coupled,
    canonical,
    spellings,
    expand=expand,
    decisions=cell_supernet.decisions,
    notation=NOTATION,
    fields=fields,
    peak_by_block=False,
)
