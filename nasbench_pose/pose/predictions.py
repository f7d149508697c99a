"""Files of predicted joints, and of the labels of the same people, in the formats that `score` reads."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nasbench_pose.errors import DataError
from nasbench_pose.pose import coco_file, mpii
from nasbench_pose.pose.coco_file import identity
from nasbench_pose.pose.crop import Floats
from nasbench_pose.pose.cropped_people import CroppedPeople
from nasbench_pose.pose.json_archive import listed, read_json
from nasbench_pose.pose.photographs import Photographs
from nasbench_pose.pose.skeleton import COCO17

Placed = CroppedPeople | Photographs
"""People and the places of their crops in photographs."""

FORMATS = ("coco", "joints")
"""COCO's detections, scored by `score coco`; or arrays of joints, scored by `score pckh` and `score mpii`."""


def format_of(cropped: Placed) -> str:
    """Return the prediction format of the benchmark of these people."""
    return "coco" if cropped.kind == "coco" else "joints"


def as_coco(cropped: Placed, joints: Floats, scores: Floats, box_scores: Floats | None = None) -> list[dict[str, Any]]:
    """Return detections in the format of COCO's evaluation server.

    `joints` (n, J, 2) are in pixels of the photographs, `scores` are (n, J). The third number of each keypoint is its
    score; the score of a person is the mean of them, times that of the box by a detector, `box_scores` (n,). Raises
    DataError if the people are not from a COCO-format file.
    """
    ids, category = coco_ids(cropped), category_of(cropped)
    persons = scores.mean(axis=1) * (1 if box_scores is None else box_scores)
    return [
        {
            "image_id": ids[file],
            "category_id": category,
            "keypoints": np.column_stack([points, sure]).round(4).ravel().tolist(),
            "score": float(person),
        }
        for file, points, sure, person in zip(cropped.files, joints, scores, persons, strict=True)
    ]


def coco_truth(cropped: Placed, photographs: Sequence[Path] = ()) -> dict[str, Any]:
    """Return the annotations of all persons in `photographs`, unchanged from the label files.

    The default are the photographs of these people. Every person in them counts in the score, also those without a
    prediction.
    """
    ids = {identity(image): image for image in coco_ids(cropped, photographs).values()}
    held = [read_json(path) for path in cropped.label_files]
    images = {identity(image["id"]): image for each in held for image in each["images"]}
    return {
        "categories": _categories(cropped, held[0].get("categories", [])),
        "images": [image for key, image in images.items() if key in ids],
        "annotations": [
            {**entry, "image_id": ids[identity(entry["image_id"])]}
            for each in held
            for entry in each["annotations"]
            if isinstance(entry, Mapping) and identity(entry.get("image_id")) in ids
        ],
    }


def _categories(cropped: Placed, listed: list[Any]) -> list[Any]:
    """Return the categories of the labels; the selected one gets the joint names and sigmas of a custom skeleton."""
    skeleton, mine = cropped.skeleton, identity(category_of(cropped))
    if skeleton == COCO17:
        return listed or [{"id": 1, "name": coco_file.PERSON}]
    added = {"keypoints": list(skeleton.joints)} | ({"sigmas": list(skeleton.sigmas)} if skeleton.sigmas else {})
    known = listed or [{"id": 1, "name": skeleton.name}]
    return [{**one, **added} if identity(one["id"]) == mine else one for one in known]


def as_joints(cropped: Placed, joints: Floats, scores: Floats) -> dict[str, Any]:
    """Return arrays by name: `predictions` (n, J, 2), `scores` (n, J), `joint_names` and `images`."""
    return {
        "joint_names": list(_names(cropped)),
        "images": [_short(file) for file in cropped.files],
        "predictions": (joints + _first_pixel(cropped)).round(4).tolist(),
        "scores": scores.round(6).tolist(),
    }


def joints_truth(cropped: Placed) -> dict[str, Any]:
    """Return the labels in the format of `joint_files`, in the order of the predictions."""
    labelled = cropped.annotations if isinstance(cropped, Photographs) else cropped
    known = np.asarray(np.isfinite(labelled.joints).all(axis=2))
    labels = np.where(known[..., None], labelled.joints + _first_pixel(cropped), 0)
    return {
        "joint_names": list(_names(cropped)),
        "images": [_short(file) for file in cropped.files],
        "gt": labels.tolist(),
        "missing": (~known).astype(int).tolist(),
        "head_sizes": labelled.head_sizes.tolist(),
        "metric": cropped.skeleton.metric,
    }


def _names(cropped: Placed) -> tuple[str, ...]:
    """Return the names of the joints; those of MPII's evaluation differ from the skeleton's."""
    return mpii.JOINTS if cropped.kind == "mpii" else cropped.skeleton.joints


def _first_pixel(cropped: Placed) -> int:
    """Return the coordinate of the first pixel: 1 in MPII, else 0."""
    return int(cropped.kind == "mpii")


def _short(file: Path) -> str:
    return "/".join(file.parts[-2:])


def coco_ids(cropped: Placed, photographs: Sequence[Path] = ()) -> dict[Path, Any]:
    """Return the image id of each photograph, by default of those of the people, matched by the end of its path."""
    if cropped.kind != "coco":
        raise DataError(f"People of {cropped.kind} have no COCO image ids; use the format joints.")
    by_name: dict[str, list[Mapping[str, Any]]] = {}
    for path in cropped.label_files:
        for image in listed(read_json(path), path, "images"):
            by_name.setdefault(_ending(image).name, []).append(image)
    return {file: _image(file, by_name.get(file.name, [])) for file in dict.fromkeys(photographs or cropped.files)}


def _ending(image: Mapping[str, Any]) -> Path:
    return Path(str(image.get("file_name", "")).replace("\\", "/"))


def _image(file: Path, images: list[Mapping[str, Any]]) -> Any:
    """Return the id of the one image whose name is the end of the path `file`."""
    fits = [image["id"] for image in images if str(file).replace("\\", "/").endswith(str(_ending(image)))]
    if len(set(fits)) != 1:
        raise DataError(f"{file} is {len(set(fits))} times in the images of the labels; expected once.")
    return fits[0]


def category_of(cropped: Placed) -> Any:
    """Return the id of the category of these people."""
    path = cropped.label_files[0]
    read = coco_file.category_ids(path, cropped.category)
    categories = listed(read_json(path), path, "categories") if read is not None else [{"id": 1}]
    return next(one["id"] for one in categories if read is None or coco_file.identity(one["id"]) in read)
