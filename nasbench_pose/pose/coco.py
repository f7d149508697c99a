"""Scoring predictions on COCO keypoints as the published tables do, by the official code (Lin et al., ECCV 2014).

The official code takes much for granted and goes wrong in silence: an annotation whose id is 0 is never found, ids that
repeat hide each other, a `bbox` of a prediction changes its area. So it is only given what its definition needs, with
ids that count from one.
"""

import contextlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasbench_pose.errors import DataError, ShapeError
from nasbench_pose.pose.json_archive import entry_of, listed, numbers, read_json
from nasbench_pose.pose.oks import MAX_DETECTIONS, SIGMAS
from nasbench_pose.pose.skeleton import COCO17

SHOWN = 3
"""Numbers of the truth that an error names as examples."""

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CocoScore:
    """COCOeval's ten statistics of keypoints, from 0 to 1; -1 where there is no such person in the truth."""

    AP: float
    """Average precision, the mean over the similarities 0.50, 0.55 … 0.95."""
    AP50: float
    AP75: float
    APM: float
    """Of persons with an area between 32² and 96² pixels."""
    APL: float
    """Of larger persons."""
    AR: float
    """Average recall, likewise."""
    AR50: float
    AR75: float
    ARM: float
    ARL: float


def score(
    truth: Path, predictions: Path, *, sigmas: Sequence[float] | None = None, max_detections: int = MAX_DETECTIONS
) -> CocoScore:
    """Return the statistics of the file `predictions` against the annotations in the file `truth`.

    `truth` is an official `person_keypoints_….json`. Of an annotation `image_id`, `category_id`, `keypoints` and `area`
    are needed; `iscrowd` and `bbox` say who need not be found: crowds, and persons without labelled joints, whoever
    predicts them in the box. `predictions` is the list of detections that COCO's server takes: `image_id`,
    `category_id`, `keypoints` (x, y, and a number that is not used, of each joint) and `score`; anything else, a `bbox`
    too, is not looked at. Every image of the truth counts, and of each the best `max_detections` predictions.
    `sigmas`, one for each joint, default to COCO's seventeen. Raises DataError that says which file is wrong and how;
    also for images and categories that the truth does not list, which the official code would pass over in silence.
    """
    known, found, measured = _both(truth, predictions, sigmas)
    return CocoScore(*_statistics(known, found, measured, max_detections))


def score_joints(
    truth: Path,
    predictions: Path,
    *,
    sigmas: Sequence[float] | None = None,
    joints: Sequence[str] = COCO17.joints,
    max_detections: int = MAX_DETECTIONS,
) -> dict[str, float]:
    """Return joint -> AP of that joint alone: all others count as not labelled. -1 for a joint that nobody has.

    Takes and raises what `score` does. `joints` are the names, in the order of the files.
    """
    known, found, measured = _both(truth, predictions, sigmas)
    if len(joints) != len(measured):
        raise ShapeError(f"{len(joints)} names of joints were given for {len(measured)} sigmas.")
    per_joint = {}
    for number, joint in enumerate(joints):
        alone = [_labelled_only(annotation, number) for annotation in known["annotations"]]
        per_joint[joint] = _statistics({**known, "annotations": alone}, found, measured, max_detections)[0]
    return per_joint


def _labelled_only(annotation: Entry, joint: int) -> dict[str, Any]:
    points = np.asarray(annotation["keypoints"], float).reshape(-1, 3)
    points[np.arange(len(points)) != joint, 2] = 0
    return {**annotation, "keypoints": points.ravel().tolist(), "num_keypoints": int(points[joint, 2] > 0)}


def _both(
    truth: Path, predictions: Path, sigmas: Sequence[float] | None
) -> tuple[dict[str, Any], list[dict[str, Any]], NDArray[np.float64]]:
    """Return the truth and the predictions, with ids from one and nothing that is not needed, and the sigmas."""
    measured = np.asarray(SIGMAS if sigmas is None else sigmas, float)
    if measured.ndim != 1 or not (measured > 0).all():
        raise ShapeError(f"Sigmas are positive numbers, one for each joint, not {sigmas}.")
    held, values = read_json(truth), 3 * len(measured)
    ids = {place: _ids(listed(held, truth, place), what, truth) for place, what in PLACES.items()}
    annotations = listed(held, truth, "annotations")
    known = {
        "images": [{"id": number} for number in ids["images"].values()],
        "categories": [{"id": number, "name": str(name)} for name, number in ids["categories"].items()],
        "annotations": [
            {**_annotation(entry, values, f"Annotation {number} of {truth}", ids, truth), "id": number + 1}
            for number, entry in enumerate(annotations)
        ],
    }
    found = listed(read_json(predictions), predictions)
    if not found:
        raise DataError(f"{predictions} holds no prediction, so there is nothing to score.")
    return (
        known,
        [_prediction(p, values, f"Prediction {n} of {predictions}", ids, truth) for n, p in enumerate(found)],
        measured,
    )


PLACES = {"images": "Image", "categories": "Category"}


def _ids(entries: Sequence[Any], what: str, path: Path) -> dict[int | str, int]:
    """Return the number of each id, in the order of ids that the official code goes by; raise DataError for repeats."""
    ids: dict[int | str, None] = {}
    for number, entry in enumerate(entries):
        about = f"{what} {number} of {path}"
        identity = _identity(entry_of(entry, ("id", "name") if what == "Category" else ("id",), about), "id", about)
        if identity in ids:
            raise DataError(f"{about} repeats the 'id' {json.dumps(identity)}; every {what.lower()} needs its own.")
        ids[identity] = None
    order = sorted(ids, key=lambda identity: (isinstance(identity, str), identity))
    return {identity: number for number, identity in enumerate(order, start=1)}


def _annotation(
    annotation: Any, values: int, what: str, ids: Mapping[str, Mapping[int | str, int]], truth: Path
) -> dict[str, Any]:
    """Return what the official code needs to know of a person, after a look at everything it takes for granted."""
    entry = entry_of(annotation, ("image_id", "category_id", "keypoints", "area"), what)
    keypoints = numbers(entry, "keypoints", (values,), what)
    labelled = int((keypoints[2::3] > 0).sum())
    given = int(numbers(entry, "num_keypoints", (), what)) if entry.get("num_keypoints") is not None else labelled
    if (given > 0) != (labelled > 0):
        raise DataError(f"{what}: 'num_keypoints' is {given}, but {labelled} of its 'keypoints' are labelled.")
    area, crowd = float(numbers(entry, "area", (), what)), bool(numbers({"iscrowd": 0, **entry}, "iscrowd", (), what))
    if area <= 0 and labelled and not crowd:
        raise DataError(f"{what}: 'area' is {area:g}; the similarity of a person needs a positive one.")
    box = [0.0] * 4 if entry.get("bbox") is None else numbers(entry, "bbox", (4,), what).tolist()
    return {
        **_places(entry, what, ids, truth),
        "keypoints": keypoints.tolist(),
        "num_keypoints": labelled,
        "area": area,
        "bbox": box,
        "iscrowd": int(crowd),
    }


def _prediction(
    prediction: Any, values: int, what: str, ids: Mapping[str, Mapping[int | str, int]], truth: Path
) -> dict[str, Any]:
    entry = entry_of(prediction, ("image_id", "category_id", "keypoints", "score"), what)
    keypoints = numbers(entry, "keypoints", (values,), what).tolist()
    return {
        **_places(entry, what, ids, truth),
        "keypoints": keypoints,
        "score": float(numbers(entry, "score", (), what)),
    }


def _places(entry: Entry, what: str, ids: Mapping[str, Mapping[int | str, int]], truth: Path) -> dict[str, int]:
    """Return the numbers of the image and the category; raise DataError for one that the truth does not list."""
    numbered = {}
    for name, place in (("image_id", "images"), ("category_id", "categories")):
        identity = _identity(entry, name, what)
        if identity not in ids[place]:
            raise DataError(f"{what}: {name!r} is {json.dumps(identity)}, {_unlike(identity, list(ids[place]), truth)}")
        numbered[name] = ids[place][identity]
    return numbered


def _unlike(unknown: int | str, ids: list[int | str], truth: Path) -> str:
    """Say why `unknown` is none of the `ids`: a number in quotes is another one."""
    if kin := [each for each in ids if str(each) == str(unknown)]:
        return f"but {truth} has {json.dumps(kin[0])}; a {'number' if isinstance(kin[0], int) else 'text'} is expected."
    some = ", ".join(map(json.dumps, ids[:SHOWN])) or "none"
    return f"which {truth} does not list; it lists {some}{', …' if len(ids) > SHOWN else '.'}"


def _identity(entry: Entry, name: str, what: str) -> int | str:
    """Return `entry[name]`; raise DataError if it cannot name an image, a category or a person."""
    value = entry[name]
    if not isinstance(value, int | str) or isinstance(value, bool):
        raise DataError(f"{what}: {name!r} is {json.dumps(value)[:40]}; a whole number is expected.")
    return value


def _statistics(known: Entry, found: list[dict[str, Any]], sigmas: NDArray[np.float64], most: int) -> list[float]:
    """Return COCOeval's ten statistics. It changes what it is given, and its own summary only knows 20 predictions."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    with contextlib.redirect_stdout(io.StringIO()):  # it prints what it does
        official = COCO()
        official.dataset = {**known, "annotations": [dict(annotation) for annotation in known["annotations"]]}
        official.createIndex()
        evaluation = COCOeval(official, official.loadRes([dict(prediction) for prediction in found]), "keypoints")
        evaluation.params.kpt_oks_sigmas, evaluation.params.maxDets = sigmas, [most]
        evaluation.evaluate()
        evaluation.accumulate()
    sizes = {name: number for number, name in enumerate(evaluation.params.areaRngLbl)}
    rows = [("all", slice(None)), ("all", 0), ("all", 5), ("medium", slice(None)), ("large", slice(None))]
    shares = [evaluation.eval[kind] for kind in ("precision", "recall")]  # (thresholds, …, sizes, one)
    return [_mean(share[at, ..., sizes[size], 0]) for share in shares for size, at in rows]


def _mean(shares: NDArray[np.float64]) -> float:
    known = shares[shares > -1]
    return float(known.mean()) if known.size else -1.0
