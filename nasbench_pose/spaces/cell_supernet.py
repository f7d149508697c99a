"""Cells with open edges: the search network of DARTS, in which every node reads all earlier states.

The choice `n3.1` is the operation on the edge from state 1 to node 3 of all normal cells; it may be `none`. A member
has two edges into each node. One decision selects the two states and their operations.
"""

from collections.abc import Iterator
from itertools import combinations, product

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.genotype import Value
from nasbench_pose.graph import GraphBuilder
from nasbench_pose.graph.operations import BatchNorm
from nasbench_pose.spaces.cell_operations import OPERATIONS, none
from nasbench_pose.spaces.cell_wiring import EDGE_GENE, edge, slots
from nasbench_pose.spaces.decisions import Decision, Option
from nasbench_pose.spaces.kinds import Template, gene_by_gene

NONE = "none"


def choice(kind: str, node: int, state: int) -> str:
    """Return the name of the choice between the operations on an edge.

    >>> choice("n", 3, 1)
    'n3.1'
    """
    return f"{kind}{node}.{state}"


def options(space: Template) -> tuple[str, ...]:
    """Return the alternatives of an open edge: `none` and the operations of the space."""
    return (NONE, *dict.fromkeys(edge(value)[0] for value in space.genes["n2a"]))


def edges(
    net: GraphBuilder, space: Template, kind: str, node: int, name: str, states: list[str], reduction: bool
) -> list[str]:
    """Add all edges into an open node of a cell, each with a choice of operations; return their names."""
    if space.fixed["concat"] != "all":
        raise NasbenchPoseError(
            "This space of cells has no supernet: while edges are open, it is not known which nodes are loose; "
            "concat = 'all' would do."
        )
    first = (node - 2) * (node + 1) // 2
    return [
        _mixed(
            net,
            space,
            choice(kind, node, state),
            f"{name}._ops.{first + state}",
            x,
            2 if reduction and state < 2 else 1,
        )
        for state, x in enumerate(states)
    ]


def _mixed(net: GraphBuilder, space: Template, gene: str, name: str, x: str, stride: int) -> str:
    def option(value: Value) -> str:
        place = f"{name}._ops.{options(space).index(str(value))}"
        if value == NONE:
            return none(net, place, x, stride)
        if not str(value).endswith("pool_3x3"):
            return OPERATIONS[str(value)](net, place, x, stride)
        pooled = OPERATIONS[str(value)](net, f"{place}.0", x, stride)
        return net.add(f"{place}.1", BatchNorm(affine=False), pooled)

    return net.choose(gene, options(space), option, name=f"{name}.mixed")


def decisions(space: Template) -> tuple[Decision, ...]:
    """Return one decision for each node, and one for each gene that is not an edge."""
    others = tuple(made for made in gene_by_gene(space) if not EDGE_GENE.fullmatch(next(iter(made.choices))))
    nodes = dict.fromkeys((gene[0], int(gene[1])) for gene in space.genes if EDGE_GENE.fullmatch(gene))
    return *others, *(_decision(space, kind, node) for kind, node in nodes)


def _decision(space: Template, kind: str, node: int) -> Decision:
    choices = {choice(kind, node, state): options(space) for state in range(node)}
    return Decision(choices, tuple(_ways(options(space), kind, node)))


def _ways(listed: tuple[str, ...], kind: str, node: int) -> Iterator[Option]:
    """Yield every pair of states with every pair of operations on them."""
    numbers = range(1, len(listed))
    for states in combinations(range(node), 2):
        for chosen in product(numbers, numbers):
            taken = list(zip(states, chosen, strict=True))
            picks = tuple((choice(kind, node, state), number) for state, number in taken)
            values = (f"{listed[number]}.{state}" for state, number in taken)
            yield Option(picks, tuple(zip(slots(kind, node), values, strict=True)))
