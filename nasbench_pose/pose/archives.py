"""The supported data sets of photographs, with their readers and file layouts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from nasbench_pose.pose import coco_archive, lspet, mpii_archive
from nasbench_pose.pose.annotations import Annotations
from nasbench_pose.pose.layout import Layout


@dataclass(frozen=True, slots=True)
class Archive:
    """A reader of one data set format. A new format is a new entry of `ARCHIVES`."""

    name: str
    """As its authors write it."""
    read: Callable[[Path, bool, Mapping[str, str]], Annotations]
    """(folder, skip bad annotations, text options) -> the annotations."""
    layout: Callable[[Path, Mapping[str, str]], Layout]
    """(folder, text options) -> the paths of the files."""
    version: int
    """Of what `read` makes of the same files."""
    shape: tuple[int, int]
    """Height and width with the usual aspect ratio of its crops."""


ARCHIVES: Mapping[str, Archive] = {
    "lspet": Archive("LSPET", lspet.read, lspet.layout, lspet.VERSION, (1, 1)),
    "coco": Archive("COCO", coco_archive.read, coco_archive.layout, coco_archive.VERSION, (4, 3)),
    "mpii": Archive("MPII", mpii_archive.read, mpii_archive.layout, mpii_archive.VERSION, (1, 1)),
}
"""Name in `--data` -> data set."""
