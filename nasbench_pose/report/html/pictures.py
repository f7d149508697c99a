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
from nasbench_pose.plots.architecture.symbols import DIGITS, Symbols
from nasbench_pose.spaces import find, space_of

MOST = 400_000
"""Characters that the drawings of a page may have: those of the networks nearest to the front.

They are enough for every network of `efficientpose_micro`, or for some 400 of `efficientpose_small`, and take seconds.
"""


def pictures(genotypes: Sequence[str], *, input: tuple[int, int], joints: int) -> dict[str, Any]:
    """Return the drawings of the first genotypes (texts): `symbols`, `rows`, and row -> [width, height, places].

    A genotype whose space is missing or has changed since has no drawing.
    """
    symbols, drawn, size = Symbols(), dict[int, list[Any]](), 0
    for row, text in enumerate(genotypes):
        if size + symbols.size >= MOST:
            break
        with suppress(NasbenchPoseError, KeyError):
            placed = symbols.place(_pictures(text, input, joints))
            drawn[row] = [placed.width, placed.height, placed.places]
            size += DIGITS * (2 + len(placed.places))
    return {"symbols": list(symbols.elements), "rows": list(symbols.rows), "drawn": drawn}


@lru_cache(maxsize=1000)
def _pictures(text: str, input: tuple[int, int], joints: int) -> list[Picture]:
    genotype = find(text)
    subject = Subject(genotype.key, space_of(genotype), genotype, input, joints)
    if subject.cells is not None:
        return [CellPicture(cell) for cell in subject.cells]
    return [network_picture(subject.graph)]
