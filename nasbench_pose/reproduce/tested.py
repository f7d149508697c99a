"""The test of a trained network on all held-out people, as published tables have it."""

from dataclasses import dataclass

import numpy as np

from nasbench_pose.cost import count
from nasbench_pose.evaluators.predict import Predicted, predict
from nasbench_pose.network.devices import device_of, reproducible
from nasbench_pose.network.weights import load
from nasbench_pose.pose.coco_test import coco_score, measures_ap
from nasbench_pose.pose.pck import distances, pck
from nasbench_pose.pose.photographs import Photographs, placed
from nasbench_pose.trained import TrainedFolder

UNSCORED = ("pelvis", "thorax")
"""Joints of MPII that published tables leave out."""


@dataclass(frozen=True)
class Tested:
    """What a network reached."""

    name: str
    metric: str
    """`AP` of COCOeval with labelled boxes, or `PCKh@0.5`, the mean over labelled joints that HRNet prints."""
    value: float
    """Percent."""
    people: int
    params: int
    macs: int


def tested(name: str, folder: TrainedFolder, data: str) -> Tested:
    """Return the accuracy on the people of val and test together; raise DataError if photographs cannot be read."""
    protocol = folder.protocol
    people = placed(data, "heldout", protocol.input, corner=protocol.alignment == "corner")
    device = device_of(protocol.device)
    network = (
        load(folder.genotype, folder.weights, joints=people.skeleton.joints, input=protocol.input)
        .channels_last()
        .to(device)
    )
    with reproducible(device):
        found = predict(network, people, protocol)
    cost, (metric, value) = count(network.graph), published_score(people, found)
    return Tested(name, metric, value, len(people), cost.params, cost.macs)


def published_score(people: Photographs, found: Predicted) -> tuple[str, float]:
    """Return the metric of `Tested` and its value; every label counts, also one outside the crop."""
    joints, labels = people.in_photographs(found.joints), people.annotations
    if measures_ap(people):
        return "AP", 100 * coco_score(people, joints, found.scores).AP
    scored = [n for n, joint in enumerate(people.skeleton.joints) if joint not in UNSCORED]
    apart = distances(joints, labels.joints, labels.labelled, labels.head_sizes)[:, scored]
    return "PCKh@0.5", float(pck(np.asarray(apart), 0.5).weighted_mean)
