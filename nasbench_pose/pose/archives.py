"""The archives of photographs that can be read: whom they label, and in which files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from nasbench_pose.pose import coco_archive, lspet, mpii_archive
from nasbench_pose.pose.annotations import Annotations
from nasbench_pose.pose.layout import Layout


@dataclass(frozen=True, slots=True)
class Archive:
    """How one layout is read. Another one is another entry of `ARCHIVES`."""

    name: str
    """As its authors write it."""
    read: Callable[[Path, bool, Mapping[str, str]], Annotations]
    """(folder, skip bad annotations, options in words) -> everybody who is labelled."""
    layout: Callable[[Path, Mapping[str, str]], Layout]
    """(folder, options in words) -> where the files are."""
    version: int
    """Of what `read` makes of the same files."""
    shape: tuple[int, int]
    """Height and width, in the proportion that its people are customarily cut to."""


ARCHIVES: Mapping[str, Archive] = {
    "lspet": Archive("LSPET", lspet.read, lspet.layout, lspet.VERSION, (1, 1)),
    "coco": Archive("COCO", coco_archive.read, coco_archive.layout, coco_archive.VERSION, (4, 3)),
    "mpii": Archive("MPII", mpii_archive.read, mpii_archive.layout, mpii_archive.VERSION, (1, 1)),
}
"""Every archive by the word that names it in `--data`."""
