"""Average precision of predicted people as HRNet's `tools/test.py` computes it: rescoring, OKS-NMS, COCOeval."""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nasbench_pose.pose import coco, hrnet
from nasbench_pose.pose.crop import Floats
from nasbench_pose.pose.oks import SIGMAS
from nasbench_pose.pose.photographs import Photographs
from nasbench_pose.pose.predictions import Placed, category_of, coco_ids, coco_truth
from nasbench_pose.pose.skeleton import COCO17


def measures_ap(people: Placed) -> bool:
    """Return whether AP is defined for these people: they are of a COCO file, and their joints have sigmas."""
    return people.kind == "coco" and (people.skeleton == COCO17 or bool(people.skeleton.sigmas))


def detections(
    people: Placed, joints: Floats, joint_scores: Floats, box_scores: Floats | None = None
) -> list[dict[str, Any]]:
    """Return what COCO's server takes, of the people that OKS-NMS keeps.

    `joints` (n, J, 2) are in pixels of the photographs, `joint_scores` are (n, J). `box_scores` (n,) are those of a
    detector; 1 for labelled boxes.
    """
    sigmas = people.skeleton.sigmas or tuple(SIGMAS)
    scores = hrnet.rescored(joint_scores, np.ones(len(people)) if box_scores is None else box_scores)
    ids, category, areas = coco_ids(people), category_of(people), people.extents.prod(axis=1)
    of_image: dict[Any, list[int]] = {}
    for person, file in enumerate(people.files):
        of_image.setdefault(ids[file], []).append(person)
    found = []
    for image, persons in of_image.items():
        some = np.array(persons)
        for kept in some[hrnet.suppressed(joints[some], scores[some], areas[some], sigmas)]:
            points = np.column_stack([joints[kept], joint_scores[kept]]).ravel().tolist()
            found.append(
                {"image_id": image, "category_id": category, "keypoints": points, "score": float(scores[kept])}
            )
    return found


def coco_score(
    people: Photographs,
    joints: Floats,
    joint_scores: Floats,
    box_scores: Floats | None = None,
    photographs: Sequence[Path] = (),
) -> coco.CocoScore:
    """Return the ten statistics of COCOeval for `detections` of these arguments.

    Every labelled person in `photographs` counts, by default in those of these people. Raises DataError for people
    without AP.
    """
    found = detections(people, joints, joint_scores, box_scores)
    with tempfile.TemporaryDirectory() as folder:
        truth, predictions = Path(folder) / "truth.json", Path(folder) / "predictions.json"
        truth.write_text(json.dumps(coco_truth(people, photographs)))
        predictions.write_text(json.dumps(found))
        return coco.score(truth, predictions, sigmas=people.skeleton.sigmas or tuple(SIGMAS))
