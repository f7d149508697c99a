"""Stencils of chains: a gene that decides one box has a slot; everything else is the frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from nasbench_pose.genotype import Value
from nasbench_pose.plots.architecture.blocks import LONGEST_ROW, Box, box_graph
from nasbench_pose.plots.architecture.boxes import Rectangle, draw_box, width
from nasbench_pose.plots.architecture.chain import ChainPicture, is_chain
from nasbench_pose.plots.architecture.stencil import Genes, Options, Part, Slot, Stencil
from nasbench_pose.plots.architecture.symbols import DOTS, Symbols
from nasbench_pose.spaces import SearchSpace

if TYPE_CHECKING:
    import networkx as nx

Choices = Mapping[str, Mapping[Value, Box]]
"""Gene -> value -> the box of this choice."""


class ChainPart(Part):
    """The picture of a chain. It relies on what kinds with `coupled` genes promise: see `Kind.coupled`.

    >>> from nasbench_pose.spaces import load
    >>> micro, symbols = load("efficientpose_micro"), Symbols()
    >>> members = [dict(genotype.genes) for genotype in micro.enumerate()]
    >>> chain = ChainPart(micro, micro.genes, members[0], input=micro.input, joints=micro.joints)
    >>> all(chain.add(genes, symbols) for genes in members), len(members), len(chain.stencils)
    (True, 648, 27)
    """

    def __init__(
        self, space: SearchSpace, options: Options, genes: Genes, *, input: tuple[int, int], joints: int
    ) -> None:
        """`genes` are those of any of the networks."""
        super().__init__()
        self._space, self._options, self._input, self._joints = space, options, input, joints
        coupled = options if space.coupled is None else space.coupled
        self._coupled = [gene for gene in options if gene in coupled]
        self._slots: list[str] = [gene for gene in options if gene not in coupled]
        self._choices: dict[tuple[Value, ...], Choices] = {}
        self._slots = [gene for gene, boxes in self._choices_beside(genes).items() if _is_slot(boxes, options[gene])]
        self._choices.clear()
        self.marks = {
            gene: {value: mark for mark, value in enumerate(values)}
            for gene, values in options.items()
            if len(values) > 1 and gene not in self._slots
        }
        self._patterns: dict[tuple[object, ...], int] = {}

    def add(self, genes: Genes, symbols: Symbols) -> bool:
        """Draw the stencil of a network, with every option in every slot, if it is the first of its marks."""
        key = self.key(genes)
        if key not in self.stencils and self._slots:
            boxes, choices = self._boxes(genes), self._choices_beside(genes)
            if self._fit(boxes, choices, genes):
                self.stencils[key] = self._stencil(boxes, choices, symbols)
        return key in self.stencils

    def _boxes(self, genes: Genes) -> nx.DiGraph[Box]:
        return box_graph(self._space.build(genes, input=self._input, joints=self._joints))

    def _choices_beside(self, genes: Genes) -> Choices:
        """Return the boxes of all choices beside these coupled genes.

        They are those of as many networks as a gene has options: together these have every option of every gene.
        """
        key = tuple(genes[gene] for gene in self._coupled)
        if key not in self._choices:
            self._choices[key] = found = {gene: dict[Value, Box]() for gene in self._slots}
            for turn in range(max((len(self._options[gene]) for gene in self._slots), default=0)):
                values = {gene: self._option(gene, turn) for gene in self._slots}
                boxes = list(self._boxes({**genes, **values}))
                names = [box.name for box in boxes]
                for box in boxes:
                    if box.name in found and names.count(box.name) == 1 and box.times == 1:
                        found[box.name][values[box.name]] = box
        return self._choices[key]

    def _option(self, gene: str, turn: int) -> Value:
        return self._options[gene][turn % len(self._options[gene])]

    def _fit(self, boxes: nx.DiGraph[Box], choices: Choices, genes: Genes) -> bool:
        """Return whether a network is its frame and the boxes of its choices, as promised."""
        stages = [box.stage for box in boxes]
        joined = any(stages.count(stage) > LONGEST_ROW for stage in stages)  # equal boxes may be one box with ×n
        own = {box.name: box for box in boxes}
        return is_chain(boxes) and not joined and all(own.get(g) == choices[g].get(genes[g]) for g in self._slots)

    def _stencil(self, boxes: Iterable[Box], choices: Choices, symbols: Symbols) -> Stencil:
        least: dict[str, float] = {}
        for box in (box for several in choices.values() for box in several.values()):
            least[box.stage] = max(least.get(box.stage, 0.0), width(box))
        picture = ChainPicture(list(boxes), least=least)
        slots = dict[str, Slot]()
        for box in (box for box in picture.boxes if box.name in choices):
            _, x, y = symbols.pattern(partial(picture.draw_boxes, boxes=[box]))
            wide = picture.place[box].width
            drawn = {value: self._pattern(one, wide, symbols) for value, one in choices[box.name].items()}
            slots[box.name] = Slot(x, y, drawn)
        wide, high = picture.size
        return Stencil(
            round(wide * DOTS), round(high * DOTS), symbols.places(partial(self._draw_frame, picture)), slots
        )

    def _pattern(self, box: Box, wide: float, symbols: Symbols) -> int:
        key = (box.label, box.macs, wide)
        if key not in self._patterns:
            self._patterns[key], *_ = symbols.pattern(partial(draw_box, box=box, place=Rectangle(0.0, 0.0, wide)))
        return self._patterns[key]

    def _draw_frame(self, picture: ChainPicture, ax: Axes) -> None:
        picture.draw_frame(ax)
        picture.draw_boxes(ax, [box for box in picture.boxes if box.name not in self._slots])


def _is_slot(boxes: Mapping[Value, Box], options: Sequence[Value]) -> bool:
    """Return whether each option is one box, and all of them have maps of the same shape: it may be a stage's."""
    return len(boxes) == len(options) and len({box.shape for box in boxes.values()}) == 1
