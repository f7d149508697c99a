"""How accurate a trained network is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nasbench_pose.errors import DivergedError
from nasbench_pose.evaluators.batches import Tensors, normalise
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.representation import representation
from nasbench_pose.pose.pck import area, distances, pck
from nasbench_pose.pose.people import People

CHUNK = 128
"""Images at a time: what fits a cache, without a say in the result."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """What was measured on one set of people."""

    pckh: float
    """PCKh@0.5 in percent, every labelled joint counting the same."""
    pckh_area: float
    """Area under PCKh between the thresholds 0 and 0.5, in percent: moves where PCKh@0.5 stands still."""
    loss: float
    """The training loss, without augmentation."""


@torch.no_grad()
def measure(network: nn.Module, people: People, protocol: Protocol) -> Accuracy:
    """Return the accuracy of `network` on `people`; the network is left in the mode it was in.

    Raises DivergedError if an output or the loss is not finite: the largest of numbers that are not points nowhere.
    """
    was_training = network.training
    network.eval()
    tensors, flip_order = Tensors.of(people), people.skeleton.flip_order
    chunks = (normalise(images) for images in torch.split(tensors.images, CHUNK))
    output = torch.cat([_look(network, images, protocol, flip_order) for images in chunks])
    network.train(was_training)
    if not torch.isfinite(output).all():
        spoilt = int((~torch.isfinite(output)).flatten(1).any(1).sum())
        raise DivergedError(f"the output for {spoilt} of {len(people)} people is not finite")
    accuracy = _accuracy(output, people, tensors, protocol)
    if not math.isfinite(accuracy.loss):
        raise DivergedError(f"the loss of {len(people)} people who were not trained on is {accuracy.loss}")
    return accuracy


def _look(network: nn.Module, images: Tensor, protocol: Protocol, flip_order: Sequence[int]) -> Tensor:
    """Return the network's output, with the flip test averaged with what it says of the mirror images."""
    output: Tensor = network(images)
    if not protocol.flip_test:
        return output
    means = representation(protocol, output.shape[2:])
    return (output + means.unflip(network(images.flip(-1)), flip_order)) / 2


def _accuracy(output: Tensor, people: People, tensors: Tensors, protocol: Protocol) -> Accuracy:
    means = representation(protocol, output.shape[2:])
    apart = distances(means.joints(output).numpy(), people.joints, people.labelled, people.head_sizes)
    return Accuracy(pck(apart, 0.5).weighted_mean, area(apart, 0.5), means.loss(output, tensors).item())
