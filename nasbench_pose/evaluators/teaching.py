"""Distillation: a network that is trained learns the heat maps of a stronger one beside the labels."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nasbench_pose.errors import ShapeError
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.network.devices import precise
from nasbench_pose.pose.losses import LOSSES


@dataclass(frozen=True, eq=False)
class Teacher:
    """A trained network, which stays as it is."""

    network: nn.Module

    @classmethod
    def of(cls, network: nn.Module, device: torch.device) -> "Teacher":
        """Return the teacher on the device of a training."""
        there = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        return cls(there.eval().requires_grad_(False))

    @torch.no_grad()
    def maps(self, images: Tensor, protocol: Protocol) -> Tensor:
        """Return the heat maps (n, J, h, w) for normalised images, in 32 bits."""
        with precise(images.device, protocol.precision):
            found: Tensor = self.network(images)
        return found.float() if found.element_size() < 4 else found


def taught(labels_loss: Tensor, maps: Tensor, teachers: Tensor, protocol: Protocol) -> Tensor:
    """Return α times the loss against the teacher's maps plus 1 - α times `labels_loss`; α is `teacher_share`.

    As in Fast Human Pose Estimation (Zhang et al., arXiv:1811.05419), equation 6: the teacher says something of every
    joint, labelled or not. Where maps are logits, its softmax is the target. Raises ShapeError if the maps differ in
    shape.

    >>> protocol, maps = Protocol(loss="mse", teacher_share=0.25), torch.zeros(1, 1, 2, 2)
    >>> taught(torch.tensor(1.0), maps, torch.full((1, 1, 2, 2), 2.0), protocol)  # 0.75 · 1 + 0.25 · 2² / 2
    tensor(1.2500)
    """
    if maps.shape != teachers.shape:
        theirs, mine = ("×".join(map(str, each.shape[1:])) for each in (teachers, maps))
        raise ShapeError(f"The teacher's maps are {theirs}, those of the network {mine}; they have to be equal.")
    target = teachers if protocol.loss == "mse" else teachers.flatten(2).softmax(-1).view_as(teachers)
    everywhere = torch.ones(maps.shape[:2], device=maps.device)
    exact = maps.float() if maps.element_size() < 4 else maps
    imitation = LOSSES[protocol.loss](exact, target, everywhere)
    return protocol.teacher_share * imitation + (1 - protocol.teacher_share) * labels_loss
