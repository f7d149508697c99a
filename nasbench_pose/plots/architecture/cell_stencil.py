"""Stencils of cells: an operation has a slot; the nodes, the edges between them and the output are the frame."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from nasbench_pose.plots.architecture.cell import CellPicture, colour_of_edge
from nasbench_pose.plots.architecture.cell_layout import Link, width
from nasbench_pose.plots.architecture.operations import DASHED
from nasbench_pose.plots.architecture.stencil import Genes, Ink, Options, Part, Slot, Stencil
from nasbench_pose.plots.architecture.symbols import DOTS, OPEN, Symbols
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.spaces.cell_wiring import EDGE_GENE, TYPES, Cell, cells_of, edge, slots


def cell_parts(space: SearchSpace, options: Options) -> list[Part]:
    """Return the pictures of the normal and of the reduction cell, which draw each wiring once for both.

    >>> from nasbench_pose.spaces import load
    >>> micro, symbols = load("darts_micro"), Symbols()
    >>> normal, reduction = cell_parts(micro, micro.genes)
    >>> all(normal.add(dict(micro.sample(seed).genes), symbols) for seed in range(100)), len(normal.stencils) < 100
    (True, True)
    """
    edges = [values for gene, values in options.items() if EDGE_GENE.fullmatch(gene)]
    wirings = _Wirings({edge(value)[0] for values in edges for value in values})
    return [CellPart(space, options, kind, wirings) for kind in TYPES]


class CellPart(Part):
    """The picture of a normal or a reduction cell; the mark of an edge is the state that it reads."""

    def __init__(self, space: SearchSpace, options: Options, kind: str, wirings: "_Wirings") -> None:
        """`kind` is the first letter of the cell's genes."""
        super().__init__()
        self._space, self._kind, self._wirings = space, kind, wirings
        self._own = {gene: options[gene] for gene in options if EDGE_GENE.fullmatch(gene) and gene[0] == kind}
        shared = [gene for gene in options if not EDGE_GENE.fullmatch(gene)]
        self.marks = {
            **{gene: {value: mark for mark, value in enumerate(options[gene])} for gene in shared},
            **{gene: {value: edge(value)[1] for value in values} for gene, values in self._own.items()},
        }
        self.inks = wirings.inks

    def add(self, genes: Genes, symbols: Symbols) -> bool:
        """Draw the stencil of a network if it is the first of its wiring."""
        key = self.key(genes)
        if key not in self.stencils:
            drawn = self._wirings.drawn(cells_of(self._space, genes)[TYPES.index(self._kind)], symbols)
            filled = {slots(self._kind, link.node)[link.place]: slot for link, slot in drawn.slots.items()}
            self.stencils[key] = Stencil(
                drawn.width, drawn.height, drawn.frame, {gene: self._slot(gene, *slot) for gene, slot in filled.items()}
            )
        return True

    def _slot(self, gene: str, x: int, y: int, edges: Sequence[int]) -> Slot:
        patterns = {value: self._wirings.patterns[edge(value)[0]] for value in self._own[gene]}
        return Slot(x, y, patterns, edges)


@dataclass(frozen=True)
class _Wiring:
    """A drawn wiring: its size, its frame, and for each link the places of the operation and of the edge's halves."""

    width: int
    height: int
    frame: Sequence[int]
    slots: Mapping[Link, tuple[int, int, Sequence[int]]]


class _Wirings:
    """The wirings drawn so far, with room for the widest operation on each edge."""

    def __init__(self, operations: set[str]) -> None:
        self._operations, self._least = operations, max(map(width, operations))
        self._known: dict[object, _Wiring] = {}
        self.patterns: dict[str, int] = {}
        self.inks: dict[int, Ink] = {}

    def drawn(self, cell: Cell, symbols: Symbols) -> _Wiring:
        key = tuple(tuple(state for _, state in node) for node in cell.nodes), cell.concat
        if key not in self._known:
            self._known[key] = self._draw(CellPicture(cell, least=self._least), symbols)
        return self._known[key]

    def _draw(self, picture: CellPicture, symbols: Symbols) -> _Wiring:
        for word in sorted(self._operations - set(self.patterns)):
            number, *_ = symbols.pattern(partial(picture.draw_operation, link=picture.links[0], word=word))
            self.patterns[word], self.inks[number] = number, Ink(colour_of_edge(word), word in DASHED)
        wide, high = picture.size
        places = {link: self._places(picture, link, symbols) for link in picture.links}
        return _Wiring(round(wide * DOTS), round(high * DOTS), symbols.places(picture.draw_frame), places)

    def _places(self, picture: CellPicture, link: Link, symbols: Symbols) -> tuple[int, int, Sequence[int]]:
        _, x, y = symbols.pattern(partial(picture.draw_operation, link=link))
        halves = picture.draw_to_operation, picture.draw_from_operation
        return x, y, [value for half in halves for value in symbols.pattern(partial(half, link=link, colour=OPEN))]
