"""Files of predictions for whole data sets: the people to predict, and what is written of them."""

from typing import Any

from nasbench_pose.evaluators.predict import Predicted
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.pose import predictions
from nasbench_pose.pose.coco_test import detections
from nasbench_pose.pose.cropped_people import crop_people
from nasbench_pose.pose.photographs import Photographs, placed
from nasbench_pose.pose.predictions import Placed
from nasbench_pose.pose.source import Source


def people_of(data: str, split: str, protocol: Protocol) -> Placed:
    """Return the people of a split. By a protocol of photographs their crops are cut while they are predicted.

    Raises what `crop_people` and `placed` raise.

    >>> from nasbench_pose.evaluators.protocol import PROTOCOLS
    >>> len(people_of("synthetic:train=1,val=2,test=1", "val", PROTOCOLS["default"]))
    2
    """
    if protocol.photographs and Source.parse(data).place is not None:
        return placed(data, split, protocol.input, corner=protocol.alignment == "corner")
    return crop_people(data, split, protocol.input)


def formed(form: str, people: Placed, predicted: Predicted) -> Any:
    """Return what a file of a format of `predictions.FORMATS` holds.

    COCO's detections of people in photographs are rescored and without duplicates, as in HRNet's test.
    """
    joints = people.in_photographs(predicted.joints)
    if form == "joints":
        return predictions.as_joints(people, joints, predicted.scores)
    if isinstance(people, Photographs):
        return detections(people, joints, predicted.scores)
    return predictions.as_coco(people, joints, predicted.scores)
