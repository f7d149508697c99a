"""MPII Human Pose (Andriluka et al., CVPR 2014), read from the JSON files that HRNet and mmpose train on.

A folder with `images/` and `annot/train.json`, `annot/valid.json` (HRNet) or `annotations/mpii_train.json`,
`annotations/mpii_val.json` (mmpose). A part of the data may be one `annotations.json`, with the photographs beside it.
Each entry has `image`, `center`, `scale` (the person's height in units of 200 pixels), `joints` (16, 2), counted from
one, and `joints_vis`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nasbench_pose.errors import DataError
from nasbench_pose.pose.annotations import Annotations
from nasbench_pose.pose.crop import PADDING, Floats
from nasbench_pose.pose.json_archive import collect, entry_of, listed, numbers, read_json, usable
from nasbench_pose.pose.photograph import fingerprint as fingerprint_of
from nasbench_pose.pose.skeleton import MPII16

VERSION = 1
"""Raised whenever the same archive gives other arrays; part of every key that names this data."""

PLACES = {
    "train": ("annot/train.json", "annotations/mpii_train.json"),
    "valid": ("annot/valid.json", "annotations/mpii_val.json"),
    "": ("annotations.json",),
}
"""Split -> where its labels may be; "" is all there is."""

HEIGHT = 200
"""Pixels of a person of scale 1."""
LOWER = 15
"""A crop is this times the scale lower than the labelled centre, so that feet are seen."""
HEAD = 25
"""0.6 x the diagonal of the head box is this times the scale: that is how MPII's scale was made."""

_NEEDED = ("image", "center", "scale", "joints", "joints_vis")
_JOINTS = len(MPII16.joints)


class Person(NamedTuple):
    """One usable entry, counted from zero."""

    file: Path
    joints: Floats
    """(16, 2); NaN where not labelled."""
    centre: Floats
    scale: float


def read(folder: Path, skip_bad: bool = False) -> Annotations:
    """Return the people of `folder`: `train` is trained on, `valid` halved into val and test by the photographs.

    Of one file alone, 80, 10 and 10 of a hundred photographs. Raises DataError for a file that is missing, broken or
    without what it must say; with `skip_bad` an entry that says something wrong is left out instead.
    """
    found = _label_files(folder)
    if not found:
        known = ", ".join(place for places in PLACES.values() for place in places)
        raise DataError(f"{folder} has none of {known}; expected MPII's folder with the JSON files of HRNet or mmpose.")
    people, splits, skipped = collect(found, lambda path: _people(path, folder), skip_bad)
    return _gather(people, splits, skipped)


def label_files(folder: Path) -> list[Path]:
    """Return the files with labels that there are."""
    return list(_label_files(folder).values())


def _label_files(folder: Path) -> dict[str, Path]:
    """Return the file of each split that there is; `annotations.json` only if there is no other."""
    found = {
        split: folder / place for split, places in PLACES.items() for place in places if (folder / place).is_file()
    }
    return {split: path for split, path in found.items() if split} or found


def fingerprint(folder: Path) -> str:
    """Return a text that changes when a file of the archive does: names, sizes and times."""
    return fingerprint_of([*label_files(folder), *sorted(_place(folder).glob("*.jpg"))])


def _place(folder: Path) -> Path:
    """Return the folder of the photographs."""
    return folder / "images" if (folder / "images").is_dir() else folder


def _people(path: Path, folder: Path) -> tuple[list[Person], list[DataError]]:
    """Return the people whom the file `path` labels, and what is wrong with those who cannot be used."""
    place = _place(folder)
    return usable(
        listed(read_json(path), path), lambda number, entry: _person(entry, place, f"Entry {number} of {path}")
    )


def _person(given: Any, place: Path, what: str) -> Person | None:
    """Return what an entry says, None if no joint is labelled; raise DataError if it is wrong."""
    entry = entry_of(given, _NEEDED, what)
    joints, known = numbers(entry, "joints", (_JOINTS, 2), what), numbers(entry, "joints_vis", (_JOINTS,), what)
    centre, scale = numbers(entry, "center", (2,), what), float(numbers(entry, "scale", (), what))
    if not (known > 0).any():
        return None
    if scale <= 0 or centre[0] == -1:
        raise DataError(f"{what} does not say where the person is: center {entry['center']}, scale {scale:g}.")
    return Person(place / str(entry["image"]), np.where(known[:, None] > 0, joints - 1, np.nan), centre - 1, scale)


def _gather(people: list[Person], splits: list[str], skipped: Sequence[str]) -> Annotations:
    joints = np.array([person.joints for person in people]).reshape(-1, _JOINTS, 2)
    scales = np.array([person.scale for person in people])
    centres = np.array([person.centre for person in people]).reshape(-1, 2) + np.outer(scales, [0, LOWER])
    sides = np.outer(scales, [PADDING * HEIGHT] * 2)
    return Annotations(
        files=np.array([person.file for person in people], dtype=np.object_),
        splits=np.array(splits, dtype=np.str_),
        joints=joints,
        visible=np.isfinite(joints).all(axis=2),
        nowhere=np.zeros(joints.shape[:2], dtype=bool),
        boxes=np.concatenate([centres, sides], axis=1),
        head_sizes=HEAD * scales,
        skeleton=MPII16,
        skipped=tuple(skipped),
    )
