"""Where a network says the joints are."""

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
from nasbench_pose.pose import heatmaps
from nasbench_pose.pose.people import People

CHUNK = 128
"""Images at a time: what fits a cache, without a say in the result."""

Alignment = Literal["centre", "corner"]
"""Where pixel u of a heat map lies in the input: in the middle of the pixels it covers, at 4u + 1.5 for a stride of 4,
as in this package, or at 4u, as in HRNet's code, which mends the flip test by shifting one pixel."""


@dataclass(frozen=True, slots=True, eq=False)
class Predicted:
    """Joints of n people, in pixels of their images."""

    joints: NDArray[np.float64]
    """(n, J, 2): x, y; the centre of the top left pixel is (0, 0)."""
    scores: NDArray[np.float64]
    """(n, J), 0 to 1: how sure the network is, the largest value of the map, or of its softmax."""


@torch.no_grad()
def outputs(network: nn.Module, people: People, protocol: Protocol, alignment: Alignment = "centre") -> Tensor:
    """Return what `network` says of `people`, the flip test included; the network is left in the mode it was in.

    Raises DivergedError if an output is not finite: the largest of numbers that are not points nowhere.
    """
    was_training = network.training
    network.eval()
    flip_order = people.skeleton.flip_order
    chunks = (normalise(images) for images in torch.split(Tensors.of(people).images, CHUNK))
    output = torch.cat([_look(network, images, protocol, flip_order, alignment) for images in chunks])
    network.train(was_training)
    if not torch.isfinite(output).all():
        spoilt = int((~torch.isfinite(output)).flatten(1).any(1).sum())
        raise DivergedError(f"the output for {spoilt} of {len(people)} people is not finite")
    return output


def _look(
    network: nn.Module, images: Tensor, protocol: Protocol, flip_order: Sequence[int], alignment: Alignment
) -> Tensor:
    """Return the network's output, with the flip test averaged with what it says of the mirror images."""
    output: Tensor = network(images)
    if not protocol.flip_test:
        return output
    means, mirrored = representation(protocol, output.shape[2:]), network(images.flip(-1))
    if alignment == "corner" and isinstance(means, HeatMaps):
        return (output + heatmaps.unflip(mirrored, flip_order, shift=True)) / 2
    return (output + means.unflip(mirrored, flip_order)) / 2


def joints_of(output: Tensor, protocol: Protocol, alignment: Alignment = "centre") -> Tensor:
    """Return the joints (n, J, 2) in input pixels that an output points at."""
    means = representation(protocol, output.shape[2:])
    found = means.joints(output)
    corner = alignment == "corner" and isinstance(means, HeatMaps)
    return found - (protocol.stride - 1) / 2 if corner else found


def predict(network: nn.Module, people: People, protocol: Protocol, alignment: Alignment = "centre") -> Predicted:
    """Return the joints of `people` as `network` sees them under `protocol`.

    Its input size, loss (which says what the outputs are), decoder and flip test matter. Raises DivergedError as
    `outputs` does, ShapeError for an output that is neither heat maps nor SimCC's vectors.
    """
    if not len(people):
        count = len(people.skeleton.joints)
        return Predicted(np.empty((0, count, 2)), np.empty((0, count)))
    output = outputs(network, people, protocol, alignment)
    joints = joints_of(output, protocol, alignment).double().numpy()
    return Predicted(joints, representation(protocol, output.shape[2:]).scores(output).double().numpy())
