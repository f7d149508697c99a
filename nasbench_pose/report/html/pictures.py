"""The drawn architectures of a report: one drawing for each distinct pattern, of which the page composes networks."""

import gzip
import json
from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from itertools import pairwise
from typing import Any

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.genotype import Value
from nasbench_pose.plots.architecture import Subject
from nasbench_pose.plots.architecture.cell import CellPicture
from nasbench_pose.plots.architecture.cell_stencil import cell_parts
from nasbench_pose.plots.architecture.chain_stencil import ChainPart
from nasbench_pose.plots.architecture.page import MARGIN, Picture
from nasbench_pose.plots.architecture.picture import network_picture
from nasbench_pose.plots.architecture.stencil import Genes, Options, Part, Slot
from nasbench_pose.plots.architecture.symbols import DOTS, Placed, Symbols
from nasbench_pose.report.html.networks import ABSENT, Networks
from nasbench_pose.spaces import find, load, space_of

MOST = 5_000
"""Stencils of cells, and networks without a stencil, that are drawn: those of the networks nearest to the front.

It takes a minute to draw so many, and some 400 kB of the page to store them.
"""


def pictures(networks: Networks, *, input: tuple[int, int], joints: int) -> dict[str, Any]:
    """Return the drawings of networks: those of the searched space by stencils if they fit, others one by one.

    `symbols`, `patterns`, and `parts` are what drawings consist of; `drawn` is row -> the drawing of a network that is
    drawn alone, `margin` the space between parts, and `count` the number of networks with a drawing. A genotype whose
    space is missing or has changed since has none.
    """
    symbols, drawn, composed = Symbols(), dict[int, list[Any]](), 0
    genes = list(_genes(networks))
    parts = _parts(networks, genes, input, joints)
    for row, text in enumerate(networks.rows["genotype"]):
        if len(drawn) + sum(len(part.stencils) for part in parts) >= MOST:
            break
        if parts and genes[row] and all([part.add(genes[row], symbols) for part in parts]):
            composed += 1
            continue
        with suppress(NasbenchPoseError, KeyError):
            drawn[row] = _steps(symbols.place(_pictures(text, input, joints)))
    menus: dict[tuple[int | None, ...], int] = {}
    return {
        "symbols": list(symbols.elements), "patterns": list(symbols.patterns), "drawn": drawn,
        "parts": [_part(part, networks.options, menus) for part in parts], "menus": list(menus),
        "inks": {number: [ink.colour, ink.dashed] for part in parts for number, ink in part.inks.items()},
        "margin": round(MARGIN * DOTS), "count": composed + len(drawn),
    }  # fmt: skip


def packed(drawings: dict[str, Any]) -> str:
    """Return drawings as text that the page unpacks: JSON, compressed to a fifth, in base 64."""
    text = json.dumps(drawings, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def _genes(networks: Networks) -> Iterator[dict[str, Value]]:
    """Yield the genes of each network of the searched space; none for others."""
    for codes in networks.codes.tolist():
        chosen = zip(networks.options.items(), codes, strict=True)
        yield {gene: options[code] for (gene, options), code in chosen if code != ABSENT}


def _parts(networks: Networks, genes: Iterable[Genes], input: tuple[int, int], joints: int) -> list[Part]:
    """Return what a drawing of a network of the searched space consists of; nothing if no stencils fit."""
    options = networks.options
    try:
        space = load(networks.space)
        if space.kind.name == "cell":
            return cell_parts(space, options)
        first = next(chosen for chosen in genes if chosen)
        return [ChainPart(space, options, first, input=input, joints=joints)]
    except (NasbenchPoseError, KeyError, StopIteration):
        return []


def _steps(placed: Placed) -> list[Any]:
    """Return width, height, and of each pattern its number and the step from the one before: many steps are equal."""
    patterns = [placed.places[start : start + 3] for start in range(0, len(placed.places), 3)]
    steps = [(number, x - x0, y - y0) for (_, x0, y0), (number, x, y) in pairwise([(0, 0, 0), *patterns])]
    return [placed.width, placed.height, [value for step in steps for value in step]]


def _part(part: Part, options: Options, menus: dict[tuple[int | None, ...], int]) -> dict[str, Any]:
    """Return a part for the page, which knows genes and options by their numbers, and equal menus only once."""
    number = {gene: place for place, gene in enumerate(options)}

    def slot(gene: str, one: Slot) -> list[int]:
        menu = tuple([one.patterns.get(value) for value in options[gene]])
        return [number[gene], one.x, one.y, menus.setdefault(menu, len(menus)), *one.edges]

    return {
        "marks": [[number[gene], [known.get(value) for value in options[gene]]] for gene, known in part.marks.items()],
        "stencils": {
            ",".join(map(str, key)): [one.width, one.height, one.frame, [slot(*each) for each in one.slots.items()]]
            for key, one in part.stencils.items()
        },
    }


@lru_cache(maxsize=1000)
def _pictures(text: str, input: tuple[int, int], joints: int) -> list[Picture]:
    genotype = find(text)
    subject = Subject(genotype.key, space_of(genotype), genotype, input, joints)
    if subject.cells is not None:
        return [CellPicture(cell) for cell in subject.cells]
    return [network_picture(subject.graph)]
