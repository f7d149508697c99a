"""Files of predictions for whole data sets: the people to predict, and what is written of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nasbench_pose.errors import DataError
from nasbench_pose.evaluators.predict import Predicted
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.pose import predictions
from nasbench_pose.pose.coco_test import detections, measures_ap
from nasbench_pose.pose.crop import Floats
from nasbench_pose.pose.cropped_people import crop_people
from nasbench_pose.pose.detected import detected
from nasbench_pose.pose.people import People
from nasbench_pose.pose.photographs import Photographs, placed
from nasbench_pose.pose.predictions import Placed
from nasbench_pose.pose.source import Source


@dataclass(frozen=True)
class Subjects:
    """The people to predict: in their labelled boxes, or in those of a detector."""

    people: Placed
    box_scores: Floats | None = None
    """(n,): the detector's."""
    photographs: tuple[Path, ...] = ()
    """Those in which a detector has searched; nobody may be there."""

    @classmethod
    def of(cls, data: str, split: str, protocol: Protocol, boxes: Path | None = None) -> "Subjects":
        """Return the people of a split, in `boxes` if there is this file of a detector.

        By a protocol of photographs their crops are cut while they are predicted. Raises DataError if there are none,
        and what `crop_people`, `placed` and `detected` raise.

        >>> from nasbench_pose.evaluators.protocol import PROTOCOLS
        >>> len(Subjects.of("synthetic:train=1,val=2,test=1", "val", PROTOCOLS["default"]).people)
        2
        """
        corner = protocol.alignment == "corner"
        if boxes is not None:
            found = detected(data, split, protocol.input, boxes, corner=corner)
            return cls(found.people, found.scores, found.photographs)
        people: Placed
        if protocol.photographs and Source.parse(data).place is not None:
            people = placed(data, split, protocol.input, corner=corner)
        else:
            people = crop_people(data, split, protocol.input)
        if not len(people):
            raise DataError(f"{data!r} has no people in {split}, so there is nothing to predict.")
        return cls(people)

    @property
    def seen(self) -> People | Photographs:
        """The people as networks take them."""
        return self.people if isinstance(self.people, Photographs) else self.people.people

    def formed(self, form: str, predicted: Predicted) -> Any:
        """Return what a file of predictions holds; `form` is one of `predictions.FORMATS`.

        COCO's detections are rescored and without duplicates, as in HRNet's test and in the AP of `evaluate`, unless
        the joints have no sigmas, and so no AP.
        """
        joints = self.people.in_photographs(predicted.joints)
        if form == "joints":
            return predictions.as_joints(self.people, joints, predicted.scores)
        if measures_ap(self.people):
            return detections(self.people, joints, predicted.scores, self.box_scores)
        return predictions.as_coco(self.people, joints, predicted.scores, self.box_scores)

    def truth(self, form: str) -> Any:
        """Return what a file of the labels of these people holds."""
        if form == "joints":
            return predictions.joints_truth(self.people)
        return predictions.coco_truth(self.people, self.photographs)
