"""COCO keypoints (Lin et al., ECCV 2014), read from the official layout.

A folder with `train2017/`, `val2017/` (or both in `images/`) and `annotations/person_keypoints_train2017.json`,
`person_keypoints_val2017.json`. What HRNet trains on is what is read here: every person with a labelled joint who is
no crowd; the box is clipped to the photograph and given 1.25 times the room. A person whose box or area is empty cannot
be used: HRNet passes over most of them in silence.
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

_SHOWN = 5
"""Ids that an error names as examples."""

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
    """Return the folder of a split's photographs: HRNet keeps it in `images/`."""
    return folder / "images" / split if (folder / "images" / split).is_dir() else folder / split


def _people(file: CocoFile, place: Path) -> tuple[list[Person], list[DataError]]:
    """Return the people whom `file` labels, and what is wrong with those who cannot be used.

    `place` is the folder of the photographs. Raises DataError if not one of them is there.
    """
    place = _root(file, place)
    good, bad = usable(
        file.annotations, lambda number, one: _person(one, file, place, f"Annotation {number} of {file.path}")
    )
    if good and not any(person.file.exists() for person in good):
        raise DataError(
            f"Not one photograph that {file.path} names is there, as {good[0].file}; say where they are with "
            "images=FOLDER, which their names are relative to."
        )
    return good, file.bad_images + bad


def _root(file: CocoFile, place: Path) -> Path:
    """Return the folder that names of photographs start from: `place`, or one above it, as for `train2017/1.jpg`."""
    first = next((image for image in file.images.values() if isinstance(image, Mapping)), None)
    folders = [place, place.parent, file.path.parent, file.path.parent.parent]
    with suppress(DataError):  # what is wrong with the name, reading its people says
        found = (folder for folder in folders if first and photograph_of(first, "file_name", folder, "").is_file())
        return next(found, place)
    return place


def _person(annotation: Any, file: CocoFile, place: Path, what: str) -> Person | None:
    """Return what an annotation says, None if it is of no person to train on; raise DataError if it is wrong."""
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
        raise DataError(f"{what} is of the image {entry['image_id']!r}, which the file does not list.")
    if isinstance(image, DataError):
        raise DataError(f"{what} is of an image that cannot be used: {image}")
    area = float(numbers(entry, "area", (), what)) if with_area else np.nan
    if area <= 0:
        raise DataError(f"{what}: 'area' is {area:g}; expected a positive number.")
    size, given = (float(image["height"]), float(image["width"])), numbers(entry, "bbox", (4,), what)
    _refuse_shares(keypoints, given, what)
    path = photograph_of(image, "file_name", place, what)
    return Person(path, size, keypoints, _box(given, size, what), float(given[2:].max()), area)


def _is_read(annotation: Mapping[str, Any], file: CocoFile, what: str) -> bool:
    """Say whether an annotation is of the category that is read; raise DataError for one that the file lacks."""
    if annotation.get("category_id", "") is None:
        raise DataError(f"{what}: 'category_id' is null; expected the id of a category.")
    if file.category_ids is None or "category_id" not in annotation:
        return True
    key = identity(annotation["category_id"])
    if key not in file.category_ids and key not in file.other_ids:
        known = ", ".join([*sorted(file.category_ids), *file.other_ids][:_SHOWN])
        raise DataError(f"{what}: 'category_id' is {key}, which is no id of the file's categories: {known}.")
    return key in file.category_ids


def _refuse_shares(keypoints: Floats, box: Floats, what: str) -> None:
    """Raise DataError for joints or a box in shares of the photograph, which would all be in its first pixel."""
    joints = keypoints[keypoints[:, 2] > 0, :2]
    for name, values, enough in (("keypoints", joints, len(joints) > 1), ("bbox", box, True)):
        if enough and values.min() >= 0 and values.max() <= 1 and (values % 1 > 0).any():
            raise DataError(
                f"{what}: {name!r} holds numbers from 0 to 1, as {values.max():.3g}, which look like shares of the "
                "photograph; expected pixels."
            )


def _box(given: Floats, size: tuple[float, float], what: str) -> Floats:
    """Return centre x, centre y, width, height of a `bbox` in a photograph of (height, width), with room."""
    low = np.maximum(given[:2], 0)  # the first and the last pixel in the image, as HRNet clips
    high = np.minimum(np.array(size[::-1]) - 1, low + np.maximum(given[2:] - 1, 0))
    if (given[2:] <= 0).any() or (high < low).any():
        raise DataError(f"{what}: 'bbox' {_plain(given)} has no width or no height inside the photograph.")
    return np.concatenate([(low + high) / 2, PADDING * (high - low)])


def _plain(box: Floats) -> str:
    return f"[{', '.join(f'{value:g}' for value in box)}]"


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
    """Say in the log if most boxes look as if they were not x, y, width and height."""
    clipped = sides > boxes[:, 2:].max(axis=1, initial=0) / PADDING + 2
    far = abs(joints - boxes[:, None, :2]) > boxes[:, None, 2:] / 2 + 1  # NaN, which is not labelled, is not far
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
