"""The accuracy of a trained network."""

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
    """Accuracy and loss on one set of people."""

    pckh: float
    """PCKh@0.5 in percent; every labelled joint has the same weight."""
    pckh_area: float
    """Area under the PCKh curve between the thresholds 0 and 0.5, in percent: more sensitive than PCKh@0.5."""
    loss: float
    """The training loss, without augmentation."""


def measure(network: nn.Module, people: People, protocol: Protocol, alignment: Alignment = "centre") -> Accuracy:
    """Return the accuracy of `network` on `people`; the mode of the network (training or eval) is restored.

    Raises DivergedError if an output or the loss is not finite, because the maximum of a map is undefined then.
    """
    output = outputs(network, people, protocol, alignment)
    found = joints_of(output, protocol, alignment).numpy()
    apart = distances(found, people.joints, people.labelled, people.head_sizes)
    loss = representation(protocol, output.shape[2:]).loss(output, Tensors.of(people)).item()
    if not math.isfinite(loss):
        raise DivergedError(f"the loss of {len(people)} people who were not trained on is {loss}")
    return Accuracy(pck(apart, 0.5).weighted_mean, area(apart, 0.5), loss)
