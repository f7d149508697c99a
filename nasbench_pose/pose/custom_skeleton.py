"""Custom skeletons: from the `categories` entry of a COCO-format file, completed or replaced by a TOML file."""

import logging
import math
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nasbench_pose.errors import DataError, InvalidFileError, nearest
from nasbench_pose.pose.skeleton import COCO17, PCKH, Skeleton, normalised, paired

PCK_TORSO, PCK_BOX = "PCK@0.2 of the torso", "PCK@0.2 of the box"
"""Metrics of skeletons without a head size: Sapp & Taskar (CVPR 2013), and Yang & Ramanan (TPAMI 2013)."""

FIELDS = ("name", "joints", "flip_pairs", "bones", "sigmas", "head", "torso", "lower_body")
"""The fields of a skeleton's TOML file."""

_LOG = logging.getLogger(__name__)


def skeleton_of(category: Mapping[str, Any], path: Path | None, values: int, what: str) -> Skeleton:
    """Return the skeleton of a category of a COCO-format file.

    `values` is the length of `keypoints` in its annotations, three per joint. The category's `keypoints` are the joints
    and its `skeleton` the bones. Joints whose names differ only in left and right are pairs. Fields of the TOML file at
    `path` have priority. Seventeen joints with COCO's names, or without names, are COCO's skeleton. `what` names the
    category in errors. Raises DataError if joints have no names or their number differs from the annotations, and
    InvalidFileError for an invalid TOML file.
    """
    said = read_toml(path) if path else {}
    names = said.get("joints", category.get("keypoints"))
    if not names and values == 3 * len(COCO17.joints) and not path:
        return COCO17
    if values % 3:
        raise DataError(
            f"{what} has annotations with {values} numbers as 'keypoints'; expected x, y and a flag of each joint: 0 "
            "not labelled, 1 hidden, 2 visible."
        )
    if not isinstance(names, list) or not names or not all(isinstance(name, str) and name for name in names):
        raise DataError(
            f"{what} does not name its {values // 3} joints; expected their names in its 'keypoints', or in a file, "
            'as in skeleton=hand.toml with joints = ["wrist", …].'
        )
    if len(set(names)) < len(names):
        raise DataError(f"{what} names a joint twice: {next(name for name in names if names.count(name) > 1)!r}.")
    if 3 * len(names) != values:
        raise DataError(
            f"{what} names {len(names)} joints, but its annotations have {values} values, which are {values // 3} "
            "joints of x, y and a flag."
        )
    if not path and [normalised(name) for name in names] == list(COCO17.joints):
        return COCO17
    return _skeleton(said, tuple(names), category, f"{path}" if path else what)


def _skeleton(said: Mapping[str, Any], names: tuple[str, ...], category: Mapping[str, Any], what: str) -> Skeleton:
    pairs = _pairs(said["flip_pairs"], names, "flip_pairs", what) if "flip_pairs" in said else paired(names)
    if len({joint for pair in pairs for joint in pair}) < 2 * len(pairs):
        raise InvalidFileError(f"{what}: 'flip_pairs' has a joint in two pairs; each joint has one mirror image.")
    bones = _pairs(said["bones"], names, "bones", what) if "bones" in said else _bones(category, names, what)
    lower = _numbers(said["lower_body"], names, "lower_body", what) if "lower_body" in said else None
    metric, ends = PCK_BOX, None
    for field, called in (("head", PCKH), ("torso", PCK_TORSO)):
        if field in said and ends is None:
            metric, (ends,) = called, _pairs([said[field]], names, field, what)
    sigmas = _sigmas(said.get("sigmas", category.get("sigmas", [])), names, what)
    name = str(said.get("name", category.get("name", "skeleton")))
    return Skeleton(name, names, pairs, bones, sigmas, metric, ends, lower)


def read_toml(path: Path) -> dict[str, Any]:
    """Return the fields of a skeleton's TOML file; raise InvalidFileError if it is unreadable or has other fields."""
    try:
        said = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise InvalidFileError(f"There is no file {path}; expected a skeleton as TOML.") from None
    except (OSError, ValueError) as error:
        raise InvalidFileError(f"{path} cannot be read as TOML: {' '.join(str(error).split())}.") from None
    if unknown := [name for name in said if name not in FIELDS]:
        known = ", ".join(FIELDS)
        raise InvalidFileError(
            f"{path}: a skeleton has no {unknown[0]!r}; known: {known}.{nearest(unknown[0], FIELDS)}"
        )
    return said


def _numbers(held: Any, names: Sequence[str], field: str, what: str) -> tuple[int, ...]:
    """Return the indices of the named joints."""
    if not isinstance(held, list):
        raise InvalidFileError(f"{what}: {field!r} is {held!r}; expected a list of joints.")
    for name in held:
        if name not in names:
            known = [str(name) for name in names]
            raise InvalidFileError(
                f"{what}: {field!r} names {name!r}, which is not a joint of the skeleton.{nearest(str(name), known)}"
            )
    return tuple(names.index(name) for name in held)


def _pairs(held: Any, names: Sequence[str], field: str, what: str) -> tuple[tuple[int, int], ...]:
    pairs = [_numbers(pair, names, field, what) for pair in held] if isinstance(held, list) else []
    if not isinstance(held, list) or any(len(pair) != 2 or pair[0] == pair[1] for pair in pairs):
        raise InvalidFileError(f'{what}: {field!r} must be a list of pairs of joints, such as ["r_eye", "l_eye"].')
    return tuple((pair[0], pair[1]) for pair in pairs)


def _bones(category: Mapping[str, Any], names: Sequence[str], what: str) -> tuple[tuple[int, int], ...]:
    """Return the `skeleton` of a category as pairs of indices.

    The file has names or numbers. Numbers count from one, or from zero if one of them is 0. Returns no bones if a joint
    does not exist: many files have the bones of COCO copied to another skeleton.
    """
    held = category.get("skeleton") or []
    numbers = {name: number for number, name in enumerate(names, start=1)}
    try:
        ends = [(int(numbers.get(a, a)), int(numbers.get(b, b))) for a, b in held]
    except (TypeError, ValueError):
        ends = [(-1, -1)]
    first = 0 if any(0 in bone for bone in ends) else 1
    if any(not 0 <= end - first < len(names) for bone in ends for end in bone):
        _LOG.warning(
            "%s has bones of joints that it does not have, so none is drawn; 'bones' in a TOML file adds them", what
        )
        return ()
    return tuple((a - first, b - first) for a, b in ends)


def _sigmas(held: Any, names: Sequence[str], what: str) -> tuple[float, ...]:
    if not held:
        return ()
    good = isinstance(held, list) and all(
        isinstance(sigma, int | float) and not isinstance(sigma, bool) and sigma > 0 and math.isfinite(sigma)
        for sigma in held
    )
    if not good or len(held) != len(names):
        raise InvalidFileError(f"{what}: 'sigmas' must be {len(names)} positive numbers, one of each joint.")
    return tuple(map(float, held))
