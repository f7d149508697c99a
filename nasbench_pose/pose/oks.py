"""Object keypoint similarity and the average precision that follows from it (Lin et al., ECCV 2014).

The numbers of COCO's own evaluation, as functions of arrays; `pose.coco` scores files with the official code.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nasbench_pose.errors import DataError, ShapeError

Floats = NDArray[np.floating]

_FACE, _ARMS, _LEGS = (0.26, 0.25, 0.25, 0.35, 0.35), (0.79, 0.79, 0.72, 0.72, 0.62, 0.62), (1.07, 0.87, 0.89)
SIGMAS: NDArray[np.float64] = np.array([*_FACE, *_ARMS, *np.repeat(_LEGS, 2)]) / 10
"""(17,): how far annotators of COCO differ, joint by joint, as a share of the square root of a person's area."""

THRESHOLDS: NDArray[np.float64] = np.linspace(0.5, 0.95, 10)
"""The similarities that AP is the mean over."""

_RECALLS = np.linspace(0, 1, 101)
_MOST = 20  # predictions of one image that count


def oks(
    predicted: Floats, truth: Floats, labelled: NDArray[np.bool_], areas: Floats, sigmas: Floats = SIGMAS
) -> NDArray[np.float64]:
    """Return the similarity (n, m) of each of n predictions with each of m persons, from 0 to 1.

    It is the mean of exp(-d² / 2 k² area) over a person's labelled joints, with k = 2 sigma. `predicted` is (n, J, 2),
    `truth` (m, J, 2), `labelled` (m, J), `areas` (m,) in square pixels. NaN for a person without labelled joints.
    Raises ShapeError if shapes disagree.

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
    squared = ((predicted[:, None].astype(np.float64) - np.where(labelled[..., None], truth, 0)) ** 2).sum(-1)
    near = np.exp(-squared / (2 * (2 * sigmas) ** 2) / (areas[:, None] + np.spacing(1))) * labelled
    with np.errstate(invalid="ignore"):
        similarity: NDArray[np.float64] = near.sum(-1) / labelled.sum(-1)
    return similarity


def average_precision(images: Sequence[tuple[Floats, Floats]], thresholds: Floats = THRESHOLDS) -> float:
    """Return the mean of the average precision over `thresholds`, from 0 to 1.

    An image is the scores (n,) of its predictions and their similarities (n, m) with the persons in it. The best twenty
    predictions take, one after the other, the most similar person that is left; precision is read at 101 recalls.
    Raises DataError if there is nobody to find.

    >>> one_found = (np.array([0.9, 0.8]), np.array([[0.2, 0.6], [0.1, 0.1]]))
    >>> average_precision([one_found], np.array([0.5])).__round__(3)
    0.505
    """
    persons = sum(similarity.shape[1] for _, similarity in images)
    if not persons:
        raise DataError("There is nobody in these images, so no precision was found.")
    best = [np.argsort(-scores, kind="stable")[:_MOST] for scores, _ in images]
    scores = np.concatenate([scores[kept] for kept, (scores, _) in zip(best, images, strict=True)])
    hits = [_hits(similarity[kept], thresholds) for kept, (_, similarity) in zip(best, images, strict=True)]
    found = np.cumsum(np.concatenate(hits, axis=1)[:, np.argsort(-scores, kind="stable")], axis=1)
    precision = found / np.arange(1, len(scores) + 1)
    envelope = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    recalled = [np.searchsorted(recall, _RECALLS, side="left") for recall in found / persons]
    return float(np.mean([np.append(row, 0)[at] for row, at in zip(envelope, recalled, strict=True)]))


def _hits(similarity: Floats, thresholds: Floats) -> NDArray[np.bool_]:
    """Return (thresholds, n): whether each prediction, best first, takes a person; of equals the last, as COCO's."""
    n, persons = similarity.shape
    hits, free = np.zeros((len(thresholds), n), bool), np.ones((len(thresholds), persons), bool)
    for prediction in range(n if persons else 0):
        left = np.where(free, similarity[prediction], -1)
        person = persons - 1 - left[:, ::-1].argmax(axis=1)
        hits[:, prediction] = left.max(axis=1) >= np.minimum(thresholds, 1 - 1e-10)
        free[hits[:, prediction], person[hits[:, prediction]]] = False
    return hits
