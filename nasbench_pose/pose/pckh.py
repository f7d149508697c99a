"""PCKh of files with any joints: what `evaluate` measures, from predictions in a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nasbench_pose.pose.joint_files import read_predictions, read_truth
from nasbench_pose.pose.pck import area, distances, pck

HALF = 0.5
"""The threshold of PCKh@0.5."""


@dataclass(frozen=True, slots=True)
class PckhScore:
    """Percentages of joints found."""

    weighted_mean: float
    """Of all labelled joints that count the same: `val_pckh` of `evaluate`."""
    mean: float
    """Of joints that count the same."""
    area: float
    """Area under the curve between the thresholds 0 and `threshold`: `val_pckh_area` of `evaluate`, at 0.5."""
    people: int
    """Of whom a joint is labelled."""
    per_joint: Mapping[str, float]
    """NaN for a joint that is labelled nowhere."""
    metric: str
    """What this is called: PCKh at the threshold, or what the truth says of its head sizes, as PCK@0.2 of the box."""


def score(truth: Path, predictions: Path, threshold: float = HALF) -> PckhScore:
    """Return the PCKh of the file `predictions` against the labels in the file `truth`; see `joint_files` for both.

    A joint is right up to `threshold` head sizes from its label, which itself counts, as in HRNet's code. Raises
    DataError that says which file is wrong and how, or that nothing is labelled.
    """
    labels = read_truth(truth)
    apart = distances(read_predictions(predictions, labels), labels.joints, labels.labelled, labels.head_sizes)
    found = pck(apart, threshold)
    per_joint = dict(zip(labels.names, map(float, found.per_joint), strict=True))
    people = int(labels.labelled.any(axis=1).sum())
    metric = labels.metric if labels.metric and threshold == HALF else f"PCKh@{threshold:g}"
    return PckhScore(found.weighted_mean, found.mean, area(apart, threshold), people, per_joint, metric)
