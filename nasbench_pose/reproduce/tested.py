"""The test of a trained network on all held-out people, as published tables have it."""

from dataclasses import dataclass

import numpy as np

from nasbench_pose.cost import count
from nasbench_pose.evaluators.predict import predict
from nasbench_pose.network.devices import device_of, reproducible
from nasbench_pose.network.weights import load
from nasbench_pose.pose.coco_test import coco_score, measures_ap
from nasbench_pose.pose.pck import distances, pck
from nasbench_pose.pose.photographs import placed
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
    network = load(folder.genotype, folder.weights, input=protocol.input).channels_last().to(device)
    with reproducible(device):
        found = predict(network, people, protocol)
    cost = count(network.graph)
    if measures_ap(people):
        metric, value = "AP", 100 * coco_score(people, people.in_photographs(found.joints), found.scores).AP
    else:
        scored = [n for n, joint in enumerate(people.skeleton.joints) if joint not in UNSCORED]
        apart = distances(found.joints, people.joints, people.labelled, people.head_sizes)[:, scored]
        metric, value = "PCKh@0.5", float(pck(np.asarray(apart), 0.5).weighted_mean)
    return Tested(name, metric, value, len(people), cost.params, cost.macs)
