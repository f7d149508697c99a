"""The people of a search by gradients: one half trains the weights, the other half the choices."""

import torch

from nasbench_pose.evaluators.batches import Batches, Tensors
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.steps import Supply
from nasbench_pose.evaluators.streaming import StreamedBatches
from nasbench_pose.pose.photographs import Photographs, placed
from nasbench_pose.pose.source import load

Half = Tensors | Photographs


def people_of(data: str, protocol: Protocol, device: torch.device) -> Half:
    """Return the people of the split train: on the device, or in their photographs if the protocol says so."""
    if protocol.photographs:
        return placed(data, "train", protocol.input, corner=protocol.alignment == "corner")
    return Tensors.of(load(data, size=protocol.input).train).to(device)


def batches_of(half: Half, protocol: Protocol, seed: int, device: torch.device) -> Supply:
    """Return endless random batches of one half."""
    if isinstance(half, Photographs):
        return StreamedBatches(half, protocol, seed, device)
    return Batches(half, protocol, torch.Generator(device).manual_seed(seed))


def halves(people: Half) -> tuple[Half, Half]:
    """Return the first and the second half of the people; the halves are disjoint."""
    count = len(people)
    if isinstance(people, Photographs):
        return people.take(range(count // 2)), people.take(range(count // 2, count))
    return people.take(slice(None, count // 2)), people.take(slice(count // 2, None))
