"""The joints of one annotation or prediction of COCO's format."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasbench_pose.errors import DataError
from nasbench_pose.pose.json_archive import numbers


def keypoints_of(entry: Mapping[str, Any], joints: int, what: str) -> NDArray[np.float64]:
    """Return `entry["keypoints"]` as (J, 3): x, y and a flag of each joint.

    The entry is one list of 3 J numbers, as in COCO, or J lists of three. A joint with the flag 0 is not labelled; its
    x and y may be null or NaN and become 0. Raises DataError for anything else; `what` names the entry in the error.

    >>> keypoints_of({"keypoints": [[3, 4, 2], [None, None, 0]]}, 2, "Annotation 0").tolist()
    [[3.0, 4.0, 2.0], [0.0, 0.0, 0.0]]
    """
    try:
        return numbers(entry, "keypoints", (3 * joints,), what).reshape(joints, 3)
    except DataError:
        flat = flattened(entry["keypoints"])
        if len(flat) == 2 * joints:
            raise DataError(
                f"{what}: 'keypoints' has {len(flat)} numbers for {joints} joints; expected x, y and a flag of each: 0 "
                "not labelled, 1 hidden, 2 visible."
            ) from None
        repaired = _without_gaps(flat)
        if repaired == entry["keypoints"]:
            raise
    return numbers({"keypoints": repaired}, "keypoints", (3 * joints,), what).reshape(joints, 3)


def flattened(keypoints: Any) -> list[Any]:
    """Return the numbers of one list, or of a list for each joint; anything else becomes the only element of a list.

    >>> flattened([[3, 4, 2], [5, 6, 1]]), flattened([3, 4, 2]), flattened("3,4,2")
    ([3, 4, 2, 5, 6, 1], [3, 4, 2], ['3,4,2'])
    """
    if not isinstance(keypoints, list):
        return [keypoints]
    lists = keypoints and all(isinstance(joint, list) for joint in keypoints)
    return [value for joint in keypoints for value in joint] if lists else keypoints


def _without_gaps(flat: list[Any]) -> list[Any]:
    """Replace coordinates that are null or NaN by 0 if the flag of their joint is 0."""
    filled = list(flat)
    for start in range(0, len(flat) - 2, 3):
        if flat[start + 2] == 0:
            pair = flat[start : start + 2]
            filled[start : start + 2] = [0 if value is None or value != value else value for value in pair]
    return filled
