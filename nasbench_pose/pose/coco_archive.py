"""COCO keypoints (Lin et al., ECCV 2014), read from the official layout.

A folder with `train2017/`, `val2017/` (or both in `images/`) and `annotations/person_keypoints_train2017.json`,
`person_keypoints_val2017.json`. What HRNet trains on is what is read here: every person with a labelled joint who is
no crowd; the box is clipped to the photograph and given 1.25 times the room. A person whose box or area is empty cannot
be used: HRNet passes over most of them in silence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nasbench_pose.errors import DataError
from nasbench_pose.pose import coco_file
from nasbench_pose.pose.annotations import Annotations
from nasbench_pose.pose.coco_file import CocoFile, has_joints, identity
from nasbench_pose.pose.crop import PADDING, Floats
from nasbench_pose.pose.json_archive import collect, entry_of, numbers, photograph_of, usable
from nasbench_pose.pose.layout import NOTHING, Layout, chosen, photographs
from nasbench_pose.pose.skeleton import PCKH, Skeleton

VERSION = 3
"""Raised whenever the same archive gives other arrays; part of every key that names this data."""

HEAD = 0.29
"""A head size is this times the square root of a person's area, for COCO labels no heads.

The median of MPII's validation heads over the square root of the box of the twelve limb joints, 0.26, times the median
of the latter over the square root of the area of persons in COCO with all twelve, 1.12.
"""

HEAD_LENGTH = 0.75
"""A head size is this times the distance of the two joints at the ends of the head, as for LSPET."""

OF_BOX = 0.4
"""Where heads have no size, half of this times the longer side of the box is near enough: PCK@0.2 of the box."""

_SPLITS = {"train": "train", "val": "val", "test": "test"}


class Person(NamedTuple):
    """One usable annotation."""

    file: Path
    size: tuple[float, float]
    """Height and width of the photograph."""
    keypoints: Floats
    """(J, 3): x, y, and 0 for not labelled, 1 for hidden, 2 for visible."""
    box: Floats
    """Centre x, centre y, width, height; room included."""
    side: float
    """The longer side of the box, without room."""
    area: float
    """NaN where the measure does not need it."""


def read(folder: Path, skip_bad: bool = False, options: Mapping[str, str] = NOTHING) -> Annotations:
    """Return the people of `folder`: train2017 is trained on, val2017 halved into val and test by the photographs.

    Of one of the two alone, 80, 10 and 10 of a hundred photographs. `options` may name other files of labels (`train`,
    `val`, `test`), the folder `images`, the `category` and a TOML file with a `skeleton`. Raises DataError for a file
    that is missing, broken or without what it must say; with `skip_bad` an annotation that says something wrong is left
    out instead.
    """
    found = layout(folder, options)
    category, described = options.get("category", ""), next(iter(found.others), None)
    files = {path: coco_file.read(path, category, described) for path in found.labels.values()}
    skeletons = {file.skeleton: path for path, file in files.items()}
    if len(skeletons) > 1:
        raise DataError(f"{' and '.join(map(str, skeletons.values()))} have different joints; expected the same ones.")
    people, splits, skipped = collect(found, lambda path, place: _people(files[path], place), skip_bad)
    return _gather(people, splits, skipped, next(iter(skeletons)))


def layout(folder: Path, options: Mapping[str, str] = NOTHING) -> Layout:
    """Return where the files of `folder` are; raise DataError if there are none."""
    found = chosen(folder, options, _SPLITS) or _official(folder, options)
    if "skeleton" not in options:
        return found
    places = [folder / options["skeleton"], Path(options["skeleton"]).expanduser()]
    for path in places:
        if path.is_file():
            return replace(found, others=(path,))
    raise DataError(f"There is no file {places[0]}; expected a skeleton as TOML.")


def _official(folder: Path, options: Mapping[str, str]) -> Layout:
    paths = {split: folder / "annotations" / f"person_keypoints_{split}2017.json" for split in ("train", "val")}
    labels = {split: path for split, path in paths.items() if path.is_file()}
    if not labels:
        others = sorted(path.relative_to(folder) for path in [*folder.glob("*.json"), *folder.glob("*/*.json")])
        example = others[0] if others else "FILE"
        raise DataError(
            f"{folder} has no annotations/person_keypoints_train2017.json or …_val2017.json; expected COCO's folder, "
            f"or the name of the file, as in 'coco:{folder},train={example},images=FOLDER'."
        )
    if "images" in options:
        return Layout(labels, {split: photographs(path, folder, split, options) for split, path in labels.items()})
    return Layout(labels, {split: _place(folder, f"{split}2017") for split in labels})


def _place(folder: Path, split: str) -> Path:
    """Return the folder of a split's photographs: HRNet keeps it in `images/`."""
    return folder / "images" / split if (folder / "images" / split).is_dir() else folder / split


def _people(file: CocoFile, place: Path) -> tuple[list[Person], list[DataError]]:
    """Return the people whom `file` labels, and what is wrong with those who cannot be used.

    `place` is the folder of the photographs.
    """
    good, bad = usable(
        file.annotations, lambda number, one: _person(one, file, place, f"Annotation {number} of {file.path}")
    )
    return good, file.bad_images + bad


def _person(annotation: Any, file: CocoFile, place: Path, what: str) -> Person | None:
    """Return what an annotation says, None if it is of no person to train on; raise DataError if it is wrong."""
    ids = file.category_ids
    if isinstance(annotation, Mapping):
        told = annotation.get("category_id") is not None
        other = ids is not None and told and identity(annotation["category_id"]) not in ids
        if other or not has_joints(annotation):
            return None
        if annotation.get("category_id", "") is None:
            raise DataError(f"{what}: 'category_id' is null; expected the id of a category.")
    skeleton = file.skeleton
    with_area = skeleton.metric == PCKH and skeleton.reference is None
    entry = entry_of(annotation, ("image_id", "bbox", *["area"] * with_area), what)
    what = f"{what} (id {entry.get('id', 'unknown')})"
    joints = len(skeleton.joints)
    keypoints = numbers(entry, "keypoints", (3 * joints,), what).reshape(joints, 3)
    if not (keypoints[:, 2] > 0).any():
        return None
    image = file.images.get(identity(entry["image_id"]))
    if image is None:
        raise DataError(f"{what} is of the image {entry['image_id']!r}, which the file does not list.")
    if isinstance(image, DataError):
        raise DataError(f"{what} is of an image that cannot be used: {image}")
    area = float(numbers(entry, "area", (), what)) if with_area else np.nan
    if area <= 0:
        raise DataError(f"{what}: 'area' is {area:g}; expected a positive number.")
    size = float(image["height"]), float(image["width"])
    given = numbers(entry, "bbox", (4,), what)
    low = np.maximum(given[:2], 0)  # the first and the last pixel in the image, as HRNet clips
    high = np.minimum(np.array(size[::-1]) - 1, low + np.maximum(given[2:] - 1, 0))
    if (given[2:] <= 0).any() or (high < low).any():
        raise DataError(f"{what}: 'bbox' {entry['bbox']} has no width or no height inside the photograph.")
    box = np.concatenate([(low + high) / 2, PADDING * (high - low)])
    path = photograph_of(image, "file_name", place, what)
    return Person(path, size, keypoints, box, float(given[2:].max()), area)


def _gather(people: list[Person], splits: list[str], skipped: Sequence[str], skeleton: Skeleton) -> Annotations:
    keypoints = np.array([person.keypoints for person in people]).reshape(-1, len(skeleton.joints), 3)
    joints = np.where(keypoints[..., 2:] > 0, keypoints[..., :2], np.nan)
    return Annotations(
        files=np.array([person.file for person in people], dtype=np.object_),
        splits=np.array(splits, dtype=np.str_),
        joints=joints,
        visible=keypoints[..., 2] == 2,
        nowhere=np.zeros(keypoints.shape[:2], dtype=bool),
        boxes=np.array([person.box for person in people]).reshape(-1, 4),
        head_sizes=_head_sizes(people, joints, skeleton),
        sizes=np.array([person.size for person in people], np.int64).reshape(-1, 2),
        skeleton=skeleton,
        skipped=tuple(skipped),
    )


def _head_sizes(people: list[Person], joints: Floats, skeleton: Skeleton) -> Floats:
    """Return (n,): what distances are divided by. Of a skeleton of one's own, see `own_skeleton`.

    Whoever has one of the two joints not labelled, or both near one spot, has at least half the size that is usual for
    the box, by the median over all people.
    """
    if skeleton.metric == PCKH and skeleton.reference is None:
        return HEAD * np.sqrt([person.area for person in people])
    sides = np.array([person.side for person in people])
    if skeleton.reference is None:
        return OF_BOX * sides
    one, other = skeleton.reference
    lengths = np.linalg.norm(joints[:, one] - joints[:, other], axis=1)
    if np.isnan(lengths).all() and len(people):
        raise DataError(
            f"Nobody has both {skeleton.joints[one]!r} and {skeleton.joints[other]!r} labelled, which are to be the "
            "measure."
        )
    usual = np.nanmedian(lengths / sides) * sides if len(people) else sides
    factor = HEAD_LENGTH if skeleton.metric == PCKH else OF_BOX
    return np.maximum(factor * np.where(np.isnan(lengths), usual, np.maximum(lengths, usual / 2)), 1e-3)
