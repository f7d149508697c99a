"""Files with labelled or predicted joints: .npz, .mat and .json, with the names of MPII's evaluation.

A file of labels has `gt` (n, J, 2), `missing` (n, J), `joint_names` (J,), and `headboxes` (n, 2, 2) or `head_sizes`
(n,). The .mat file of the official evaluation has `pos_gt_src`, `jnt_missing`, `headboxes_src` and `dataset_joints`.
Predictions are `predictions` or `preds` (n, J, 2), or a plain list in JSON; an optional `joint_names` is their order.
"""

import json
import zipfile
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasbench_pose.errors import DataError, nearest
from nasbench_pose.pose.json_archive import unzipped

HEAD_SHARE = 0.6
"""Head size of PCKh divided by the diagonal of the labelled head box (Andriluka et al., CVPR 2014)."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """Labels of n people, in pixels of the photographs."""

    joints: Floats
    """(n, J, 2)."""
    labelled: NDArray[np.bool_]
    """(n, J)."""
    head_sizes: Floats
    """(n,): the lengths that divide the distances."""
    names: tuple[str, ...]
    """(J,)."""
    metric: str = ""
    """The name of the metric in the file; may be empty."""


def read_truth(path: Path) -> Truth:
    """Return the labels in the file `path`; raise DataError if it is missing or invalid."""
    held = _read(path)
    if "pos_gt_src" in held:
        held = {
            "gt": _take(held, "pos_gt_src", path).transpose(2, 0, 1),
            "missing": _take(held, "jnt_missing", path).T,
            "headboxes": _take(held, "headboxes_src", path).transpose(2, 0, 1),
            "joint_names": [str(name.item()) for name in _take(held, "dataset_joints", path).ravel()],
        }
    names = _names(held, path)
    joints = _shaped(_take(held, "gt", path), (None, len(names), 2), path, "gt")
    missing = _shaped(_take(held, "missing", path), joints.shape[:2], path, "missing")
    if not np.isin(missing, (0, 1)).all():
        raise DataError(
            f"{path}: 'missing' holds {missing[~np.isin(missing, (0, 1))][0]:g}; it is 0 or 1 for each joint."
        )
    labelled = missing == 0
    if (wrong := np.argwhere(labelled & ~np.isfinite(joints).all(axis=2))).size:
        person, joint = wrong[0]
        raise DataError(f"{path}: {names[joint]} of person {person} is not missing, but has no numbers.")
    metric = str(held["metric"]) if isinstance(held.get("metric"), str | np.ndarray) else ""
    return Truth(joints, labelled, _head_sizes(held, len(joints), path), names, metric)


def read_predictions(path: Path, truth: Truth) -> Floats:
    """Return the predicted joints (n, J, 2) in the order of `truth`; NaN, or null in JSON, is a joint not predicted.

    Raises DataError if the numbers of people or joints differ, if a name is unknown, or if the file is invalid.
    """
    held = _read(path)
    name = "preds" if "preds" in held and "predictions" not in held else "predictions"
    predicted = _shaped(_take(held, name, path), truth.joints.shape, path, name)
    if "joint_names" not in held:
        return predicted
    names, known = _names(held, path), ", ".join(truth.names)
    if unknown := [each for each in names if each not in truth.names]:
        near = nearest(unknown[0], truth.names)
        raise DataError(f"{path} names the joint {unknown[0]!r}; the truth has {known}.{near}")
    if lacking := [each for each in truth.names if each not in names]:
        raise DataError(f"{path} does not name the joint {lacking[0]!r}, which the truth has.")
    return predicted[:, [names.index(each) for each in truth.names]]


def _head_sizes(held: dict[str, Any], people: int, path: Path) -> Floats:
    if "head_sizes" in held and "headboxes" not in held:
        sizes = _shaped(_take(held, "head_sizes", path), (people,), path, "head_sizes")
    else:
        boxes = _shaped(_take(held, "headboxes", path), (people, 2, 2), path, "headboxes")
        sizes = HEAD_SHARE * np.linalg.norm(boxes[:, 1] - boxes[:, 0], axis=-1)
    if (wrong := np.flatnonzero(~(np.isfinite(sizes) & (sizes > 0)))).size:
        raise DataError(
            f"{path}: the head of person {wrong[0]} has no size ({sizes[wrong[0]]:g}), and PCKh divides by it; "
            f"{len(wrong)} of {people} are like that. Leave them out of both files, or label their heads."
        )
    return sizes


def _names(held: dict[str, Any], path: Path) -> tuple[str, ...]:
    names = tuple(str(name).strip() for name in _take(held, "joint_names", path).ravel())
    if twice := [name for name in names if names.count(name) > 1]:
        raise DataError(f"{path} names the joint {twice[0]!r} twice.")
    return names


def _read(path: Path) -> dict[str, Any]:
    """Return the arrays in a file by name; raise DataError for a missing, truncated or unknown file."""
    readers = {".npz": _read_npz, ".mat": _read_mat, ".json": _read_json, ".gz": _read_json}
    if path.suffix not in readers:
        raise DataError(f"{path} is not a file of a known kind: {', '.join(readers)}.")
    if not path.is_file():
        raise DataError(f"There is no file {path}.")
    try:
        return readers[path.suffix](BytesIO(path.read_bytes()))  # numpy and scipy do not close damaged files
    except (OSError, ValueError, EOFError, KeyError, NotImplementedError, zlib.error, zipfile.BadZipFile) as error:
        said = " ".join(str(error).split())
        raise DataError(f"{path} cannot be read as {path.suffix}; is it cut off? ({said})") from error


def _read_npz(file: BytesIO) -> dict[str, Any]:
    with np.load(file, allow_pickle=False) as held:
        return dict(held)


def _read_mat(file: BytesIO) -> dict[str, Any]:
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        return dict(loadmat(file))  # type: ignore[arg-type]  # its stubs forget file objects
    except MatReadError as error:
        raise ValueError(error) from error


def _read_json(file: BytesIO) -> dict[str, Any]:
    held = json.loads(unzipped(file.read()))
    return held if isinstance(held, dict) else {"predictions": held}


def _take(held: dict[str, Any], name: str, path: Path) -> NDArray[Any]:
    if name not in held:
        known = ", ".join(sorted(each for each in held if not each.startswith("__"))) or "nothing"
        raise DataError(f"{path} holds no {name!r}; it holds {known}.")
    try:
        return np.asarray(held[name])
    except ValueError as error:  # lists of unequal lengths
        raise DataError(f"{path}: {name!r} is no array of numbers ({' '.join(str(error).split())}).") from None


def _shaped(array: NDArray[Any], shape: tuple[int | None, ...], path: Path, name: str) -> Floats:
    """Return the array as numbers of a shape; None is any length."""
    if array.dtype == object and all(value is None or isinstance(value, int | float) for value in array.flat):
        array = array.astype(np.float64)  # null in JSON becomes NaN
    agree = len(array.shape) == len(shape) and all(
        want in (None, got) for want, got in zip(shape, array.shape, strict=True)
    )
    if not agree or array.dtype.kind not in "fiub":
        wanted = " x ".join("persons" if length is None else str(length) for length in shape)
        raise DataError(
            f"{path}: {name!r} is an array of {array.shape} {array.dtype} where numbers of {wanted} are needed."
        )
    return array.astype(np.float64)
