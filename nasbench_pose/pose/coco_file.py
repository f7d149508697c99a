"""Label files in COCO's format: images, the category with joints, and its annotations."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nasbench_pose.errors import DataError, nearest
from nasbench_pose.pose.custom_skeleton import skeleton_of
from nasbench_pose.pose.json_archive import entry_of, listed, numbers, read_json
from nasbench_pose.pose.keypoints import flattened
from nasbench_pose.pose.skeleton import Skeleton

PERSON = "person"
"""The default category if several have joints."""


@dataclass(frozen=True, slots=True)
class CocoFile:
    """The contents of a label file; its annotations are not checked yet."""

    path: Path
    images: Mapping[str, Mapping[str, Any] | DataError]
    """Id, as `identity` writes it -> the image, or the error of an invalid one."""
    annotations: list[Any]
    category_ids: frozenset[str] | None
    """The ids of the selected category; None: the file lists no categories, so all annotations are read."""
    other_ids: Mapping[str, str]
    """The ids of the other categories, and their names."""
    skeleton: Skeleton

    @property
    def bad_images(self) -> list[DataError]:
        """Return the errors of invalid images."""
        return [image for image in self.images.values() if isinstance(image, DataError)]


def identity(value: Any) -> str:
    """Return an id as text, the same for 7, 7.0 and "7": some files mix them.

    >>> identity(7), identity(7.0), identity("7")
    ('7', '7', '7')
    """
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def read(path: Path, category: str = "", skeleton: Path | None = None) -> CocoFile:
    """Return the contents of the file at `path` for the category of that name, or for the one with joints.

    Raises DataError for a file that is not JSON in COCO's format, and if several categories have joints and none is
    named.
    """
    held = read_json(path)
    images = _images(listed(held, path, "images"), path)
    annotations = listed(held, path, "annotations")
    lengths = _lengths(annotations)
    categories = listed(held, path, "categories") if "categories" in held else []
    ids, about = _chosen(categories, lengths, category, path)
    names = {identity(entry["id"]): str(entry["name"]) for entry in categories} if ids is not None else {}
    others = {key: name for key, name in names.items() if ids is not None and key not in ids}
    named = about.get("keypoints")
    counts = sum((lengths[key] for key in (lengths if ids is None else ids & set(lengths))), Counter[int]())
    usual = counts.most_common(1)[0][0] if counts else 3 * len(named) if isinstance(named, list) else 51
    what = f"The category {about.get('name', PERSON)!r} of {path}"
    return CocoFile(path, images, annotations, ids, others, skeleton_of(about, skeleton, usual, what))


def category_ids(path: Path, category: str = "") -> frozenset[str] | None:
    """Return the ids of the category that `read` selects; None if the file lists no categories."""
    held = read_json(path)
    listing = listed(held, path, "categories") if "categories" in held else []
    return _chosen(listing, _lengths(listed(held, path, "annotations")), category, path)[0]


def has_joints(annotation: Any) -> bool:
    """Return whether an annotation has joints and is not a crowd."""
    if not isinstance(annotation, Mapping):
        return True
    crowd = annotation.get("iscrowd") not in (None, 0, "0", "", "false", "False")
    return bool(annotation.get("keypoints")) and not crowd


def _images(entries: list[Any], path: Path) -> dict[str, Mapping[str, Any] | DataError]:
    images: dict[str, Mapping[str, Any] | DataError] = {}
    for number, entry in enumerate(entries):
        what = f"Image {number} of {path}"
        key = identity(entry["id"]) if isinstance(entry, Mapping) and "id" in entry else f"without id: {number}"
        try:
            image = entry_of(entry, ("id", "file_name", "width", "height"), what)
            for side in ("width", "height"):
                if numbers(image, side, (), what) < 1:
                    raise DataError(f"{what}: {side!r} is {image[side]}; expected a positive number of pixels.")
            known = images.get(key)
            if isinstance(known, Mapping) and known["file_name"] != image["file_name"]:
                raise DataError(f"{what} has the id {image['id']!r} of another image, {known['file_name']!r}.")
            images.setdefault(key, image)
        except DataError as error:
            images[key] = error
    return images


def _lengths(annotations: list[Any]) -> dict[str, Counter[int]]:
    """Return the number of values in `keypoints` of the annotations of each category."""
    lengths: dict[str, Counter[int]] = {}
    for annotation in annotations:
        if isinstance(annotation, Mapping) and has_joints(annotation):
            flat = flattened(annotation["keypoints"])
            if not isinstance(flat[0], str | Mapping):  # invalid ones are reported when they are read
                lengths.setdefault(identity(annotation.get("category_id", "")), Counter())[len(flat)] += 1
    return lengths


def _chosen(
    categories: list[Any], lengths: Mapping[str, object], wanted: str, path: Path
) -> tuple[frozenset[str] | None, Mapping[str, Any]]:
    """Return the ids and the entry of the selected category: `wanted`, or "person", or the one with joints.

    Several categories with the same joints, such as breeds of animals, are read together.
    """
    if not categories and not wanted:
        return None, {}
    known = [entry_of(entry, ("id", "name"), f"Category {n} of {path}") for n, entry in enumerate(categories)]
    names = [str(entry["name"]) for entry in known]
    found = [entry for entry in known if identity(entry["id"]) in lengths] or known
    for name in [wanted] if wanted else [PERSON]:
        if same := [entry for entry in (known if wanted else found) if _folded(entry["name"]) == _folded(name)]:
            return _ids(same), same[0]
    listing = ", ".join(map(repr, sorted(set(names)))) or "none"
    if wanted:
        raise DataError(f"{path} has no category {wanted!r}; it has {listing}.{nearest(wanted, names)}")
    if len({str(entry.get("keypoints")) for entry in found}) > 1:
        raise DataError(f"{path} has several categories with joints; say which one with category=NAME: {listing}.")
    return _ids(found), found[0]


def _folded(name: Any) -> str:
    return str(name).strip().casefold()


def _ids(entries: list[Mapping[str, Any]]) -> frozenset[str]:
    return frozenset(identity(entry["id"]) for entry in entries)
