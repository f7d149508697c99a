"""Prediction of joints by a network."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from nasbench_pose.errors import DivergedError
from nasbench_pose.evaluators.batches import Tensors, normalise
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.representation import HeatMaps, representation
from nasbench_pose.network.devices import home_of, precise
from nasbench_pose.pose import heatmaps
from nasbench_pose.pose.people import People

CHUNK = 128
"""Images per forward pass, so that activations fit into the cache; the result does not depend on it."""

Alignment = Literal["centre", "corner"]
"""Position of heat-map pixel u in the input. "centre", the convention of this package: the centre of the pixels that it
covers, 4u + 1.5 for a stride of 4. "corner", that of HRNet's code: 4u, with a shift by one pixel in the flip test."""


@dataclass(frozen=True, slots=True, eq=False)
class Predicted:
    """Joints of n people, in pixels of their images."""

    joints: NDArray[np.float64]
    """(n, J, 2): x, y; the centre of the top left pixel is (0, 0)."""
    scores: NDArray[np.float64]
    """(n, J), 0 to 1: the confidence, i.e. the maximum of the map or of its softmax."""


@torch.no_grad()
def outputs(network: nn.Module, people: People, protocol: Protocol, alignment: Alignment = "centre") -> Tensor:
    """Return the output of `network` for `people`, on the CPU, with the flip test of the protocol.

    The network computes on its device, and its mode is restored.

    Raises DivergedError if an output is not finite, because the maximum of a map is undefined then.
    """
    was_training = network.training
    network.eval()
    flip_order, device = people.skeleton.flip_order, home_of(network)
    chunks = (normalise(images.to(device)) for images in torch.split(Tensors.of(people).images, CHUNK))
    with precise(device, protocol.precision):
        found = [_forward(network, images, protocol, flip_order, alignment) for images in chunks]
    output = torch.cat(found).cpu()
    output = output.float() if output.element_size() < 4 else output
    network.train(was_training)
    if not torch.isfinite(output).all():
        bad = int((~torch.isfinite(output)).flatten(1).any(1).sum())
        raise DivergedError(f"the output for {bad} of {len(people)} people is not finite")
    return output


def _forward(
    network: nn.Module, images: Tensor, protocol: Protocol, flip_order: Sequence[int], alignment: Alignment
) -> Tensor:
    """Return the network's output; with the flip test, its mean with the mirrored output for mirrored images."""
    output: Tensor = network(images)
    if not protocol.flip_test:
        return output
    kind, mirrored = representation(protocol, output.shape[2:]), network(images.flip(-1))
    if alignment == "corner" and isinstance(kind, HeatMaps):
        return (output + heatmaps.unflip(mirrored, flip_order, shift=True)) / 2
    return (output + kind.unflip(mirrored, flip_order)) / 2


def joints_of(output: Tensor, protocol: Protocol, alignment: Alignment = "centre") -> Tensor:
    """Decode an output to joints (n, J, 2) in input pixels."""
    kind = representation(protocol, output.shape[2:])
    joints = kind.joints(output)
    corner = alignment == "corner" and isinstance(kind, HeatMaps)
    return joints - (protocol.stride - 1) / 2 if corner else joints


def predict(network: nn.Module, people: People, protocol: Protocol, alignment: Alignment = "centre") -> Predicted:
    """Return the joints of `people` that `network` predicts.

    Of `protocol`, the input size, the loss (which determines how outputs are interpreted), the decoder and the flip
    test are used. Raises DivergedError if an output is not finite, ShapeError for an output that is neither heat maps
    nor SimCC vectors.
    """
    if not len(people):
        count = len(people.skeleton.joints)
        return Predicted(np.empty((0, count, 2)), np.empty((0, count)))
    output = outputs(network, people, protocol, alignment)
    joints = joints_of(output, protocol, alignment).double().numpy()
    return Predicted(joints, representation(protocol, output.shape[2:]).scores(output).double().numpy())
