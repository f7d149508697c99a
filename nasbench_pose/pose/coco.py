"""Scoring predictions on COCO keypoints as the published tables do, by the official code (Lin et al., ECCV 2014)."""

import contextlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nasbench_pose.errors import DataError
from nasbench_pose.pose.json_archive import entry_of, listed, numbers, read_json
from nasbench_pose.pose.skeleton import COCO17

SHOWN = 3
"""Numbers of the truth that an error names as examples."""

_VALUES = 3 * len(COCO17.joints)


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


def score(truth: Path, predictions: Path) -> CocoScore:
    """Return the statistics of the file `predictions` against the annotations in the file `truth`.

    `truth` is an official `person_keypoints_….json`; `predictions` the list of detections that COCO's server takes:
    `image_id`, `category_id`, `keypoints` (x, y, and a number that is not used, of 17 joints) and `score`. Every image
    of the truth counts. Raises DataError that says which file is wrong and how; also for predictions of a category that
    the truth does not have, which COCOeval would pass over in silence.
    """
    from pycocotools.cocoeval import COCOeval

    known, found = _truth(truth), _predictions(predictions)
    _refuse_strangers(found, known, predictions, truth)
    with contextlib.redirect_stdout(io.StringIO()):  # it prints what it does
        official = _indexed(known)
        evaluation = COCOeval(official, official.loadRes(found), "keypoints")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return CocoScore(*map(float, evaluation.stats))


def _refuse_strangers(found: list[dict[str, Any]], known: dict[str, Any], predictions: Path, truth: Path) -> None:
    """Raise DataError if a prediction is of an image or of a category that the truth does not list."""
    for name, place in (("image_id", "images"), ("category_id", "categories")):
        ids = dict.fromkeys(each["id"] for each in known[place])
        for number, entry in enumerate(found):
            if entry[name] not in ids:
                about = f"Prediction {number} of {predictions}: {name!r} is {json.dumps(entry[name])}"
                raise DataError(f"{about}, {_unlike(entry[name], list(ids), truth)}")


def _unlike(stranger: int | str, ids: list[int | str], truth: Path) -> str:
    """Say why `stranger` is none of the `ids`: a number in quotes is another one."""
    if kin := [each for each in ids if str(each) == str(stranger)]:
        return f"but {truth} has {json.dumps(kin[0])}; a {'number' if isinstance(kin[0], int) else 'text'} is expected."
    some = ", ".join(map(json.dumps, ids[:SHOWN])) or "none"
    return f"which {truth} does not list; it lists {some}{', …' if len(ids) > SHOWN else '.'}"


def _indexed(known: dict[str, Any]) -> Any:
    from pycocotools.coco import COCO

    official = COCO()
    official.dataset = known
    official.createIndex()
    return official


def _truth(path: Path) -> dict[str, Any]:
    """Return the annotations, after a look at everything that the official code takes for granted."""
    held = read_json(path)
    for number, image in enumerate(listed(held, path, "images")):
        what = f"Image {number} of {path}"
        _hashable(entry_of(image, ("id",), what), "id", what)
    for number, category in enumerate(listed(held, path, "categories")):
        what = f"Category {number} of {path}"
        _hashable(entry_of(category, ("id", "name"), what), "id", what)
    needed = ("id", "image_id", "category_id", "keypoints", "num_keypoints", "area", "bbox", "iscrowd")
    for number, annotation in enumerate(listed(held, path, "annotations")):
        what = f"Annotation {number} of {path}"
        entry = entry_of(annotation, needed, what)
        numbers(entry, "keypoints", (_VALUES,), what)
        numbers(entry, "bbox", (4,), what)
        for name in ("area", "num_keypoints", "iscrowd"):
            numbers(entry, name, (), what)
        for name in ("id", "image_id", "category_id"):
            _hashable(entry, name, what)
    return dict(held)


def _predictions(path: Path) -> list[dict[str, Any]]:
    found = listed(read_json(path), path)
    if not found:
        raise DataError(f"{path} holds no prediction, so there is nothing to score.")
    for number, prediction in enumerate(found):
        what = f"Prediction {number} of {path}"
        entry = entry_of(prediction, ("image_id", "category_id", "keypoints", "score"), what)
        numbers(entry, "keypoints", (_VALUES,), what)
        numbers(entry, "score", (), what)
        for name in ("image_id", "category_id"):
            _hashable(entry, name, what)
    return [dict(prediction) for prediction in found]


def _hashable(entry: Any, name: str, what: str) -> None:
    """Raise DataError if `entry[name]` cannot name an image, a category or a person."""
    if not isinstance(entry[name], int | str):
        raise DataError(f"{what}: {name!r} is {json.dumps(entry[name])[:40]}; a whole number is expected.")
