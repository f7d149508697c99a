"""The differences between two networks: blocks, genes and edges."""

from collections import Counter
from dataclasses import dataclass

from nasbench_pose.genotype import Genotype, Value
from nasbench_pose.graph import Graph, Shape
from nasbench_pose.plots.architecture.subject import Subject
from nasbench_pose.spaces.cell_wiring import Cell


def differing_blocks(graph: Graph, other: Graph) -> frozenset[str]:
    """Return the names of the blocks of `graph` that `other` lacks, or has with another label, size or output shape.

    >>> from nasbench_pose.spaces import find, load
    >>> r50, r101 = (load("simplebaseline").graph(find(f"simplebaseline-r{depth}")) for depth in (50, 101))
    >>> len(differing_blocks(r50, r101)), len(differing_blocks(r101, r50))
    (0, 17)
    """
    mine, its = _blocks(graph), _blocks(other)
    return frozenset(name for name, what in mine.items() if its.get(name) != what)


def _blocks(graph: Graph) -> dict[str, tuple[str, int, Shape]]:
    """Return block -> label, number of layers (fewer if fewer branches are fused), shape of the last layer."""
    size = Counter(layer.block.name for layer in graph)
    return {layer.block.name: (layer.block.label, size[layer.block.name], layer.shape) for layer in graph}


def differing_genes(a: Genotype, b: Genotype) -> dict[str, tuple[Value | None, Value | None]]:
    """Return gene -> its two values, for genes that differ; None for a gene without effect in one of the networks.

    >>> differing_genes(Genotype("x", [("w", 1), ("v", 2)]), Genotype("x", [("w", 3), ("v", 2)]))
    {'w': (1, 3)}
    """
    mine, its = dict(a.genes), dict(b.genes)
    return {gene: (mine.get(gene), its.get(gene)) for gene in {**mine, **its} if mine.get(gene) != its.get(gene)}


def differing_edges(cell: Cell, other: Cell) -> frozenset[tuple[int, int]]:
    """Return (node, place) of the edges of `cell` that are not among those into the same node of `other`.

    >>> mine, its = Cell(((("a", 0), ("b", 1)),), (2,)), Cell(((("b", 1), ("c", 0)),), (2,))
    >>> sorted(differing_edges(mine, its)), sorted(differing_edges(its, mine))
    ([(2, 0)], [(2, 1)])
    """
    found = set()
    for node, edges in enumerate(cell.nodes, start=2):
        left = list(other.nodes[node - 2]) if node - 2 < len(other.nodes) else []
        for place, edge in enumerate(edges):
            if edge in left:
                left.remove(edge)
            else:
                found.add((node, place))
    return frozenset(found)


@dataclass(frozen=True)
class Difference:
    """The differences between two networks, as text."""

    same: bool
    """Whether both are one network."""
    genes: dict[str, tuple[Value | None, Value | None]] | None
    """Genes that differ, with both values; None for networks of two search spaces."""
    of_genes: int
    """Number of genes of the space."""
    marked: tuple[int, int] | None
    """Number of differing parts of each network; None for kinds that cannot be compared part by part."""
    parts: str
    """`blocks` or `edges`."""
    macs: tuple[int, int]
    params: tuple[int, int]

    @property
    def lines(self) -> list[str]:
        """Two lines: the genes and parts that differ, and the difference in cost."""
        return [self._what, f"The second has {_more(*self.macs, 'MACs')} and {_more(*self.params, 'parameters')}."]

    @property
    def _what(self) -> str:
        if self.same:
            return "The same network."
        if self.marked is None:
            return "Networks of two families, side by side: part by part they cannot be compared."
        marked = f"{self.marked[0]} and {self.marked[1]} {self.parts} are marked"
        if self.genes is None:
            return f"Two search spaces of one kind: {marked}."
        changes = [f"{gene} {_shown(a)} → {_shown(b)}" for gene, (a, b) in self.genes.items()]
        some = ", ".join(changes if len(changes) <= 6 else [*changes[:4], f"and {len(changes) - 4} more"])
        verb = "differs" if len(changes) == 1 else "differ"
        return f"{len(changes)} of {self.of_genes} genes {verb} ({some}): {marked}."


def difference(first: Subject, second: Subject, *, cells: bool) -> Difference:
    """Return the differences between two networks; with `cells`, those of their cells, if both have some."""
    comparable = first.space.kind.name == second.space.kind.name
    edges = cells and first.cells is not None and second.cells is not None
    count = _edges if edges else _parts
    return Difference(
        same=first.genotype == second.genotype,
        genes=differing_genes(first.genotype, second.genotype) if first.space.name == second.space.name else None,
        of_genes=len(first.space.genes),
        marked=(count(first, second), count(second, first)) if comparable else None,
        parts="edges" if edges else "blocks",
        macs=(first.cost.macs, second.cost.macs),
        params=(first.cost.params, second.cost.params),
    )


def _parts(subject: Subject, other: Subject) -> int:
    return len(differing_blocks(subject.graph, other.graph))


def _edges(subject: Subject, other: Subject) -> int:
    pairs = zip(subject.cells or (), other.cells or (), strict=True)
    return sum(len(differing_edges(mine, its)) for mine, its in pairs)


def _shown(value: Value | None) -> str:
    return "–" if value is None else str(value)


def _more(before: int, after: int, what: str) -> str:
    """Return the change in words.

    >>> _more(2_000_000, 2_500_000, "MACs"), _more(4000, 4000, "parameters")
    ('500 k (25 %) more MACs', 'as many parameters')
    """
    if before == after:
        return f"as many {what}"
    change, word = abs(after - before), "more" if after > before else "fewer"
    unit, name = next(pair for pair in ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1, "")) if change >= pair[0])
    share = 100 * change / before
    return f"{change / unit:.3g} {name} ({share:.3g} %) {word} {what}"
