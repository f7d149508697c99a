"""The protocol that weights were trained by."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nasbench_pose.evaluators.protocol import PROTOCOLS, Protocol
from nasbench_pose.evaluators.recipe_settings import changed, named
from nasbench_pose.network.checkpoint import read


def recipe_of(
    weights: Path,
    protocol: str | None = None,
    size: tuple[int, int] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> tuple[Protocol, str]:
    """Return the protocol of that name, or else the one that a checkpoint names, or else the default; and a note.

    `size` (height, width) in pixels replaces its input, and `settings` other fields. The device is that of the
    settings, by default the CPU: where the weights were trained does not matter. The note says that the default is
    assumed; else it is empty. Raises UnknownNameError for an unknown protocol, and what `read` raises for a
    malformed file.
    """
    note = ""
    if protocol is not None:
        recipe = named(protocol)
    elif text := read(weights).about.get("protocol"):
        recipe = replace(Protocol.parse(text), digests=())
    else:
        recipe = PROTOCOLS["default"]
        note = "The weights do not say how they were trained; --protocol says it. The default is assumed."
    return changed(replace(recipe, device="cpu", input=size or recipe.input), settings or {}), note
