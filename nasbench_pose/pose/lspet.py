"""Leeds Sports Pose Extended (Johnson & Everingham, CVPR 2011), read from the archive's own layout.

A folder with `images/im00001.jpg …` and `joints.mat`, whose `joints` has the shape (14, 3, N): x, y in pixels and
whether the joint was annotated. An optional `split.csv` (image, split, suspect) says whom to train on and which labels
to leave out.
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
"""Raised whenever the same archive gives other arrays; part of every key that names this data."""

_NECK, _HEAD_TOP = LSP14.joints.index("neck"), LSP14.joints.index("head_top")
_LOG = logging.getLogger(__name__)
Floats = NDArray[np.float64]


def load(folder: Path, *, size: tuple[int, int], limits: tuple[int, int, int], skip_bad: bool = False) -> list[People]:
    """Return the people to train on, to choose by and to test on, each cropped to `size` (height, width).

    `limits` keeps the first so many of each. Raises DataError for a missing or unreadable file; with `skip_bad` an
    image that cannot be read is left out instead, and the log says how many were.
    """
    labels, chosen = _choose(folder, limits)
    return [_people(folder, labels, numbers, size, skip_bad) for numbers in chosen]


def photographs(folder: Path, limits: tuple[int, int, int]) -> list[Path]:
    """Return the photographs that `load` reads."""
    _, chosen = _choose(folder, limits)
    return [folder / "images" / _name(number) for numbers in chosen for number in numbers]


def _choose(folder: Path, limits: tuple[int, int, int]) -> tuple[Floats, list[list[int]]]:
    """Return the labels of everybody, and the numbers of the first so many of each split."""
    labels = read_labels(folder / "joints.mat")
    split = assign(folder / "split.csv", len(labels))
    counts = np.isfinite(labels[..., :2]).all(axis=2).sum(axis=1)
    order = np.argsort([fraction(_name(number)) for number in range(len(labels))])
    usable = [number for number in order if counts[number] >= 2]
    return labels, [[n for n in usable if split[n] == name][:limit] for name, limit in zip(SPLITS, limits, strict=True)]


def read(
    folder: Path,
    skip_bad: bool = False,  # noqa: ARG001 - here only photographs can be bad
    options: Mapping[str, str] = NOTHING,  # noqa: ARG001 - all its files have fixed names
) -> Annotations:
    """Return everybody in the archive with two labelled joints, those whom `split.csv` leaves out included.

    Raises DataError as `load` does, but looks at no photograph.
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
        nowhere=(~(marked[..., 2] <= 0) & np.isnan(labels[..., 0]))[usable],  # NaN does not say no
        boxes=np.concatenate([(low + high) / 2, PADDING * (high - low)], axis=1),
        head_sizes=head_size(joints),
        sizes=np.zeros((len(joints), 2), np.int64),
        skeleton=LSP14,
        skipped=tuple(f"{names[number]} has fewer than two labelled joints." for number in np.flatnonzero(~usable)),
    )


def read_labels(path: Path) -> Floats:
    """Return (N, 14, 2): x and y in pixels of the files, NaN where a joint was not annotated or has no numbers."""
    return _where_marked(_read_marked(path))


def _where_marked(marked: Floats) -> Floats:
    known = (marked[..., 2:] > 0) & np.isfinite(marked[..., :2]).all(axis=2, keepdims=True)
    return np.where(known, marked[..., :2], np.nan)


def _read_marked(path: Path) -> Floats:
    """Return (N, 14, 3): x, y, and whether the joint was annotated, as the file has them."""
    if not path.is_file():
        raise DataError(
            f"{path} does not exist; expected the folder of the unpacked archive, with joints.mat and images/."
        )
    from scipy.io import loadmat  # whoever only names a data set need not wait for it

    try:
        joints = np.asarray(loadmat(path)["joints"], dtype=float)
    except KeyError:
        raise DataError(f"{path} has no variable 'joints'; the file of the LSPET archive has.") from None
    except Exception as error:  # whatever scipy makes of bytes that are not a MATLAB file
        raise DataError(f"{path} cannot be read as a MATLAB file ({error}); unpack the archive again.") from None
    if joints.ndim != 3 or joints.shape[:2] != (14, 3):
        hint = " That is the order of LSP, not of LSPET." if joints.shape[:2] == (3, 14) else ""
        raise DataError(f"'joints' in {path} must have the shape (14, 3, N), not {joints.shape}.{hint}")
    return joints.transpose(2, 0, 1)


def assign(path: Path, count: int) -> list[str]:
    """Return train, val, test or "" (left out) for each image, from `split.csv` where there is one.

    Its `val` is halved into val and test, and images it calls suspect are left out everywhere. Without it, 80, 10 and
    10 of a hundred. Who goes where follows from a hash of the file name alone, so additional images do not change it.
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
    """Return (n,): what PCKh divides by, from joints (n, 14, 2) with NaN where not labelled; in the same pixels.

    0.75 x the distance from neck to head top, comparable with MPII's 0.6 x head box diagonal. A head seen from above is
    short, and neck or head is not labelled in one image of five; so at least 0.08 x the longest side of the box of the
    joints, and 0.14 x that side (the median over LSPET) where the head is not labelled.

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
    """Return where the files of `folder` are."""
    found = tuple(path for path in (folder / "joints.mat", folder / "split.csv") if path.is_file())
    return Layout({}, {"": folder / "images"}, found)


def _people(folder: Path, labels: Floats, numbers: list[int], size: tuple[int, int], skip_bad: bool) -> People:
    """Cut out the people of the images `numbers`."""
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
