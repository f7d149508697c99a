"""The archives of photographs that can be read: whom they label, and in which files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from nasbench_pose.pose import coco_archive, lspet, mpii_archive
from nasbench_pose.pose.annotations import Annotations


@dataclass(frozen=True, slots=True)
class Archive:
    """How one layout is read. Another one is another entry of `ARCHIVES`."""

    name: str
    """As its authors write it."""
    read: Callable[[Path, bool], Annotations]
    """(folder, skip bad annotations) -> everybody who is labelled."""
    label_files: Callable[[Path], list[Path]]
    """The files with labels that a folder has."""
    fingerprint: Callable[[Path], str]
    """A text that changes when the same folder would load other arrays."""
    shape: tuple[int, int]
    """Height and width, in the proportion that its people are customarily cut to."""


ARCHIVES: Mapping[str, Archive] = {
    "lspet": Archive(
        "LSPET",
        lspet.read,
        lspet.label_files,
        lambda folder: f"{lspet.VERSION} {lspet.fingerprint(folder)}",
        (1, 1),
    ),
    "coco": Archive(
        "COCO",
        coco_archive.read,
        coco_archive.label_files,
        lambda folder: f"{coco_archive.VERSION} {coco_archive.fingerprint(folder)}",
        (4, 3),
    ),
    "mpii": Archive(
        "MPII",
        mpii_archive.read,
        mpii_archive.label_files,
        lambda folder: f"{mpii_archive.VERSION} {mpii_archive.fingerprint(folder)}",
        (1, 1),
    ),
}
"""Every archive by the word that names it in `--data`."""
