"""Names of layers in the official code of EfficientPose."""

import re
from collections.abc import Iterable

_LAYER = re.compile(r"^blocks\.stages\.x(\d+)_")


def renumbered(theirs: Iterable[str], ours: Iterable[str]) -> dict[str, str]:
    """Return new name -> old name of `theirs`, with EfficientPose's layers numbered as in `ours`.

    Both number the layers in order. In our graphs the skipped layers of a stage, which have no weights, come last.

    >>> renumbered(["blocks.stages.x4_ir.pw.weight"], ["blocks.stages.x3_ir.pw.weight"])
    {'blocks.stages.x3_ir.pw.weight': 'blocks.stages.x4_ir.pw.weight'}
    """
    names = list(theirs)
    numbers = dict(zip(_numbers(names), _numbers(ours), strict=False))

    def new(found: re.Match[str]) -> str:
        return f"blocks.stages.x{numbers.get(int(found[1]), found[1])}_"

    return {_LAYER.sub(new, name): name for name in names}


def _numbers(names: Iterable[str]) -> list[int]:
    """Return the numbers of the layers with weights, from small to large."""
    return sorted({int(found[1]) for name in names if (found := _LAYER.match(name))})
