"""Score predictions on COCO keypoints by the official code, as published tables do (Lin et al., ECCV 2014).

The official code does not check its input and can be silently wrong: an annotation with the id 0 is never matched,
annotations with equal ids replace each other, a `bbox` of a prediction changes its area. So it gets only the fields
that the metric needs, with ids that count from one.
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
from nasbench_pose.pose.keypoints import flattened, keypoints_of
from nasbench_pose.pose.oks import MAX_DETECTIONS, SIGMAS
from nasbench_pose.pose.sigmas import category_sigmas, joint_names
from nasbench_pose.pose.skeleton import COCO17

SHOWN = 3
"""Number of ids in an error message."""

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CocoScore:
    """COCOeval's ten statistics of keypoints, from 0 to 1; -1 where there is no such person in the truth."""

    AP: float
    """Average precision, the mean over the similarities 0.50, 0.55 … 0.95."""
    AP50: float
    AP75: float
    APM: float
    """AP of persons with an area between 32² and 96² pixels."""
    APL: float
    """AP of larger persons."""
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

    `truth` is an official `person_keypoints_….json`. An annotation needs `image_id`, `category_id`, `keypoints` and
    `area`. `iscrowd` and `bbox` mark persons that are ignored: crowds, and persons without labelled joints, with the
    predictions in their box. `predictions` is the list of detections that COCO's server takes: `image_id`,
    `category_id`, `keypoints` (x, y and an unused number for each joint) and `score`. Other fields, such as `bbox`, are
    not read. Every image of the truth counts, with its best `max_detections` predictions. `sigmas`, one for each joint,
    default to those of the truth's category, or else to COCO's seventeen. Categories with another number of joints are
    left out.

    Raises DataError with the file and the reason, also for images and categories that the truth does not list, which
    the official code would ignore silently.
    """
    known, found, measured = _both(truth, predictions, sigmas)
    return CocoScore(*_statistics(known, found, measured, max_detections))


def score_joints(
    truth: Path,
    predictions: Path,
    *,
    sigmas: Sequence[float] | None = None,
    joints: Sequence[str] | None = None,
    max_detections: int = MAX_DETECTIONS,
) -> dict[str, float]:
    """Return joint -> AP of this joint alone, with all others unlabelled; -1 for a joint without labels.

    Arguments and errors are those of `score`. `joints` are the names in the order of the files. They default to COCO's
    for seventeen joints, else to those of the truth's category.
    """
    known, found, measured = _both(truth, predictions, sigmas)
    joints = joints or (COCO17.joints if len(measured) == len(SIGMAS) else joint_names(truth, len(measured)))
    if len(joints) != len(measured):
        raise ShapeError(f"There are {len(joints)} names of joints for {len(measured)} sigmas.")
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
    """Return the truth and the predictions with ids from one and only the needed fields, and the sigmas."""
    held = read_json(truth)
    images, categories, annotations = (listed(held, truth, place) for place in ("images", "categories", "annotations"))
    measured = np.asarray(category_sigmas(categories) or SIGMAS if sigmas is None else sigmas, float)
    if measured.ndim != 1 or not (measured > 0).all():
        raise ShapeError(f"Sigmas are positive numbers, one for each joint, not {sigmas}.")
    _refuse_others(annotations, len(measured), truth)
    others = [one for one in categories if _counts_other(one, len(measured))]
    ids = {
        "images": _ids(images, "Image", truth),
        "categories": _ids([one for one in categories if one not in others], "Category", truth),
    }
    elsewhere = {json.dumps(one.get("id")) for one in others}
    known: dict[str, Any] = {
        "images": [{"id": number} for number in ids["images"].values()],
        "categories": [{"id": number, "name": str(name)} for name, number in ids["categories"].items()],
        "annotations": [
            {**_annotation(entry, len(measured), f"Annotation {number} of {truth}", ids, truth), "id": number + 1}
            for number, entry in enumerate(annotations)
            if not (isinstance(entry, Mapping) and json.dumps(entry.get("category_id")) in elsewhere)
        ],
    }
    found = _detections(predictions)
    names = (f"Prediction {number} of {predictions}" for number in range(len(found)))
    predicted = [_prediction(one, len(measured), what, ids, truth) for one, what in zip(found, names, strict=False)]
    _refuse_shares(predicted, known["annotations"], predictions)
    return known, predicted, measured


def _detections(path: Path) -> list[Any]:
    held = read_json(path)
    if isinstance(held, Mapping):
        some = ", ".join(map(repr, list(held)[:SHOWN]))
        raise DataError(
            f"{path} has an object, not a list, with {some or 'nothing'}; expected the list of detections that COCO's "
            'server takes: [{"image_id": 1, "category_id": 1, "keypoints": [x, y, 1, …], "score": 0.9}, …].'
        )
    if not listed(held, path):
        raise DataError(f"{path} holds no prediction, so there is nothing to score.")
    return listed(held, path)


def _counts_other(category: Any, joints: int) -> bool:
    """Return whether a category names another number of joints."""
    names = category.get("keypoints") if isinstance(category, Mapping) else None
    return isinstance(names, list) and len(names) not in (0, joints)


def _refuse_others(annotations: list[Any], joints: int, truth: Path) -> None:
    """Raise DataError if all annotations have the same number of joints, and it is not that of the sigmas."""
    lengths = {
        len(flattened(one["keypoints"])) for one in annotations if isinstance(one, Mapping) and one.get("keypoints")
    }
    values = lengths.pop() if len(lengths) == 1 else 3 * joints
    if values not in (2 * joints, 3 * joints) and values % 3 == 0:
        raise DataError(
            f"{truth} labels {values // 3} joints, but there are {joints} sigmas; expected one for each: --sigmas, or "
            "'sigmas' in its category."
        )


def _refuse_shares(found: list[dict[str, Any]], annotations: list[dict[str, Any]], path: Path) -> None:
    """Raise DataError for predictions as fractions of the photograph, where the truth is in pixels."""
    told, labels = (np.array([one["keypoints"] for one in many]) for many in (found, annotations))
    if not labels.size:
        return
    told, labels = (np.delete(points, np.s_[2::3], axis=1) for points in (told, labels))
    if told.min() >= 0 and told.max() <= 1 and (told % 1 > 0).any() and labels.max() > 1:
        raise DataError(
            f"{path} holds joints from 0 to 1, which look like fractions of the photograph; expected pixels."
        )


def _ids(entries: Sequence[Any], what: str, path: Path) -> dict[int | str, int]:
    """Return the number of each id, in the order of the official code; raise DataError for repeated ids."""
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
    annotation: Any, joints: int, what: str, ids: Mapping[str, Mapping[int | str, int]], truth: Path
) -> dict[str, Any]:
    """Return the fields of a person that the official code reads, after checks of all that it assumes."""
    entry = entry_of(annotation, ("image_id", "category_id"), what)
    if not entry.get("keypoints"):  # a person with a box only: ignored
        entry = {**entry, "keypoints": [0] * 3 * joints, "num_keypoints": 0, "area": entry.get("area") or 0}
    entry = entry_of(entry, ("area",), what)
    keypoints = keypoints_of(entry, joints, what).ravel()
    labelled = int((keypoints[2::3] > 0).sum())
    given = int(numbers(entry, "num_keypoints", (), what)) if entry.get("num_keypoints") is not None else labelled
    if (given > 0) != (labelled > 0):
        raise DataError(f"{what}: 'num_keypoints' is {given}, but {labelled} of its 'keypoints' are labelled.")
    area, crowd = float(numbers(entry, "area", (), what)), bool(numbers({"iscrowd": 0, **entry}, "iscrowd", (), what))
    if area <= 0 and labelled and not crowd:
        raise DataError(f"{what}: 'area' is {area:g}; expected a positive area.")
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
    prediction: Any, joints: int, what: str, ids: Mapping[str, Mapping[int | str, int]], truth: Path
) -> dict[str, Any]:
    entry = entry_of(prediction, ("image_id", "category_id", "keypoints", "score"), what)
    keypoints = keypoints_of(entry, joints, what).ravel().tolist()
    return {
        **_places(entry, what, ids, truth),
        "keypoints": keypoints,
        "score": float(numbers(entry, "score", (), what)),
    }


def _places(entry: Entry, what: str, ids: Mapping[str, Mapping[int | str, int]], truth: Path) -> dict[str, int]:
    """Return the numbers of the image and the category; raise DataError if the truth does not list one of them."""
    numbered = {}
    for name, place in (("image_id", "images"), ("category_id", "categories")):
        identity = _identity(entry, name, what)
        if identity not in ids[place]:
            raise DataError(f"{what}: {name!r} is {json.dumps(identity)}, {_unlike(identity, list(ids[place]), truth)}")
        numbered[name] = ids[place][identity]
    return numbered


def _unlike(unknown: int | str, ids: list[int | str], truth: Path) -> str:
    """Return why `unknown` is not among the `ids`: a number in quotes is a different id."""
    if kin := [each for each in ids if str(each) == str(unknown)]:
        return f"but {truth} has {json.dumps(kin[0])}; a {'number' if isinstance(kin[0], int) else 'text'} is expected."
    some = ", ".join(map(json.dumps, ids[:SHOWN])) or "none"
    return f"which {truth} does not list; it lists {some}{', …' if len(ids) > SHOWN else '.'}"


def _identity(entry: Entry, name: str, what: str) -> int | str:
    """Return `entry[name]`; raise DataError if it cannot name an image, a category or a person."""
    value = entry[name]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if not isinstance(value, int | str) or isinstance(value, bool):
        raise DataError(f"{what}: {name!r} is {json.dumps(value)[:40]}; a whole number is expected.")
    return value


def _statistics(known: Entry, found: list[dict[str, Any]], sigmas: NDArray[np.float64], most: int) -> list[float]:
    """Return COCOeval's ten statistics. It modifies its arguments, and its own summary is for 20 predictions only."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    with contextlib.redirect_stdout(io.StringIO()):  # it prints its progress
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
