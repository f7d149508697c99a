"""Members of a supernet, with the shared weights."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from nasbench_pose.evaluators.batches import Tensors, normalise
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.network import Supernet
from nasbench_pose.network.devices import precise
from nasbench_pose.oneshot.paths import Options

CALIBRATION_PEOPLE = 512
"""People whose images give the statistics of batch normalisation: 1/√512 is below a twentieth."""
CALIBRATION_BATCH = 128


def output_of(supernet: Supernet, images: Tensor, path: Options, protocol: Protocol) -> Tensor:
    """Return the heat maps of one member, computed in the precision of the protocol."""
    with precise(images.device, protocol.precision):
        return supernet.path(images, path)


class Member(nn.Module):
    """One member of a supernet, with the shared weights.

    >>> from nasbench_pose.network import build_supernet
    >>> from nasbench_pose.spaces import find, load
    >>> space = load("efficientpose_micro")
    >>> member = Member(build_supernet(space, members=True), space.path(find("micro-smallest")))
    >>> member(torch.zeros(2, 3, 64, 64)).shape
    torch.Size([2, 14, 16, 16])
    """

    def __init__(self, supernet: Supernet, path: Mapping[str, int]) -> None:
        super().__init__()
        self.supernet = supernet
        self.path = dict(path)

    def forward(self, images: Tensor) -> Tensor:
        """Return the heat maps, not normalised."""
        return self.supernet.path(images, self.path)


@torch.no_grad()
def recalibrate(network: nn.Module, people: Tensors) -> None:
    """Recompute the statistics of batch normalisation from `people`, and put the network in evaluation mode.

    The statistics of training average over all members and fit none (Guo et al., arXiv 1904.00420, section 3.4).
    """
    layers = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    momenta = [layer.momentum for layer in layers]
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # None makes torch average over all batches that follow
    network.train()
    parts = -(-len(people.images) // CALIBRATION_BATCH)  # of equal size, since every batch has the same weight
    for images in torch.tensor_split(people.images, parts):
        network(normalise(images))
    network.eval()
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum
