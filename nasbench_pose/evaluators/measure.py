"""How accurate a trained network is."""

import math
from dataclasses import dataclass

from torch import nn

from nasbench_pose.errors import DivergedError
from nasbench_pose.evaluators.batches import Tensors
from nasbench_pose.evaluators.predict import Alignment, joints_of, outputs
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.representation import representation
from nasbench_pose.pose.pck import area, distances, pck
from nasbench_pose.pose.people import People


@dataclass(frozen=True, slots=True)
class Accuracy:
    """What was measured on one set of people."""

    pckh: float
    """PCKh@0.5 in percent, every labelled joint counting the same."""
    pckh_area: float
    """Area under PCKh between the thresholds 0 and 0.5, in percent: moves where PCKh@0.5 stands still."""
    loss: float
    """The training loss, without augmentation."""


def measure(network: nn.Module, people: People, protocol: Protocol, alignment: Alignment = "centre") -> Accuracy:
    """Return the accuracy of `network` on `people`; the network is left in the mode it was in.

    Raises DivergedError if an output or the loss is not finite: the largest of numbers that are not points nowhere.
    """
    output = outputs(network, people, protocol, alignment)
    found = joints_of(output, protocol, alignment).numpy()
    apart = distances(found, people.joints, people.labelled, people.head_sizes)
    loss = representation(protocol, output.shape[2:]).loss(output, Tensors.of(people)).item()
    if not math.isfinite(loss):
        raise DivergedError(f"the loss of {len(people)} people who were not trained on is {loss}")
    return Accuracy(pck(apart, 0.5).weighted_mean, area(apart, 0.5), loss)
