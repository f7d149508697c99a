"""PCKh of prediction files for any skeleton, the metric of `evaluate`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nasbench_pose.pose.joint_files import read_predictions, read_truth
from nasbench_pose.pose.pck import area, distances, pck

HALF = 0.5
"""The threshold of PCKh@0.5."""


@dataclass(frozen=True, slots=True)
class PckhScore:
    """Percentages of joints within the threshold."""

    weighted_mean: float
    """Mean over all labelled joints: `val_pckh` of `evaluate`, which leaves out labels outside the crop."""
    mean: float
    """Mean over the joints of the skeleton."""
    area: float
    """Area under the curve between the thresholds 0 and `threshold`: `val_pckh_area` of `evaluate`, at 0.5."""
    people: int
    """Number of people with a labelled joint."""
    per_joint: Mapping[str, float]
    """NaN for a joint without labels."""
    metric: str
    """Name of the metric: PCKh at the threshold, or the name in the truth's file, such as PCK@0.2 of the box."""


def score(truth: Path, predictions: Path, threshold: float = HALF) -> PckhScore:
    """Return the PCKh of the file `predictions` against the labels in the file `truth`; see `joint_files` for both.

    A joint is a hit if it is at most `threshold` head sizes from its label, as in HRNet's code. Raises DataError for an
    invalid file, and if no joint is labelled.
    """
    labels = read_truth(truth)
    apart = distances(read_predictions(predictions, labels), labels.joints, labels.labelled, labels.head_sizes)
    found = pck(apart, threshold)
    per_joint = dict(zip(labels.names, map(float, found.per_joint), strict=True))
    people = int(labels.labelled.any(axis=1).sum())
    metric = labels.metric if labels.metric and threshold == HALF else f"PCKh@{threshold:g}"
    return PckhScore(found.weighted_mean, found.mean, area(apart, threshold), people, per_joint, metric)
