"""Prediction of joints by a network."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from nasbench_pose.errors import DivergedError
from nasbench_pose.evaluators.batches import Tensors, normalise
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.representation import representation
from nasbench_pose.evaluators.streaming import chunks
from nasbench_pose.network.devices import home_of, precise
from nasbench_pose.pose.people import People
from nasbench_pose.pose.photographs import Photographs

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
def outputs(network: nn.Module, people: People, protocol: Protocol, alignment: Alignment | None = None) -> Tensor:
    """Return the output of `network` for `people`, on the CPU, with the flip test of the protocol.

    The network computes on its device, and its mode is restored.

    Raises DivergedError if an output is not finite, because the maximum of a map is undefined then.
    """
    was_training = network.training
    network.eval()
    flip_order, device = people.skeleton.flip_order, home_of(network)
    chunks = (normalise(images.to(device)) for images in torch.split(Tensors.of(people).images, CHUNK))
    protocol = aligned(protocol, alignment)
    with precise(device, protocol.precision):
        found = [_forward(network, images, protocol, flip_order) for images in chunks]
    network.train(was_training)
    return _checked(torch.cat(found).cpu())


@torch.no_grad()
def streamed_outputs(
    network: nn.Module, people: Photographs, protocol: Protocol, loaders: int | None = None
) -> Iterator[tuple[Tensor, Tensors]]:
    """Yield the output of `network`, on the CPU, and the people whose crops it saw, some at a time and in order.

    `loaders` processes read the photographs. Raises what `outputs` raises.
    """
    was_training, device = network.training, home_of(network)
    network.eval()
    for some in chunks(people, CHUNK, device, loaders):
        with precise(device, protocol.precision):
            found = _forward(network, some.images, protocol, people.skeleton.flip_order)
        yield _checked(found.cpu()), some.to(torch.device("cpu"))
    network.train(was_training)


def _checked(output: Tensor) -> Tensor:
    """Return an output in 32 bits; raise DivergedError if it is not finite."""
    if not torch.isfinite(output).all():
        bad = int((~torch.isfinite(output)).flatten(1).any(1).sum())
        raise DivergedError(f"the output for {bad} of {len(output)} people is not finite")
    return output.float() if output.element_size() < 4 else output


def aligned(protocol: Protocol, alignment: Alignment | None) -> Protocol:
    """Return the protocol with another alignment; None: its own."""
    return protocol if alignment is None else replace(protocol, alignment=alignment)


def _forward(network: nn.Module, images: Tensor, protocol: Protocol, flip_order: Sequence[int]) -> Tensor:
    """Return the network's output; with the flip test, its mean with the mirrored output for mirrored images."""
    output: Tensor = network(images)
    if not protocol.flip_test:
        return output
    kind, mirrored = representation(protocol, output.shape[2:]), network(images.flip(-1))
    return (output + kind.unflip(mirrored, flip_order)) / 2


def joints_of(output: Tensor, protocol: Protocol, alignment: Alignment | None = None) -> Tensor:
    """Decode an output to joints (n, J, 2) in input pixels."""
    return representation(aligned(protocol, alignment), output.shape[2:]).joints(output)


def predict(
    network: nn.Module,
    people: People | Photographs,
    protocol: Protocol,
    alignment: Alignment | None = None,
    loaders: int | None = None,
) -> Predicted:
    """Return the joints of `people` that `network` predicts; `loaders` processes read photographs.

    Of `protocol`, the input size, the loss (which determines how outputs are interpreted), the decoder and the flip
    test are used. Raises DivergedError if an output is not finite, ShapeError for an output that is neither heat maps
    nor SimCC vectors.
    """
    if not len(people):
        count = len(people.skeleton.joints)
        return Predicted(np.empty((0, count, 2)), np.empty((0, count)))
    protocol = aligned(protocol, alignment)
    if isinstance(people, Photographs):
        parts = [_decoded(output, protocol) for output, _ in streamed_outputs(network, people, protocol, loaders)]
        return Predicted(*(np.concatenate(each) for each in zip(*parts, strict=True)))
    return Predicted(*_decoded(outputs(network, people, protocol), protocol))


def _decoded(output: Tensor, protocol: Protocol) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    kind = representation(protocol, output.shape[2:])
    return kind.joints(output).double().numpy(), kind.scores(output).double().numpy()
