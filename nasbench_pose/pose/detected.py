"""People in the boxes of a detector, from a file in COCO's format of results, for AP as published tables have it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasbench_pose.errors import DataError, pick
from nasbench_pose.pose import coco_archive, coco_file
from nasbench_pose.pose.annotations import Annotations
from nasbench_pose.pose.coco_file import CocoFile, identity
from nasbench_pose.pose.crop import PADDING, Floats
from nasbench_pose.pose.json_archive import entry_of, listed, numbers, photograph_of, read_json, split_of_name
from nasbench_pose.pose.photographs import Photographs, placed
from nasbench_pose.pose.predictions import category_of
from nasbench_pose.pose.source import Source
from nasbench_pose.pose.splits import GROUPS


@dataclass(frozen=True, eq=False)
class Detected:
    """The people that a detector found in the photographs of a group."""

    people: Photographs
    """Without labels."""
    scores: NDArray[np.float64]
    """(n,): the detector's."""
    photographs: tuple[Path, ...]
    """All photographs of the group, also those in which nobody was found or labelled: every one counts in AP."""


def detected(source: str, group: str, size: tuple[int, int], boxes: Path, *, corner: bool) -> Detected:
    """Return the people in the `boxes` of a file, those in photographs of a group of a data set of COCO's format.

    The file is a list of `image_id`, `bbox` (x, y, width, height in pixels), `score` and, optionally, `category_id`;
    other categories are left out. As in HRNet's code, boxes are enlarged by 1.25 and not clipped. With a limit of
    people, such as `val=100`, the photographs are those of the people within it. Raises DataError for a file that is
    missing, damaged or of other photographs, and for data of another kind.
    """
    if Source.parse(source).kind != "coco":
        raise DataError(f"Boxes of a detector are for people of COCO's format, not for {source!r}.")
    labelled = placed(source, group, size, corner=corner)
    images = _images(source, group, labelled)
    found = list(_found(boxes, images, identity(category_of(labelled))))
    if not found:
        raise DataError(f"{boxes} has no person in the photographs of {group} of {source!r}.")
    skeleton, n = labelled.skeleton, len(found)
    joints = len(skeleton.joints)
    people = Annotations(
        files=np.array([image.path for image, _, _ in found], dtype=np.object_),
        splits=np.array([group] * n, dtype=np.str_),
        joints=np.full((n, joints, 2), np.nan),
        visible=np.zeros((n, joints), dtype=bool),
        boxes=np.array([_padded(box) for _, box, _ in found]),
        head_sizes=np.ones(n),
        nowhere=np.zeros((n, joints), dtype=bool),
        sizes=np.array([image.size for image, _, _ in found], np.int64),
        skeleton=skeleton,
    )
    scores = np.array([score for _, _, score in found])
    mine = tuple(image.path for image in images.values() if image.chosen)
    return Detected(Photographs(people, size, corner, "coco", labelled.label_files, labelled.category), scores, mine)


@dataclass(frozen=True, slots=True)
class _Image:
    path: Path
    size: tuple[int, int]
    chosen: bool
    """Whether it is one of the group."""


def _images(source: str, group: str, labelled: Photographs) -> dict[str, _Image]:
    """Return every image of the label files by its id."""
    asked = Source.parse(source)
    place, splits = asked.place or Path(), pick("group of people", group, GROUPS)
    layout, limited = coco_archive.layout(place, asked.words), any(asked.limited(split) for split in splits)
    everybody = coco_archive.read(place, bool(asked.options["skip_bad"]), asked.words)
    known = dict(zip((file.name for file in everybody.files), map(str, everybody.splits), strict=True))
    wanted = {file.name for file in labelled.files}
    images = {}
    for split, path in layout.labels.items():
        file = coco_file.read(path, labelled.category, next(iter(layout.others), None))
        for key, image in _readable(file):
            found = photograph_of(image, "file_name", coco_archive.root(file, layout.photographs[split]), str(path))
            mine = known.get(found.name) or split_of_name(found.name, split, len(layout.labels))
            chosen = found.name in wanted if limited else mine in splits
            images[key] = _Image(found, (int(image["height"]), int(image["width"])), chosen)
    return images


def _readable(file: CocoFile) -> Iterator[tuple[str, Mapping[str, Any]]]:
    return ((key, image) for key, image in file.images.items() if not isinstance(image, DataError))


def _found(path: Path, images: Mapping[str, _Image], category: str) -> Iterator[tuple[_Image, Floats, float]]:
    """Yield image, box and score of each person in an image of the group."""
    for number, entry in enumerate(listed(read_json(path), path)):
        what = f"Detection {number} of {path}"
        held = entry_of(entry, ("image_id", "bbox", "score"), what)
        if identity(held.get("category_id", category)) != category:
            continue
        box, score = numbers(held, "bbox", (4,), what), float(numbers(held, "score", (), what))
        if (box[2:] <= 0).any():
            raise DataError(f"{what}: 'bbox' {box.tolist()} has no width or no height; expected x, y, width, height.")
        if box.max() <= 1 and (box % 1 > 0).any():
            raise DataError(f"{what}: 'bbox' {box.tolist()} looks like fractions of the photograph; expected pixels.")
        if (image := images.get(identity(held["image_id"]))) is None:
            raise DataError(f"{what} has the image_id {held['image_id']!r}, which the labels do not list.")
        height, width = image.size
        if (box[:2] >= (width, height)).any() or (box[:2] + box[2:] <= 0).any():
            raise DataError(f"{what}: 'bbox' {box.tolist()} is outside its photograph of {width}×{height} pixels.")
        if image.chosen:
            yield image, box, score


def _padded(box: Floats) -> Floats:
    """Return centre x, centre y and the enlarged width and height of a `bbox`, in the precision of HRNet's code."""
    return np.concatenate([box[:2] + box[2:] / 2, PADDING * box[2:]])
