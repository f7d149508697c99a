"""Members of a supernet as modules: many while it is trained, one when it is measured."""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn

from nasbench_pose.evaluators.batches import Tensors, normalise
from nasbench_pose.network import Supernet
from nasbench_pose.oneshot.paths import Options

PEOPLE = 512
"""People that statistics are taken of: the error of their mean is below a twentieth of their spread."""
CHUNK = 128


class Sampled(nn.Module):
    """A supernet in training: each call divides its batch among the next members, which share the weights."""

    def __init__(self, supernet: Supernet, paths: Iterator[list[Options]]) -> None:
        super().__init__()
        self.supernet = supernet
        self._paths = paths

    def forward(self, images: Tensor) -> Tensor:
        """Return the heat maps of all images, each by the member that its part of the batch went to."""
        paths = next(self._paths)
        parts = torch.tensor_split(images, len(paths))
        return torch.cat([self.supernet.path(part, path) for part, path in zip(parts, paths, strict=True)])


class Member(nn.Module):
    """One member of a supernet, with the weights that all of them share.

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
    """Take the statistics of batch normalisation anew, from `people` as they are, and leave them to be measured with.

    Those of training are of all members mixed, which fits none (Guo et al., arXiv 1904.00420, section 3.4).
    """
    layers = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    kept = [layer.momentum for layer in layers]
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # the plain mean over all that follow
    network.train()
    parts = -(-len(people.images) // CHUNK)  # equally large, as each counts the same
    for images in torch.tensor_split(people.images, parts):
        network(normalise(images))
    network.eval()
    for layer, momentum in zip(layers, kept, strict=True):
        layer.momentum = momentum
