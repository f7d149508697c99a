"""Scores of predictions on MPII as in published tables: PCKh@0.5 per limb, and both means in use.

Andriluka et al., "2D Human Pose Estimation: New Benchmark and State of the Art Analysis", CVPR 2014.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nasbench_pose.errors import DataError
from nasbench_pose.pose.joint_files import read_predictions, read_truth
from nasbench_pose.pose.pck import distances, pck

_LEGS = ("rank", "rkne", "rhip", "lhip", "lkne", "lank")
_TRUNK = ("pelv", "thor", "neck", "head")
_ARMS = ("rwri", "relb", "rsho", "lsho", "lelb", "lwri")

JOINTS = _LEGS + _TRUNK + _ARMS
"""The sixteen joints in MPII's order. Pelvis and thorax are not scored, because they are not labelled independently."""

LIMBS = {
    "head": ["head"],
    "shoulder": ["lsho", "rsho"],
    "elbow": ["lelb", "relb"],
    "wrist": ["lwri", "rwri"],
    "hip": ["lhip", "rhip"],
    "knee": ["lkne", "rkne"],
    "ankle": ["lank", "rank"],
}


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
    """Mean over the 14 joints: bearpaw/pytorch-pose."""
    weighted_mean: float
    """Mean over all labelled joints: HRNet, SimpleBaseline, EfficientPose, mmpose."""


def score(truth: Path, predictions: Path) -> MpiiScore:
    """Return the PCKh@0.5 of the file `predictions` against the ground truth in the file `truth`.

    The formats are those of `joint_files`. Both files must have the same pixel coordinates: for the official .mat the
    first pixel is 1. A limb of which a side has no label is NaN. A joint exactly at the threshold is a miss, as in
    bearpaw/pytorch-pose; in HRNet's code it is a hit (one joint in 40,000). Raises DataError for an invalid file.
    """
    labels = read_truth(truth)
    if sorted(labels.names) != sorted(JOINTS):
        raise DataError(f"{truth} names the joints {', '.join(labels.names)}; MPII has {', '.join(JOINTS)}.")
    predicted = read_predictions(predictions, labels)
    scored = [index for index, name in enumerate(labels.names) if name not in ("pelv", "thor")]
    normalised = distances(predicted, labels.joints, labels.labelled, labels.head_sizes)
    result = pck(normalised[:, scored], strict=True)
    found = dict(zip([labels.names[index] for index in scored], result.per_joint, strict=True))
    limbs = {limb: float(np.mean([found[name] for name in both])) for limb, both in LIMBS.items()}
    return MpiiScore(**limbs, mean=result.mean, weighted_mean=result.weighted_mean)
