"""Distillation of outputs: a member learns what a larger member says of the same images."""

from torch import Tensor

from nasbench_pose.evaluators.batches import Tensors
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.representation import SimCC, representation
from nasbench_pose.pose import heatmaps, simcc
from nasbench_pose.pose.losses import LOSSES, spatial_cross_entropy


def distillation(output: Tensor, taught: Tensor, people: Tensors, protocol: Protocol) -> Tensor:
    """Return the loss of heat maps, or SimCC's vectors, with the teacher's `taught` as the target; both are outputs.

    The loss is the protocol's without label smoothing: the mean squared error of the maps, or the cross-entropy with
    the teacher's softmax, in 32 bits. Only labelled joints count. The gradient does not reach the teacher. Raises
    ShapeError for an output of another kind.

    >>> import torch
    >>> from nasbench_pose.pose.skeleton import LSP14
    >>> people = Tensors(torch.zeros(1), torch.zeros(1, 14, 2), torch.ones(1, 14, dtype=torch.bool), LSP14)
    >>> maps = torch.zeros(1, 14, 16, 16)
    >>> distillation(maps, maps, people, Protocol(loss="spatial_cross_entropy"))  # log 256
    tensor(5.5452)
    """
    kind = representation(protocol, output.shape[2:])
    if isinstance(kind, SimCC):
        weight = heatmaps.weights(people.joints, people.labelled, protocol.input, stride=1)
        pairs = zip(*(simcc.vectors_of(each, protocol.input, kind.split) for each in (output, taught)), strict=True)
    else:
        weight = heatmaps.weights(people.joints, people.labelled, protocol.map_size, protocol.stride)
        pairs = zip([output], [taught], strict=True)
    losses = [_against(maps.float(), target.detach().float(), weight, protocol.loss) for maps, target in pairs]
    return sum(losses[1:], start=losses[0])


def _against(maps: Tensor, target: Tensor, weight: Tensor, loss: str) -> Tensor:
    if loss == "mse":
        return LOSSES[loss](maps, target, weight)
    return spatial_cross_entropy(maps, target.flatten(2).softmax(-1).view_as(target), weight)
