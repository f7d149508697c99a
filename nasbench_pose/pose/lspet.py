"""Leeds Sports Pose Extended (Johnson & Everingham, CVPR 2011) in the layout of the archive.

The folder contains `images/im00001.jpg …` and `joints.mat`. Its `joints` has the shape (14, 3, N): x, y in pixels and
whether the joint was annotated. An optional `split.csv` (image, split, suspect) defines the splits and marks suspect
labels, which are left out.
"""

import csv
import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nasbench_pose.errors import DataError
from nasbench_pose.pose.annotations import Annotations, refusal
from nasbench_pose.pose.crop import PADDING, Crop, around
from nasbench_pose.pose.layout import NOTHING, Layout
from nasbench_pose.pose.people import People
from nasbench_pose.pose.photograph import read as read_photograph
from nasbench_pose.pose.skeleton import LSP14
from nasbench_pose.pose.splits import SPLITS, by_name, fraction, halved

VERSION = 2
"""To be raised when the same archive gives different arrays; part of the key of this data."""

_NECK, _HEAD_TOP = LSP14.joints.index("neck"), LSP14.joints.index("head_top")
_LOG = logging.getLogger(__name__)
Floats = NDArray[np.float64]


def load(folder: Path, *, size: tuple[int, int], limits: tuple[int, int, int], skip_bad: bool = False) -> list[People]:
    """Return the people of train, val and test, each cropped to `size` (height, width).

    `limits` are the largest numbers of people per split. Raises DataError for a missing or unreadable file. With
    `skip_bad`, unreadable images are left out instead, and their number is logged.
    """
    labels, chosen = _choose(folder, limits)
    return [_people(folder, labels, numbers, size, skip_bad) for numbers in chosen]


def photographs(folder: Path, limits: tuple[int, int, int]) -> list[Path]:
    """Return the photographs that `load` reads."""
    _, chosen = _choose(folder, limits)
    return [folder / "images" / _name(number) for numbers in chosen for number in numbers]


def _choose(folder: Path, limits: tuple[int, int, int]) -> tuple[Floats, list[list[int]]]:
    """Return the labels of all images, and the indices of the selected images of each split."""
    labels = read_labels(folder / "joints.mat")
    split = assign(folder / "split.csv", len(labels))
    counts = np.isfinite(labels[..., :2]).all(axis=2).sum(axis=1)
    order = np.argsort([fraction(_name(number)) for number in range(len(labels))])
    usable = [number for number in order if counts[number] >= 2]
    return labels, [[n for n in usable if split[n] == name][:limit] for name, limit in zip(SPLITS, limits, strict=True)]


def read(
    folder: Path,
    skip_bad: bool = False,  # noqa: ARG001 - annotations of LSPET are always usable
    options: Mapping[str, str] = NOTHING,  # noqa: ARG001 - all its files have fixed names
) -> Annotations:
    """Return every person with two labelled joints or more, also those in no split.

    Raises DataError as `load` does, but does not open photographs.
    """
    marked = _read_marked(folder / "joints.mat")
    labels = _where_marked(marked)
    splits = np.array(assign(folder / "split.csv", len(labels)), dtype=np.str_)
    usable = np.isfinite(labels).all(axis=2).sum(axis=1) >= 2
    joints, names = labels[usable], [_name(number) for number in range(len(labels))]
    low, high = np.nanmin(joints, axis=1), np.nanmax(joints, axis=1)
    return Annotations(
        files=np.array([folder / "images" / name for name in names], dtype=np.object_)[usable],
        splits=splits[usable],
        joints=joints,
        visible=np.isfinite(joints).all(axis=2),
        nowhere=(~(marked[..., 2] <= 0) & np.isnan(labels[..., 0]))[usable],  # NaN counts as annotated
        boxes=np.concatenate([(low + high) / 2, PADDING * (high - low)], axis=1),
        head_sizes=head_size(joints),
        sizes=np.zeros((len(joints), 2), np.int64),
        skeleton=LSP14,
        skipped=tuple(f"{names[number]} has fewer than two labelled joints." for number in np.flatnonzero(~usable)),
    )


def read_labels(path: Path) -> Floats:
    """Return (N, 14, 2): x and y in pixels of the files; NaN for a joint that is not annotated or not finite."""
    return _where_marked(_read_marked(path))


def _where_marked(marked: Floats) -> Floats:
    known = (marked[..., 2:] > 0) & np.isfinite(marked[..., :2]).all(axis=2, keepdims=True)
    return np.where(known, marked[..., :2], np.nan)


def _read_marked(path: Path) -> Floats:
    """Return (N, 14, 3): x, y, and whether the joint was annotated, unchanged from the file."""
    if not path.is_file():
        raise DataError(
            f"{path} does not exist; expected the folder of the unpacked archive, with joints.mat and images/."
        )
    from scipy.io import loadmat  # slow to import, and not needed to parse the name of a data set

    try:
        joints = np.asarray(loadmat(path)["joints"], dtype=float)
    except KeyError:
        raise DataError(f"{path} has no variable 'joints'; expected the file of the LSPET archive.") from None
    except Exception as error:  # scipy raises many types for bytes that are not a MATLAB file
        raise DataError(f"{path} cannot be read as a MATLAB file ({error}); unpack the archive again.") from None
    if joints.ndim != 3 or joints.shape[:2] != (14, 3):
        hint = " That is the axis order of LSP, not of LSPET." if joints.shape[:2] == (3, 14) else ""
        raise DataError(f"'joints' in {path} must have the shape (14, 3, N), not {joints.shape}.{hint}")
    return joints.transpose(2, 0, 1)


def assign(path: Path, count: int) -> list[str]:
    """Return train, val, test or "" (in no split) for each image.

    With the file `split.csv`, its `val` is divided evenly into val and test, and suspect images are in no split.
    Without the file, 80, 10 and 10 percent are train, val and test. The split depends only on a hash of the image's
    name, so additional images do not change it.
    """
    if not path.is_file():
        return [by_name(_name(number)) for number in range(count)]
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            rows = {row["image"]: ("" if int(row["suspect"]) else row["split"]) for row in csv.DictReader(lines)}
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path} must have the columns image,split,suspect (0 or 1) in every row: {error!r}.") from None
    if wrong := sorted(set(rows.values()) - {*SPLITS, ""}):
        raise DataError(f"{path} names the split {wrong[0]!r}; known: {', '.join(SPLITS)}.")
    named = [rows.get(_name(number), "") for number in range(count)]
    halve = "test" not in rows.values()
    return [halved(_name(n)) if s == "val" and halve else s for n, s in enumerate(named)]


def head_size(joints: Floats) -> Floats:
    """Return (n,): the head sizes of PCKh, in the pixels of the joints (n, 14, 2), which are NaN where not labelled.

    The head size is 0.75 × the distance from neck to head top, comparable with MPII's 0.6 × head box diagonal. A head
    seen from above is short. So the least value is 0.08 × the longer side of the box around the joints. In one image of
    five, neck or head top has no label. Then the value is 0.14 × that side, the median over LSPET.

    >>> standing = np.full((1, 14, 2), np.nan)
    >>> standing[0, [0, 12, 13]] = (0, 100), (0, 20), (0, 0)
    >>> head_size(standing)
    array([15.])
    """
    side = (np.nanmax(joints, axis=1) - np.nanmin(joints, axis=1)).max(axis=1)
    head = 0.75 * np.linalg.norm(joints[:, _NECK] - joints[:, _HEAD_TOP], axis=1)
    size: Floats = np.where(np.isnan(head), 0.14 * side, np.maximum(head, 0.08 * side))
    return np.maximum(size, 1e-3)


def layout(folder: Path, options: Mapping[str, str] = NOTHING) -> Layout:  # noqa: ARG001 - all names are fixed
    """Return the files and folders of the data set in `folder`."""
    found = tuple(path for path in (folder / "joints.mat", folder / "split.csv") if path.is_file())
    return Layout({}, {"": folder / "images"}, found)


def _people(folder: Path, labels: Floats, numbers: list[int], size: tuple[int, int], skip_bad: bool) -> People:
    """Return the people of the images with these indices, cropped to `size`."""
    images, joints, errors = [], [], []
    for number in numbers:
        crop = around(labels[number], size)
        try:
            images.append(_image(folder / "images" / _name(number), crop))
            joints.append(crop.points(labels[number]))
        except DataError as error:
            if not skip_bad:
                raise refusal(error) from None
            errors.append(error)
    if errors:
        _LOG.warning("%d of %d images are left out; the first: %s", len(errors), len(numbers), errors[0])
    return _gather(np.array(images, np.uint8).reshape(-1, *size, 3), np.array(joints).reshape(-1, 14, 2))


def _gather(images: NDArray[np.uint8], joints: Floats) -> People:
    labelled = np.asarray(np.isfinite(joints).all(axis=2))
    points, heads = np.nan_to_num(joints).astype(np.float32), head_size(joints).astype(np.float32)
    return People(images, points, labelled, labelled, heads, LSP14)


def _image(path: Path, crop: Crop) -> NDArray[np.uint8]:
    try:
        return crop.pixels(read_photograph(path))
    except DataError as error:
        raise error if str(path) in str(error) else DataError(f"{path}: {error}.") from None


def _name(number: int) -> str:
    return f"im{number + 1:05d}.jpg"
