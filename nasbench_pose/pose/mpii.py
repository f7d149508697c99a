"""Scoring predictions on MPII as the published tables do: PCKh@0.5 per limb and both of the means in use.

Andriluka et al., "2D Human Pose Estimation: New Benchmark and State of the Art Analysis", CVPR 2014.
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

from nasbench_pose.errors import DataError
from nasbench_pose.pose.pck import distances, pck

_LEGS = ("rank", "rkne", "rhip", "lhip", "lkne", "lank")
_TRUNK = ("pelv", "thor", "neck", "head")
_ARMS = ("rwri", "relb", "rsho", "lsho", "lelb", "lwri")

JOINTS = _LEGS + _TRUNK + _ARMS
"""The sixteen joints in MPII's order. Pelvis and thorax are never scored: they are not labelled independently."""

LIMBS = {
    "head": ["head"],
    "shoulder": ["lsho", "rsho"],
    "elbow": ["lelb", "relb"],
    "wrist": ["lwri", "rwri"],
    "hip": ["lhip", "rhip"],
    "knee": ["lkne", "rkne"],
    "ankle": ["lank", "rank"],
}

HEAD_SHARE = 0.6
"""The head size of PCKh is this share of the diagonal of the labelled head box."""


@dataclass(frozen=True, slots=True)
class MpiiScore:
    """PCKh in percent. `head` is the head top alone; the other limbs are the mean of left and right."""

    head: float
    shoulder: float
    elbow: float
    wrist: float
    hip: float
    knee: float
    ankle: float
    mean: float
    """Of 14 joints that count the same: bearpaw/pytorch-pose."""
    weighted_mean: float
    """Of all labelled joints that count the same: HRNet, SimpleBaseline, EfficientPose, mmpose."""


def score(truth: Path, predictions: Path) -> MpiiScore:
    """Return the PCKh@0.5 of the file `predictions` against the ground truth in the file `truth`.

    `truth` is an .npz (`gt` (n, 16, 2), `missing` (n, 16), `headboxes` (n, 2, 2), `joint_names`) or the official
    evaluation's .mat (`pos_gt_src`, `jnt_missing`, `headboxes_src`, `dataset_joints`, as HRNet's gt_valid.mat).
    `predictions` is an .npz (`predictions`), a .mat (`preds`) or a .json list, of shape (n, 16, 2) in the pixels of
    the same photographs and counted from the same corner: nothing is added, so for the official .mat count from one.
    A joint exactly at the threshold is a miss, as in bearpaw/pytorch-pose; HRNet's code counts it (one in 40,000).
    Raises DataError that says which file is wrong and how.
    """
    joints, missing, headboxes, names = _truth(truth)
    predicted = _predictions(predictions, joints.shape)
    sizes = HEAD_SHARE * np.linalg.norm(headboxes[:, 1] - headboxes[:, 0], axis=-1)
    scored = [index for index, name in enumerate(names) if name not in ("pelv", "thor")]
    result = pck(distances(predicted, joints, missing == 0, sizes)[:, scored], strict=True)
    found = dict(zip([names[index] for index in scored], result.per_joint, strict=True))
    limbs = {limb: float(np.mean([found[name] for name in both])) for limb, both in LIMBS.items()}
    return MpiiScore(**limbs, mean=result.mean, weighted_mean=result.weighted_mean)


Truth = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], list[str]]


def _truth(path: Path) -> Truth:
    """Return joints (n, 16, 2), missing (n, 16), head boxes (n, 2, 2) as two corners, and the joints' names."""
    held = _read(path)
    if path.suffix == ".mat":
        held = {
            "gt": _take(held, "pos_gt_src", path).transpose(2, 0, 1),
            "missing": _take(held, "jnt_missing", path).T,
            "headboxes": _take(held, "headboxes_src", path).transpose(2, 0, 1),
            "joint_names": [str(name.item()) for name in _take(held, "dataset_joints", path).ravel()],
        }
    names = [str(name) for name in _take(held, "joint_names", path)]
    if sorted(names) != sorted(JOINTS):
        raise DataError(f"{path} names the joints {', '.join(names)}; MPII has {', '.join(JOINTS)}.")
    joints = _shaped(_take(held, "gt", path), (None, len(JOINTS), 2), path)
    missing = _shaped(_take(held, "missing", path), joints.shape[:2], path)
    return joints, missing, _shaped(_take(held, "headboxes", path), (len(joints), 2, 2), path), names


def _predictions(path: Path, shape: tuple[int, ...]) -> NDArray[np.float64]:
    held = _read(path)
    return _shaped(_take(held, "preds" if path.suffix == ".mat" else "predictions", path), shape, path)


def _read(path: Path) -> dict[str, Any]:
    """Return the arrays in a file by name; raise DataError if there is none, or it is cut off or of another kind."""
    readers = {".npz": _read_npz, ".mat": _read_mat, ".json": _read_json}
    if path.suffix not in readers:
        raise DataError(f"{path} is not a file of a known kind: {', '.join(readers)}.")
    if not path.is_file():
        raise DataError(f"There is no file {path}.")
    try:
        return readers[path.suffix](BytesIO(path.read_bytes()))  # numpy and scipy leave broken files open
    except (OSError, ValueError, EOFError, KeyError, NotImplementedError, zlib.error, zipfile.BadZipFile) as error:
        raise DataError(f"{path} cannot be read as {path.suffix}; is it cut off? ({error})") from error


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
    held = json.load(file)
    held = held if isinstance(held, dict) else {"predictions": held}
    return {name: np.asarray(value) for name, value in held.items()}


def _take(held: dict[str, Any], name: str, path: Path) -> NDArray[Any]:
    if name not in held:
        raise DataError(f"{path} holds no {name!r}; it holds {', '.join(sorted(held)) or 'nothing'}.")
    return np.asarray(held[name])


def _shaped(array: NDArray[Any], shape: tuple[int | None, ...], path: Path) -> NDArray[np.float64]:
    """Return the array as numbers; None stands for any length."""
    agree = len(array.shape) == len(shape) and all(
        want in (None, got) for want, got in zip(shape, array.shape, strict=True)
    )
    if not agree or array.dtype.kind not in "fiub":
        wanted = " x ".join("persons" if length is None else str(length) for length in shape)
        raise DataError(f"{path} holds an array of {array.shape} {array.dtype} where numbers of {wanted} are needed.")
    return array.astype(np.float64)
