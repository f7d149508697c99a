"""The accuracy of a trained network, and the functions of the metrics of accuracy in the catalogue."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import nn

from nasbench_pose.errors import DivergedError
from nasbench_pose.evaluators.batches import Tensors
from nasbench_pose.evaluators.predict import Alignment, joints_of, outputs
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.representation import representation
from nasbench_pose.pose.pck import area, distances, pck
from nasbench_pose.pose.people import People

Joints = NDArray[np.floating]


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
    joints, loss = predicted(network, people, protocol, alignment)
    return Accuracy(pckh(joints, people), pckh_area(joints, people), loss)


def predicted(
    network: nn.Module, people: People, protocol: Protocol, alignment: Alignment = "centre"
) -> tuple[Joints, float]:
    """Return the predicted joints of `people`, in pixels and of shape (n, joints, 2), and the loss.

    Restores the mode of the network, and raises DivergedError, as `measure` does.
    """
    output = outputs(network, people, protocol, alignment)
    joints = joints_of(output, protocol, alignment).numpy()
    loss = representation(protocol, output.shape[2:]).loss(output, Tensors.of(people)).item()
    if not math.isfinite(loss):
        raise DivergedError(f"the loss of {len(people)} people who were not trained on is {loss}")
    return joints, loss


def pckh(joints: Joints, people: People) -> float:
    """Return PCKh@0.5 of predicted joints, in percent; every labelled joint has the same weight."""
    return pck(distances(joints, people.joints, people.labelled, people.head_sizes), 0.5).weighted_mean


def pckh_area(joints: Joints, people: People) -> float:
    """Return the area under the PCKh curve of predicted joints between the thresholds 0 and 0.5, in percent."""
    return area(distances(joints, people.joints, people.labelled, people.head_sizes), 0.5)
