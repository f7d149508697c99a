"""COCO keypoints (Lin et al., ECCV 2014) in the official layout.

The folder contains `train2017/`, `val2017/` (or both in `images/`) and `annotations/person_keypoints_train2017.json`,
`person_keypoints_val2017.json`. The same persons are read as in HRNet: all with a labelled joint, except crowds. The
box is clipped to the photograph and enlarged by a factor of 1.25. A person with an empty box or area cannot be used;
HRNet skips most of them without a warning.
"""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
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
from nasbench_pose.pose.keypoints import keypoints_of
from nasbench_pose.pose.layout import NOTHING, Layout, chosen, photographs
from nasbench_pose.pose.skeleton import PCKH, Skeleton

_LOG = logging.getLogger(__name__)

VERSION = 3
"""To be raised when the same archive gives different arrays; part of the key of this data."""

HEAD = 0.29
"""Head size divided by the square root of a person's area; COCO has no labelled heads.

It is the product of two medians. One is 0.26: head size over the square root of the area of the box around the twelve
limb joints, in MPII's validation set. The other is 1.12: that square root over the square root of the person's area,
for persons in COCO who have all twelve joints.
"""

HEAD_LENGTH = 0.75
"""Head size divided by the distance between the two joints at the ends of the head, as for LSPET."""

OF_BOX = 0.4
"""Reference length divided by the longer side of the box, for skeletons without a head: PCK@0.5 of it is PCK@0.2."""

_SHOWN = 5
"""Number of ids in an error message."""

_SPLITS = {"train": "train", "val": "val", "test": "test"}


class Person(NamedTuple):
    """One usable annotation."""

    file: Path
    size: tuple[float, float]
    """Height and width of the photograph."""
    keypoints: Floats
    """(J, 3): x, y, and 0 for not labelled, 1 for hidden, 2 for visible."""
    box: Floats
    """Centre x, centre y, width, height; padding included."""
    side: float
    """The longer side of the box, without padding."""
    area: float
    """Square pixels; NaN if the metric does not need it."""


def read(folder: Path, skip_bad: bool = False, options: Mapping[str, str] = NOTHING) -> Annotations:
    """Return the annotations of `folder`: train2017 is the split train; the photographs of val2017 are val and test.

    If only one of the two files exists, 80, 10 and 10 percent of its photographs are train, val and test. `options` may
    name other label files (`train`, `val`, `test`), the folder `images`, the `category` and a TOML file with a
    `skeleton`. Raises DataError for a missing, damaged or incomplete file. With `skip_bad`, invalid annotations are
    left out instead.
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
    """Return the label files and photograph folders of `folder`; raise DataError if there are none."""
    found = chosen(folder, options, _SPLITS) or _official(folder, options)
    if "skeleton" not in options:
        return found
    beside = folder.parent if folder.is_file() else folder
    places = [beside / options["skeleton"], Path(options["skeleton"]).expanduser()]
    for path in places:
        if path.is_file():
            return replace(found, others=(path,))
    raise DataError(f"There is no file {places[0]}; expected a skeleton as TOML.")


def _official(folder: Path, options: Mapping[str, str]) -> Layout:
    paths = {split: folder / "annotations" / f"person_keypoints_{split}2017.json" for split in ("train", "val")}
    labels = {split: path for split, path in paths.items() if path.is_file()}
    if not labels and not folder.is_dir():
        raise DataError(f"There is no folder or file {folder}; expected COCO's folder, or a file with labels.")
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
    """Return the folder of a split's photographs; in HRNet's layout it is in `images/`."""
    return folder / "images" / split if (folder / "images" / split).is_dir() else folder / split


def _people(file: CocoFile, place: Path) -> tuple[list[Person], list[DataError]]:
    """Return the usable persons of a label file, and the errors of the others.

    `place` is the folder of the photographs. Raises DataError if none of the photographs exists.
    """
    place = root(file, place)
    good, bad = usable(
        file.annotations, lambda number, one: _person(one, file, place, f"Annotation {number} of {file.path}")
    )
    if good and not any(person.file.exists() for person in good):
        raise DataError(
            f"None of the photographs in {file.path} exists, such as {good[0].file}; pass their folder as "
            "images=FOLDER. The names in the file are relative to it."
        )
    return good, file.bad_images + bad


def root(file: CocoFile, place: Path) -> Path:
    """Return the folder that file names are relative to: `place`, or its parent for names such as `train2017/1.jpg`."""
    first = next((image for image in file.images.values() if isinstance(image, Mapping)), None)
    folders = [place, place.parent, file.path.parent, file.path.parent.parent]
    with suppress(DataError):  # an invalid name is reported when the annotations are read
        found = (folder for folder in folders if first and photograph_of(first, "file_name", folder, "").is_file())
        return next(found, place)
    return place


def _person(annotation: Any, file: CocoFile, place: Path, what: str) -> Person | None:
    """Return the person of an annotation, None if it is not to be trained on; raise DataError if it is invalid."""
    if isinstance(annotation, Mapping) and (not has_joints(annotation) or not _is_read(annotation, file, what)):
        return None
    skeleton = file.skeleton
    with_area = skeleton.metric == PCKH and skeleton.reference is None
    entry = entry_of(annotation, ("image_id", "bbox", *["area"] * with_area), what)
    what = f"{what} (id {entry.get('id', 'unknown')})"
    keypoints = keypoints_of(entry, len(skeleton.joints), what)
    if not (keypoints[:, 2] > 0).any():
        return None
    image = file.images.get(identity(entry["image_id"]))
    if image is None:
        raise DataError(f"{what} has the image_id {entry['image_id']!r}, which is not among the images of the file.")
    if isinstance(image, DataError):
        raise DataError(f"{what} refers to an invalid image: {image}")
    area = float(numbers(entry, "area", (), what)) if with_area else np.nan
    if area <= 0:
        raise DataError(f"{what}: 'area' is {area:g}; expected a positive number.")
    size, given = (float(image["height"]), float(image["width"])), numbers(entry, "bbox", (4,), what)
    _refuse_shares(keypoints, given, what)
    path = photograph_of(image, "file_name", place, what)
    return Person(path, size, keypoints, _box(given, size, what), float(given[2:].max()), area)


def _is_read(annotation: Mapping[str, Any], file: CocoFile, what: str) -> bool:
    """Return whether an annotation has the selected category; raise DataError if the file lacks its category."""
    if annotation.get("category_id", "") is None:
        raise DataError(f"{what}: 'category_id' is null; expected the id of a category.")
    if file.category_ids is None or "category_id" not in annotation:
        return True
    key = identity(annotation["category_id"])
    if key not in file.category_ids and key not in file.other_ids:
        known = ", ".join([*sorted(file.category_ids), *file.other_ids][:_SHOWN])
        raise DataError(f"{what}: 'category_id' is {key}, but the file has the categories {known}.")
    return key in file.category_ids


def _refuse_shares(keypoints: Floats, box: Floats, what: str) -> None:
    """Raise DataError for joints or a box in fractions of the photograph: all of them would be in its first pixel."""
    joints = keypoints[keypoints[:, 2] > 0, :2]
    for name, values, enough in (("keypoints", joints, len(joints) > 1), ("bbox", box, True)):
        if enough and values.min() >= 0 and values.max() <= 1 and (values % 1 > 0).any():
            raise DataError(
                f"{what}: {name!r} has values from 0 to 1, such as {values.max():.3g}. They look like fractions of "
                "the photograph; expected pixels."
            )


def _box(given: Floats, size: tuple[float, float], what: str) -> Floats:
    """Return centre x, centre y, width, height of a `bbox` in a photograph of (height, width), with padding."""
    low = np.maximum(given[:2], 0)  # the first and the last pixel inside the image, clipped as in HRNet
    high = np.minimum(np.array(size[::-1]) - 1, low + np.maximum(given[2:] - 1, 0))
    if (given[2:] <= 0).any() or (high < low).any():
        shown = ", ".join(f"{value:g}" for value in given)
        raise DataError(f"{what}: 'bbox' [{shown}] has no width or no height inside the photograph.")
    return np.concatenate([(low + high) / 2, PADDING * (high - low)])


def _gather(people: list[Person], splits: list[str], skipped: Sequence[str], skeleton: Skeleton) -> Annotations:
    keypoints = np.array([person.keypoints for person in people]).reshape(-1, len(skeleton.joints), 3)
    joints = np.where(keypoints[..., 2:] > 0, keypoints[..., :2], np.nan)
    boxes = np.array([person.box for person in people]).reshape(-1, 4)
    _warn_of_boxes(boxes, np.array([person.side for person in people]), joints)
    return Annotations(
        files=np.array([person.file for person in people], dtype=np.object_),
        splits=np.array(splits, dtype=np.str_),
        joints=joints,
        visible=keypoints[..., 2] == 2,
        nowhere=np.zeros(keypoints.shape[:2], dtype=bool),
        boxes=boxes,
        head_sizes=_head_sizes(people, joints, skeleton),
        sizes=np.array([person.size for person in people], np.int64).reshape(-1, 2),
        skeleton=skeleton,
        skipped=tuple(skipped),
    )


def _warn_of_boxes(boxes: Floats, sides: Floats, joints: Floats) -> None:
    """Log a warning if most boxes do not look like x, y, width and height."""
    clipped = sides > boxes[:, 2:].max(axis=1, initial=0) / PADDING + 2
    far = abs(joints - boxes[:, None, :2]) > boxes[:, None, 2:] / 2 + 1  # False for NaN, a joint without label
    outside = far.any(axis=2).sum(axis=1) > np.isfinite(joints[..., 0]).sum(axis=1) / 2
    for flags, odd in ((clipped, "reach beyond the photograph"), (outside, "have most of their joints outside")):
        if flags.sum() > len(boxes) / 2:
            _LOG.warning(
                "%d of %d boxes %s: is 'bbox' x, y, width, height in pixels, and not two corners or a centre?",
                flags.sum(),
                len(boxes),
                odd,
            )


def _head_sizes(people: list[Person], joints: Floats, skeleton: Skeleton) -> Floats:
    """Return (n,): the reference lengths of the metric. For custom skeletons see `custom_skeleton`.

    The usual length for a box is the median over all people. It replaces the length of a person with an unlabelled
    joint, and half of it is the lower bound for everybody.
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
            f"No person has both {skeleton.joints[one]!r} and {skeleton.joints[other]!r} labelled; their distance is "
            "the reference length of the metric."
        )
    usual = np.nanmedian(lengths / sides) * sides if len(people) else sides
    factor = HEAD_LENGTH if skeleton.metric == PCKH else OF_BOX
    return np.maximum(factor * np.where(np.isnan(lengths), usual, np.maximum(lengths, usual / 2)), 1e-3)
