"""COCO keypoints (Lin et al., ECCV 2014), read from the official layout.

A folder with `train2017/`, `val2017/` (or both in `images/`) and `annotations/person_keypoints_train2017.json`,
`person_keypoints_val2017.json`. What HRNet trains on is what is read here: every person with a labelled joint who is
no crowd; the box is clipped to the photograph and given 1.25 times the room. A person whose box or area is empty cannot
be used: HRNet passes over most of them in silence.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nasbench_pose.errors import DataError
from nasbench_pose.pose.annotations import Annotations
from nasbench_pose.pose.crop import PADDING, Floats
from nasbench_pose.pose.json_archive import collect, entry_of, listed, numbers, read_json, usable
from nasbench_pose.pose.photograph import fingerprint as fingerprint_of
from nasbench_pose.pose.skeleton import COCO17

VERSION = 2
"""Raised whenever the same archive gives other arrays; part of every key that names this data."""

HEAD = 0.29
"""A head size is this times the square root of a person's area, for COCO labels no heads.

The median of MPII's validation heads over the square root of the box of the twelve limb joints, 0.26, times the median
of the latter over the square root of the area of persons in COCO with all twelve, 1.12.
"""

_NEEDED = ("image_id", "keypoints", "bbox", "area")
_JOINTS = len(COCO17.joints)


class Person(NamedTuple):
    """One usable annotation."""

    file: Path
    keypoints: Floats
    """(17, 3): x, y, and 0 for not labelled, 1 for hidden, 2 for visible."""
    box: Floats
    """Centre x, centre y, width, height; room included."""
    area: float


def read(folder: Path, skip_bad: bool = False) -> Annotations:
    """Return the people of `folder`: train2017 is trained on, val2017 halved into val and test by the photographs.

    Of one of the two alone, 80, 10 and 10 of a hundred photographs. Raises DataError for a file that is missing,
    broken or without what it must say; with `skip_bad` an annotation that says something wrong is left out instead.
    """
    found = _label_files(folder)
    if not found:
        raise DataError(
            f"{folder} has no annotations/person_keypoints_train2017.json or …_val2017.json; expected COCO's folder."
        )
    people, splits, skipped = collect(found, lambda path: _people(path, folder), skip_bad)
    return _gather(people, splits, skipped)


def label_files(folder: Path) -> list[Path]:
    """Return the files with labels that there are."""
    return list(_label_files(folder).values())


def _label_files(folder: Path) -> dict[str, Path]:
    """Return the file of each split that there is."""
    paths = {split: folder / "annotations" / f"person_keypoints_{split}2017.json" for split in ("train", "val")}
    return {split: path for split, path in paths.items() if path.is_file()}


def fingerprint(folder: Path) -> str:
    """Return a text that changes when a file of the archive does: names, sizes and times."""
    photographs = [file for split in ("train2017", "val2017") for file in _place(folder, split).glob("*.jpg")]
    return fingerprint_of([*label_files(folder), *sorted(photographs)])


def _place(folder: Path, split: str) -> Path:
    """Return the folder of a split's photographs: HRNet keeps it in `images/`."""
    return folder / "images" / split if (folder / "images" / split).is_dir() else folder / split


def _people(path: Path, folder: Path) -> tuple[list[Person], list[DataError]]:
    """Return the people whom the file `path` labels, and what is wrong with those who cannot be used."""
    held = read_json(path)
    images = [
        entry_of(image, ("id", "file_name", "width", "height"), f"Image {number} of {path}")
        for number, image in enumerate(listed(held, path, "images"))
    ]
    by_id = {str(image["id"]): image for image in images}
    place = _place(folder, path.stem.rpartition("_")[2])
    return usable(
        listed(held, path, "annotations"),
        lambda number, annotation: _person(annotation, by_id, place, f"Annotation {number} of {path}"),
    )


def _person(annotation: Any, images: Mapping[str, Mapping[str, Any]], place: Path, what: str) -> Person | None:
    """Return what an annotation says, None if it is of no person to train on; raise DataError if it is wrong."""
    entry = entry_of(annotation, _NEEDED, what)
    what = f"{what} (id {entry.get('id', 'unknown')})"
    if entry.get("iscrowd") or entry.get("category_id", 1) != 1:
        return None
    keypoints = numbers(entry, "keypoints", (3 * _JOINTS,), what).reshape(_JOINTS, 3)
    if not (keypoints[:, 2] > 0).any():
        return None
    image = images.get(str(entry["image_id"]))
    if image is None:
        raise DataError(f"{what} is of the image {entry['image_id']!r}, which the file does not list.")
    box, area = numbers(entry, "bbox", (4,), what), float(numbers(entry, "area", (), what))
    if area <= 0:
        raise DataError(f"{what}: 'area' is {area:g}; expected a positive number.")
    low, high = _clipped(box, image, what)
    if (box[2:] <= 0).any() or (high < low).any():
        raise DataError(f"{what}: 'bbox' {entry['bbox']} has no width or no height inside the photograph.")
    box = np.concatenate([(low + high) / 2, PADDING * (high - low)])
    return Person(place / str(image["file_name"]), keypoints, box, area)


def _clipped(box: Floats, image: Mapping[str, Any], what: str) -> tuple[Floats, Floats]:
    """Return the first and the last pixel of `box` (left, top, width, height) in the image, as HRNet clips it."""
    size = [
        float(numbers(image, side, (), f"The image of {what[0].lower()}{what[1:]}")) for side in ("width", "height")
    ]
    low = np.maximum(box[:2], 0)
    return low, np.minimum(np.array(size) - 1, low + np.maximum(box[2:] - 1, 0))


def _gather(people: list[Person], splits: list[str], skipped: Sequence[str]) -> Annotations:
    keypoints = np.array([person.keypoints for person in people]).reshape(-1, _JOINTS, 3)
    return Annotations(
        files=np.array([person.file for person in people], dtype=np.object_),
        splits=np.array(splits, dtype=np.str_),
        joints=np.where(keypoints[..., 2:] > 0, keypoints[..., :2], np.nan),
        visible=keypoints[..., 2] == 2,
        nowhere=np.zeros(keypoints.shape[:2], dtype=bool),
        boxes=np.array([person.box for person in people]).reshape(-1, 4),
        head_sizes=HEAD * np.sqrt([person.area for person in people]),
        skeleton=COCO17,
        skipped=tuple(skipped),
    )
