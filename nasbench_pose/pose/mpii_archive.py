"""MPII Human Pose (Andriluka et al., CVPR 2014), read from the JSON files of HRNet and mmpose.

The folder contains `images/` and `annot/train.json`, `annot/valid.json` (HRNet) or `annotations/mpii_train.json`,
`annotations/mpii_val.json` (mmpose). A subset may have one `annotations.json` beside its photographs. Each entry has
`image`, `center`, `scale` (the person's height in units of 200 pixels), `joints` (16, 2), whose first pixel is 1, and
`joints_vis`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nasbench_pose.errors import DataError
from nasbench_pose.pose.annotations import Annotations
from nasbench_pose.pose.crop import PADDING, Floats
from nasbench_pose.pose.json_archive import collect, entry_of, listed, numbers, photograph_of, read_json, usable
from nasbench_pose.pose.layout import NOTHING, Layout, chosen, photographs
from nasbench_pose.pose.skeleton import MPII16

VERSION = 1
"""To be raised when the same archive gives different arrays; part of the key of this data."""

PLACES = {
    "train": ("annot/train.json", "annotations/mpii_train.json", "train.json"),
    "valid": ("annot/valid.json", "annotations/mpii_val.json", "valid.json"),
    "": ("annot/trainval.json", "annotations/mpii_trainval.json", "trainval.json", "annotations.json"),
}
"""Split -> paths of its label file, of which the first that exists is read; "" is the whole data set."""

HEIGHT = 200
"""Pixels of a person of scale 1."""
LOWER = 15
"""Pixels per unit of scale by which a crop is moved down from the labelled centre, so that it contains the feet."""
HEAD = 25
"""Pixels of 0.6 × the diagonal of the head box per unit of scale: the definition of MPII's scale."""

_NEEDED = ("image", "center", "scale", "joints", "joints_vis")
_JOINTS = len(MPII16.joints)


class Person(NamedTuple):
    """One usable entry, counted from zero."""

    file: Path
    joints: Floats
    """(16, 2); NaN where not labelled."""
    centre: Floats
    scale: float


def read(folder: Path, skip_bad: bool = False, options: Mapping[str, str] = NOTHING) -> Annotations:
    """Return the annotations of `folder`: `train` is the split train; the photographs of `valid` are val and test.

    If there is only one file, 80, 10 and 10 percent of its photographs are train, val and test. `options` may name
    other label files (`train`, `val`, `test`) and the folder `images`. Raises DataError for a missing, damaged or
    incomplete file. With `skip_bad`, invalid entries are left out instead.
    """
    found = layout(folder, options)
    people, splits, skipped = collect(found, _people, skip_bad)
    return _gather(people, splits, skipped)


def layout(folder: Path, options: Mapping[str, str] = NOTHING) -> Layout:
    """Return the label files of `folder`: those of its splits, or else the one of the whole data set.

    Raises DataError if there are none.
    """
    if spelt_out := chosen(folder, options, {"train": "train", "val": "valid", "test": "test"}):
        return spelt_out
    found = {
        split: next(path for path in paths if path.is_file())
        for split, paths in ((split, [folder / place for place in places]) for split, places in PLACES.items())
        if any(path.is_file() for path in paths)
    }
    labels = {split: path for split, path in found.items() if split} if {"train", "valid"} <= set(found) else found
    labels = {"": labels[""]} if "" in labels else labels
    if not labels:
        known = ", ".join(place for places in PLACES.values() for place in places)
        raise DataError(
            f"{folder} has none of {known}; expected MPII's folder with the JSON files of HRNet or mmpose, or the name "
            f"of the file, as in 'mpii:{folder},train=FILE,images=FOLDER'."
        )
    return Layout(labels, {split: photographs(path, folder, "", options) for split, path in labels.items()})


def _people(path: Path, place: Path) -> tuple[list[Person], list[DataError]]:
    """Return the usable persons of a label file, and the errors of the others.

    `place` is the folder of the photographs.
    """
    return usable(
        listed(read_json(path), path), lambda number, entry: _person(entry, place, f"Entry {number} of {path}")
    )


def _person(given: Any, place: Path, what: str) -> Person | None:
    """Return the person of an entry, None if no joint is labelled; raise DataError if it is invalid."""
    entry = entry_of(given, _NEEDED, what)
    joints, known = numbers(entry, "joints", (_JOINTS, 2), what), numbers(entry, "joints_vis", (_JOINTS,), what)
    centre, scale = numbers(entry, "center", (2,), what), float(numbers(entry, "scale", (), what))
    if not (known > 0).any():
        return None
    if scale <= 0 or centre[0] == -1:
        raise DataError(f"{what} has no position of the person: center {entry['center']}, scale {scale:g}.")
    return Person(
        photograph_of(entry, "image", place, what), np.where(known[:, None] > 0, joints - 1, np.nan), centre - 1, scale
    )


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
        sizes=np.zeros((len(people), 2), np.int64),
        skeleton=MPII16,
        skipped=tuple(skipped),
    )
