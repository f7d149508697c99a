"""The drawn architectures of a report, as shared symbols."""

from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.plots.architecture import Subject
from nasbench_pose.plots.architecture.cell import CellPicture
from nasbench_pose.plots.architecture.page import Picture
from nasbench_pose.plots.architecture.picture import network_picture
from nasbench_pose.plots.architecture.symbols import Symbols
from nasbench_pose.spaces import find, space_of

MOST_PICTURES = 200
"""Networks that are drawn in a page: those nearest to the front. Drawing one takes some 10 milliseconds."""


def pictures(genotypes: Sequence[str], *, input: tuple[int, int], joints: int) -> dict[str, Any]:
    """Return the drawings of the first genotypes (texts): `symbols`, and row -> [width, height, places].

    A genotype whose space is missing or has changed since has no drawing.
    """
    symbols, drawn = Symbols(), dict[int, list[Any]]()
    for row, text in enumerate(genotypes[:MOST_PICTURES]):
        with suppress(NasbenchPoseError, KeyError):
            placed = symbols.place(_pictures(text, input, joints))
            drawn[row] = [placed.width, placed.height, placed.places]
    return {"symbols": list(symbols.elements), "drawn": drawn}


@lru_cache(maxsize=2 * MOST_PICTURES)
def _pictures(text: str, input: tuple[int, int], joints: int) -> list[Picture]:
    genotype = find(text)
    subject = Subject(genotype.key, space_of(genotype), genotype, input, joints)
    if subject.cells is not None:
        return [CellPicture(cell) for cell in subject.cells]
    return [network_picture(subject.graph)]
