"""Object keypoint similarity and the average precision that follows from it (Lin et al., ECCV 2014).

The results equal those of COCO's evaluation. `pose.coco` scores files with the official code.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nasbench_pose.errors import DataError, ShapeError

Floats = NDArray[np.floating]

_FACE, _ARMS, _LEGS = (0.26, 0.25, 0.25, 0.35, 0.35), (0.79, 0.79, 0.72, 0.72, 0.62, 0.62), (1.07, 0.87, 0.89)
SIGMAS: NDArray[np.float64] = np.array([*_FACE, *_ARMS, *np.repeat(_LEGS, 2)]) / 10
"""(17,): standard deviation of COCO's annotators for each joint, divided by the square root of a person's area."""

THRESHOLDS: NDArray[np.float64] = np.linspace(0.5, 0.95, 10)
"""The thresholds of similarity over which AP is averaged."""

MAX_DETECTIONS = 20
"""Maximum number of predictions of an image, by score."""

_RECALLS = np.linspace(0, 1, 101)


class Detections(NamedTuple):
    """The predictions in one image."""

    scores: Floats
    """(n,)."""
    similarity: Floats
    """(n, m): result of `oks` for the m persons of the image; NaN for a person without labels."""
    ignored: NDArray[np.bool_] | None = None
    """(m,): ignored persons. A prediction that matches one counts as neither correct nor wrong. Default: none."""
    crowds: NDArray[np.bool_] | None = None
    """(m,): ignored persons that several predictions may match (crowds)."""


def oks(
    predicted: Floats,
    truth: Floats,
    labelled: NDArray[np.bool_],
    areas: Floats,
    sigmas: Floats = SIGMAS,
    boxes: Floats | None = None,
) -> NDArray[np.float64]:
    """Return the similarity (n, m) of each of n predictions with each of m persons, from 0 to 1.

    It is the mean of exp(-d² / 2 k² area) over a person's labelled joints, with k = 2 sigma. `predicted` is (n, J, 2),
    `truth` (m, J, 2), `labelled` (m, J), `areas` (m,) in square pixels. A joint predicted at NaN has similarity 0. For
    a person without labelled joints, d is the distance to the box enlarged by a factor of three, as in COCOeval;
    `boxes` (m, 4) are left, top, width and height. Without `boxes` the similarity is NaN.
    Raises ShapeError if shapes disagree, DataError for the area of a labelled person that is not positive.

    >>> truth = np.zeros((1, 17, 2))
    >>> oks(truth + [0.1, 0], truth, np.ones((1, 17), dtype=bool), np.array([1.0])).round(3)
    array([[0.647]])
    """
    joints = len(sigmas)
    if predicted.shape[1:] != (joints, 2) or truth.shape[1:] != (joints, 2) or labelled.shape != truth.shape[:2]:
        raise ShapeError(
            f"{joints} joints need predictions of (n, {joints}, 2), persons of (m, {joints}, 2) and labels of "
            f"(m, {joints}), not {predicted.shape}, {truth.shape} and {labelled.shape}."
        )
    known: NDArray[np.bool_] = np.asarray(labelled.any(axis=1))
    if (wrong := np.flatnonzero(known & ~(areas > 0))).size:
        raise DataError(f"Person {wrong[0]} has the area {areas[wrong[0]]:g}; expected a positive area.")
    points = predicted[:, None].astype(np.float64)
    apart = points - np.where(labelled[..., None], truth, 0)
    if boxes is not None:
        low, high = (boxes[:, None, :2] - boxes[:, None, 2:]), (boxes[:, None, :2] + 2 * boxes[:, None, 2:])
        outside = np.maximum(0, low - points) + np.maximum(0, points - high)
        apart = np.where(known[:, None, None], apart, outside)
    near = np.exp(-(apart**2).sum(-1) / (2 * (2 * sigmas) ** 2) / (areas[:, None] + np.spacing(1)))
    counts = labelled if boxes is None else labelled | ~known[:, None]
    with np.errstate(invalid="ignore"):
        similarity: NDArray[np.float64] = (np.nan_to_num(near) * counts).sum(-1) / counts.sum(-1)
    return similarity


def average_precision(
    images: Sequence[Detections | tuple[Floats, Floats]],
    thresholds: Floats = THRESHOLDS,
    max_detections: int = MAX_DETECTIONS,
) -> float:
    """Return the mean of the average precision over `thresholds`, from 0 to 1.

    An image is `Detections`, or only its scores (n,) and similarities (n, m). The best `max_detections` predictions are
    matched in the order of their scores, each to the most similar person that is not matched yet. Precision is read at
    101 recalls. A person whose similarities are NaN has no labels: it is never matched and never missed. Raises
    DataError if there is no person to find, or for a score that is not a number.

    >>> one_found = (np.array([0.9, 0.8]), np.array([[0.2, 0.6], [0.1, 0.1]]))
    >>> average_precision([one_found], np.array([0.5])).__round__(3)
    0.505
    """
    every = [_completed(Detections(*image), max_detections) for image in images]
    persons = sum(int((~image.ignored).sum()) for image in every if image.ignored is not None)
    if not persons:
        raise DataError("These images have no persons to find, so there is no average precision.")
    order = np.argsort(-np.concatenate([image.scores for image in every]), kind="stable")
    outcomes = [_outcomes(image, thresholds) for image in every]
    hits, counted = (np.concatenate(part, axis=1)[:, order] for part in zip(*outcomes, strict=True))
    found = np.cumsum(hits & counted, axis=1)
    precision = found / np.maximum(np.cumsum(counted, axis=1), 1)
    envelope = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    recalled = [np.searchsorted(recall, _RECALLS, side="left") for recall in found / persons]
    return float(np.mean([np.append(row, 0)[at] for row, at in zip(envelope, recalled, strict=True)]))


def _completed(image: Detections, most: int) -> Detections:
    """Return the best `most` predictions, best first; persons without an OKS are ignored and have similarity -1."""
    if not np.isfinite(image.scores).all():
        raise DataError("A prediction has a score that is not a finite number.")
    best = np.argsort(-image.scores, kind="stable")[:most]
    unknown = (
        np.isnan(image.similarity).all(axis=0) if len(image.similarity) else np.zeros(image.similarity.shape[1], bool)
    )
    ignored = np.asarray(unknown if image.ignored is None else unknown | image.ignored)
    crowds = np.zeros_like(ignored) if image.crowds is None else image.crowds
    return Detections(image.scores[best], np.nan_to_num(image.similarity[best], nan=-1.0), ignored, crowds)


def _outcomes(image: Detections, thresholds: Floats) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return (thresholds, n) twice: whether each prediction matches a person, and whether it counts.

    Ignored persons are matched only if no other is similar enough; of equal ones the last matches, as in COCOeval.
    """
    (n, persons), ignored, crowds = image.similarity.shape, image.ignored, image.crowds
    assert ignored is not None and crowds is not None
    hits, counted = np.zeros((len(thresholds), n), bool), np.ones((len(thresholds), n), bool)
    free = np.ones((len(thresholds), persons), bool)
    needed = np.minimum(thresholds, 1 - 1e-10)
    for prediction in range(n if persons else 0):
        for group in (~ignored, ignored):
            left = np.where(free & group, image.similarity[prediction], -1)
            person = persons - 1 - left[:, ::-1].argmax(axis=1)
            takes = (left.max(axis=1) >= needed) & ~hits[:, prediction]
            hits[takes, prediction] = True
            counted[takes, prediction] = ~ignored[person[takes]]
            free[takes, person[takes]] = crowds[person[takes]]
    return hits, counted
