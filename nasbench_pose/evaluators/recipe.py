"""The protocol that weights were trained by."""

from dataclasses import replace
from pathlib import Path

from nasbench_pose.errors import pick
from nasbench_pose.evaluators.protocol import PROTOCOLS, Protocol
from nasbench_pose.network.checkpoint import read


def recipe_of(weights: Path, protocol: str | None = None, size: tuple[int, int] | None = None) -> tuple[Protocol, str]:
    """Return the protocol of that name, or else the one that a checkpoint names, or else the default; and a note.

    `size` (height, width) in pixels replaces its input. The note says that the default is assumed; else it is empty.
    Raises UnknownNameError for another name than those of PROTOCOLS, and what `read` raises for a malformed file.
    """
    note = ""
    if protocol is not None:
        recipe = pick("protocol", protocol, PROTOCOLS)
    elif text := read(weights).about.get("protocol"):
        recipe = replace(Protocol.parse(text), digests=())
    else:
        recipe = PROTOCOLS["default"]
        note = "The weights do not say how they were trained; --protocol says it. The default is assumed."
    return replace(recipe, input=size or recipe.input), note
