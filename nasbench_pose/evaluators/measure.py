"""The accuracy of a trained network, and the functions of the metrics of accuracy in the catalogue."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from nasbench_pose.errors import DivergedError, InvalidFileError, NasbenchPoseError
from nasbench_pose.evaluators.batches import Tensors
from nasbench_pose.evaluators.predict import Alignment, aligned, outputs, streamed_outputs
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.representation import representation
from nasbench_pose.pose.pck import area, distances, pck
from nasbench_pose.pose.people import People
from nasbench_pose.pose.photographs import Photographs

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


class Outcome(NamedTuple):
    """What a network predicts for n people."""

    joints: Joints
    """(n, J, 2), pixels of the crops."""
    loss: float
    """The training loss, without augmentation."""
    scores: Joints
    """(n, J): confidences."""


def measure(
    network: nn.Module,
    people: People | Photographs,
    protocol: Protocol,
    alignment: Alignment | None = None,
    loaders: int | None = None,
) -> Accuracy:
    """Return the accuracy of `network` on `people`; the mode of the network (training or eval) is restored.

    Raises DivergedError if an output or the loss is not finite, because the maximum of a map is undefined then.
    """
    joints, loss, _ = predicted(network, people, protocol, alignment, loaders)
    return Accuracy(pckh(joints, people), pckh_area(joints, people), loss)


def predicted(
    network: nn.Module,
    people: People | Photographs,
    protocol: Protocol,
    alignment: Alignment | None = None,
    loaders: int | None = None,
) -> Outcome:
    """Return what `network` predicts for `people`.

    Restores the mode of the network, and raises DivergedError, as `measure` does.
    """
    protocol = aligned(protocol, alignment)
    if isinstance(people, Photographs):
        found = _together(streamed_outputs(network, people, protocol, loaders), protocol)
    else:
        found = _outcome(outputs(network, people, protocol), Tensors.of(people), protocol)
    if not math.isfinite(found.loss):
        raise DivergedError(f"the loss of {len(people)} people who were not trained on is {found.loss}")
    return found


def _together(parts: Iterable[tuple[Tensor, Tensors]], protocol: Protocol) -> Outcome:
    """Return what was predicted for people in parts; the loss is that of all, whose joints count alike."""
    found, counts = list[Outcome](), list[float]()
    for output, people in parts:
        found.append(_outcome(output, people, protocol))
        counts.append(representation(protocol, output.shape[2:]).counted(people))
    loss = sum(count * each.loss for count, each in zip(counts, found, strict=True)) / max(1.0, sum(counts))
    return Outcome(
        np.concatenate([each.joints for each in found]), loss, np.concatenate([each.scores for each in found])
    )


def _outcome(output: Tensor, people: Tensors, protocol: Protocol) -> Outcome:
    kind = representation(protocol, output.shape[2:])
    return Outcome(kind.joints(output).numpy(), kind.loss(output, people).item(), kind.scores(output).numpy())


def pckh(joints: Joints, people: People | Photographs) -> float:
    """Return PCKh@0.5 of predicted joints, in percent; every labelled joint has the same weight."""
    return pck(distances(joints, people.joints, people.labelled, people.head_sizes), 0.5).weighted_mean


def pckh_area(joints: Joints, people: People | Photographs) -> float:
    """Return the area under the PCKh curve of predicted joints between the thresholds 0 and 0.5, in percent."""
    return area(distances(joints, people.joints, people.labelled, people.head_sizes), 0.5)


def value_of(metric: str, function: Callable[..., float], joints: Joints, people: People | Photographs) -> float:
    """Return the value of a metric of accuracy; another package's function may raise or return anything.

    Raises InvalidFileError for an error that is not of this package.
    """
    try:
        return float(function(joints, people))
    except NasbenchPoseError:
        raise
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        raise InvalidFileError(f"The function of the metric {metric!r} failed: {said}") from error
