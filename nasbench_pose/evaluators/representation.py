"""The two kinds of network output: heat maps and SimCC vectors, with their losses and decoders."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from nasbench_pose.errors import ShapeError
from nasbench_pose.evaluators.batches import Tensors
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.pose import heatmaps, simcc
from nasbench_pose.pose.losses import LOSSES
from nasbench_pose.spaces.heads import split_of


@dataclass(frozen=True, slots=True)
class HeatMaps:
    """Maps (n, J, h, w), one per joint."""

    protocol: Protocol

    def loss(self, maps: Tensor, people: Tensors) -> Tensor:
        """Return the protocol's loss of what was predicted for `people`."""
        joints, weight = self._weighted(people)
        target = heatmaps.gaussians(joints, self.protocol.map_size, self.protocol.stride, self.protocol.sigma)
        return LOSSES[self.protocol.loss](maps, target, weight)

    def counted(self, people: Tensors) -> float:
        """Return the number of joints that `loss` is the mean of, the weight of this loss among those of others."""
        return _counted(self._weighted(people)[1], self.protocol)

    def _weighted(self, people: Tensors) -> tuple[Tensor, Tensor]:
        """Return the joints that targets are drawn at, and the weight of each."""
        size, stride, sigma = self.protocol.map_size, self.protocol.stride, self.protocol.sigma
        if self.protocol.alignment == "corner":
            joints = heatmaps.to_whole_pixels(people.joints, stride)
            return joints, heatmaps.weights(joints, people.labelled, size, stride, reach=3 * sigma)
        return people.joints, heatmaps.weights(people.joints, people.labelled, size, stride)

    def joints(self, maps: Tensor) -> Tensor:
        """Return the joints (n, J, 2) in input pixels."""
        joints = heatmaps.decode(maps, self.protocol.stride, self.protocol.decoder)
        if self.protocol.alignment == "centre":
            return joints
        found = (maps.flatten(2).amax(-1) > 0)[..., None]  # HRNet's code puts joints without a maximum at 0
        return (joints - (self.protocol.stride - 1) / 2) * found

    def scores(self, maps: Tensor) -> Tensor:
        """Return (n, J), 0 to 1: the maximum of each map if the loss is `mse`, else the maximum of its softmax.

        Aligned at the corner, it is the maximum as it is, as in HRNet's code.
        """
        if self.protocol.alignment == "corner" and self.protocol.loss == "mse":
            return maps.flatten(2).amax(-1)
        return _largest(maps, self.protocol)

    def unflip(self, maps: Tensor, flip_order: Sequence[int]) -> Tensor:
        """Return the maps of mirrored images as maps of the images."""
        return heatmaps.unflip(maps, flip_order, shift=self.protocol.alignment == "corner")


@dataclass(frozen=True, slots=True)
class SimCC:
    """Vectors (n, J, split · (width + height)): a classification of the column, followed by one of the row.

    The target Gaussians are as wide as those of heat maps, sigma · stride input pixels. The loss is the sum of those of
    columns and rows, like the cross-entropy of a map that is the product of the two.
    """

    protocol: Protocol
    split: int
    """Bins per input pixel."""

    def loss(self, output: Tensor, people: Tensors) -> Tensor:
        """Return the protocol's loss of what was predicted for `people`."""
        protocol, of = self.protocol, LOSSES[self.protocol.loss]
        found = simcc.vectors_of(output, protocol.input, self.split)
        target = simcc.targets(people.joints, protocol.input, self.split, protocol.sigma * protocol.stride)
        weight = self._weight(people)
        return of(found.columns, target.columns, weight) + of(found.rows, target.rows, weight)

    def counted(self, people: Tensors) -> float:
        """Return the number of joints that `loss` is the mean of, the weight of this loss among those of others."""
        return _counted(self._weight(people), self.protocol)

    def _weight(self, people: Tensors) -> Tensor:
        return heatmaps.weights(people.joints, people.labelled, self.protocol.input, stride=1)

    def joints(self, output: Tensor) -> Tensor:
        """Return the joints (n, J, 2) in input pixels."""
        vectors = simcc.vectors_of(output, self.protocol.input, self.split)
        return simcc.decode(vectors, self.split, self.protocol.decoder)

    def scores(self, output: Tensor) -> Tensor:
        """Return (n, J), 0 to 1: the smaller of the maxima of the two vectors, as in the official code."""
        found = simcc.vectors_of(output, self.protocol.input, self.split)
        return torch.minimum(*(_largest(part, self.protocol) for part in found))

    def unflip(self, output: Tensor, flip_order: Sequence[int]) -> Tensor:
        """Return the vectors of mirrored images as vectors of the images."""
        vectors = simcc.unflip(simcc.vectors_of(output, self.protocol.input, self.split), flip_order)
        return torch.cat(vectors, dim=-1).view_as(output)


def _counted(weight: Tensor, protocol: Protocol) -> float:
    """Return how many joints, of these weights, are in the mean: a squared error counts those without a label."""
    return float(weight.numel() if protocol.loss == "mse" else weight.sum())


def _largest(maps: Tensor, protocol: Protocol) -> Tensor:
    flat = maps.flatten(2)
    return (flat.clamp(0, 1) if protocol.loss == "mse" else flat.softmax(-1)).amax(-1)


Representation = HeatMaps | SimCC


def representation(protocol: Protocol, output: Sequence[int]) -> Representation:
    """Return the kind of an output by its shape per joint: (height, width) of heat maps, or (1, bins) of SimCC.

    Raises ShapeError if it is neither; the size of heat maps follows from the protocol's input and stride.

    >>> from nasbench_pose.evaluators.protocol import PROTOCOLS
    >>> representation(PROTOCOLS["default"], (1, 256)).split
    2
    """
    if tuple(output) == protocol.map_size:
        return HeatMaps(protocol)
    if split := split_of(tuple(output), protocol.input):
        return SimCC(protocol, split)
    height, width = protocol.map_size
    raise ShapeError(
        f"The network turns {protocol.input[0]}×{protocol.input[1]} pixels into maps of {'×'.join(map(str, output))}, "
        f"the protocol wants {height}×{width}; multiples of 32 pixels fit every network."
    )
