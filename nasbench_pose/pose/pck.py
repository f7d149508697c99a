"""PCK, PCKh and the area under their curves: the fraction of joints that are close enough to their labels.

Distances are divided by a size of the person. PCKh uses the head (Andriluka et al., CVPR 2014). PCK uses the torso
(Sapp & Taskar, CVPR 2013) or the longer side of the box around the joints (Yang & Ramanan, TPAMI 2013).
Joints without a label are NaN and are not counted. A predicted joint that is not finite is a miss.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nasbench_pose.errors import DataError, ShapeError

Floats = NDArray[np.floating]


def distances(predicted: Floats, truth: Floats, labelled: NDArray[np.bool_], sizes: Floats) -> NDArray[np.float64]:
    """Return the distances (n, J) between joints (n, J, 2), divided by `sizes` (n,); NaN for joints without label.

    A person whose size is NaN is not counted. Raises ShapeError if shapes disagree, DataError if a size is not positive
    or a labelled joint is not finite.

    >>> truth = np.zeros((1, 3, 2))
    >>> distances(truth + [3.0, 4.0], truth, np.array([[True, True, False]]), np.array([10.0]))
    array([[0.5, 0.5, nan]])
    """
    _check(predicted, truth, labelled, sizes)
    with np.errstate(invalid="ignore"):
        apart = np.linalg.norm(predicted.astype(np.float64) - truth, axis=-1) / sizes[:, None]
    apart[~np.isfinite(predicted).all(-1)] = np.inf
    return np.where(labelled & np.isfinite(sizes)[:, None], apart, np.nan)


@dataclass(frozen=True, slots=True)
class Pck:
    """Percentages of joints within the threshold: per joint (J,), and two means that papers confuse."""

    per_joint: NDArray[np.float64]
    """NaN for a joint that has no label in the data set."""
    mean: float
    """Mean over the joints of the skeleton."""
    weighted_mean: float
    """Mean over all labelled joints, which HRNet and mmpose print."""


def pck(distances: NDArray[np.float64], threshold: float = 0.5, *, strict: bool = False) -> Pck:
    """Return the percentages of `distances` (n, J) up to `threshold`; NaN distances do not count.

    A distance equal to the threshold is a hit, as in MPII's and HRNet's code; with `strict` it is a miss, as in
    bearpaw/pytorch-pose. Raises DataError if no joint is labelled.

    >>> pck(np.array([[0.1, 0.2], [0.5, 0.6], [0.7, np.nan]]))
    Pck(per_joint=array([66.66666667, 50.        ]), mean=58.333333333333336, weighted_mean=60.0)
    """
    labelled = (~np.isnan(distances)).sum(axis=0)
    if not labelled.any():
        raise DataError("No joint is labelled, so PCK is undefined; check the labels of this data set.")
    found = (distances < threshold if strict else distances <= threshold).sum(axis=0)
    per_joint = np.divide(100.0 * found, labelled, out=np.full(len(found), np.nan), where=labelled > 0)
    return Pck(per_joint, float(np.nanmean(per_joint)), float(100.0 * found.sum() / labelled.sum()))


def area(distances: NDArray[np.float64], limit: float = 0.5) -> float:
    """Return the area under the curve of `pck(...).weighted_mean` over thresholds from 0 to `limit`, in percent.

    It is exact, not sampled, because the curve is a step function. Every joint changes it, so it distinguishes networks
    that are equal at a single threshold.

    >>> area(np.array([[0.0, 0.25, 0.9]]))
    50.0
    """
    if np.isnan(distances).all():
        raise DataError("No joint is labelled, so PCK is undefined; check the labels of this data set.")
    return float(100.0 * np.nanmean(np.clip(1 - distances / limit, 0, None)))


def torso_sizes(joints: Floats, labelled: NDArray[np.bool_], shoulder: int, hip: int) -> NDArray[np.float64]:
    """Return the distance (n,) from joint `shoulder` to joint `hip` of the other side; NaN if one is not labelled.

    >>> torso_sizes(np.array([[[0.0, 0.0], [3.0, 4.0]]]), np.array([[True, True]]), shoulder=0, hip=1)
    array([5.])
    """
    size = np.linalg.norm(joints[:, shoulder].astype(np.float64) - joints[:, hip], axis=-1)
    return np.where(labelled[:, shoulder] & labelled[:, hip], size, np.nan)


def box_sizes(joints: Floats, labelled: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the longer side (n,) of the box around the labelled joints; NaN for fewer than two of them.

    >>> box_sizes(np.array([[[0.0, 0.0], [3.0, 4.0], [99.0, 99.0]]]), np.array([[True, True, False]]))
    array([4.])
    """
    low = np.where(labelled[..., None], joints, np.inf).min(axis=1)
    high = np.where(labelled[..., None], joints, -np.inf).max(axis=1)
    return np.where(labelled.sum(axis=1) > 1, (high - low).max(axis=-1), np.nan)


def _check(predicted: Floats, truth: Floats, labelled: NDArray[np.bool_], sizes: Floats) -> None:
    shape = truth.shape
    if len(shape) != 3 or shape[2] != 2:
        raise ShapeError(f"Joints have the shape (persons, joints, 2), but the truth is {shape}.")
    for name, array, expected in (("predicted", predicted, shape), ("labelled", labelled, shape[:2])):
        if array.shape != expected:
            raise ShapeError(f"`{name}` is {array.shape}, but the truth {shape} needs {expected}.")
    if sizes.shape != shape[:1]:
        raise ShapeError(f"`sizes` is {sizes.shape}; one number for each of {shape[0]} persons is needed.")
    if (lost := np.argwhere(labelled & ~np.isfinite(truth).all(-1))).size:
        raise DataError(f"Joint {lost[0, 1]} of person {lost[0, 0]} is labelled, but its coordinates are not numbers.")
    if (wrong := np.flatnonzero(sizes <= 0)).size:
        raise DataError(f"Person {wrong[0]} has the size {sizes[wrong[0]]}; distances need a positive one.")
