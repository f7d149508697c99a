"""How accurate a trained network is."""

from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from nasbench_pose.evaluators.batches import Tensors, normalise
from nasbench_pose.evaluators.fit import loss_of
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.pose.heatmaps import decode, flip_test
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
    """Return the accuracy of `network` on `people`; the network is left in the mode it was in."""
    was_training = network.training
    network.eval()
    tensors, flip_order = Tensors.of(people), people.skeleton.flip_order
    look = partial(flip_test, network, flip_order=flip_order) if protocol.flip_test else network
    maps = torch.cat([look(normalise(images)) for images in torch.split(tensors.images, CHUNK)])
    network.train(was_training)
    return _accuracy(maps, people, tensors, protocol)


def _accuracy(maps: Tensor, people: People, tensors: Tensors, protocol: Protocol) -> Accuracy:
    joints = decode(maps, protocol.stride, protocol.decoder).numpy()
    apart = distances(joints, people.joints, people.labelled, people.head_sizes)
    return Accuracy(pck(apart, 0.5).weighted_mean, area(apart, 0.5), loss_of(maps, tensors, protocol).item())
