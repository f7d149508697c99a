"""A graph with open choices as a torch module: run it mixed, or along one path."""

from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any

import torch
from torch import Tensor, nn

from nasbench_pose.graph import Graph, Layer
from nasbench_pose.graph.operations import BatchNorm, Choice, Mask
from nasbench_pose.network.modules import module_of
from nasbench_pose.network.network import plan
from nasbench_pose.spaces import SearchSpace


class Supernet(nn.Module):
    """All networks of a space at once, with shared weights.

    Batch normalisation always uses the statistics of the batch, since no running mean fits all paths, and has no learnt
    scale, which would hide the size of an option's weight (DARTS, FNA). A supernet whose members are to be scored with
    the weights that they share is built with `members`: it learns scales and keeps statistics, to be taken anew for
    each member.

    >>> from nasbench_pose.spaces import load
    >>> space = load("efficientpose_micro")
    >>> supernet = build_supernet(space)
    >>> even = {gene: torch.full((len(options),), 1 / len(options)) for gene, options in space.choices.items()}
    >>> supernet(torch.zeros(2, 3, 64, 64), even).shape
    torch.Size([2, 14, 16, 16])
    """

    def __init__(self, graph: Graph, *, members: bool = False) -> None:
        super().__init__()
        self.graph = graph
        self._plan = plan(self, graph, partial(_searchable, members=members))
        self._needed = lru_cache(maxsize=64)(self._trace)

    def forward(self, images: Tensor, weights: Mapping[str, Tensor]) -> Tensor:
        """Return heat maps of the mixture: `weights` has, for each of the space's `choices`, one weight per option."""
        values: list[Any] = [images] + [None] * len(self._plan)
        for index, (module, sources, finished) in enumerate(self._plan, start=1):
            operation = self.graph.layers[index].operation
            choice = (weights[operation.gene],) if isinstance(operation, Choice | Mask) else ()
            values[index] = module(*choice, *[values[i] for i in sources])
            for i in finished:
                values[i] = None
        output: Tensor = values[-1]
        return output

    def path(self, images: Tensor, options: Mapping[str, int]) -> Tensor:
        """Return heat maps of one member: `options` has, for each choice, the number of the option that is taken."""
        values: dict[int, Tensor] = {0: images}
        for index in self._needed(tuple(sorted(options.items()))):
            module, sources, _ = self._plan[index - 1]
            operation = self.graph.layers[index].operation
            if isinstance(operation, Choice):
                values[index] = values[sources[options[operation.gene]]]
            elif isinstance(operation, Mask):
                one_hot = torch.zeros(len(operation.channels)).index_fill_(0, torch.tensor(options[operation.gene]), 1)
                values[index] = module(one_hot, values[sources[0]])
            else:
                values[index] = module(*[values[i] for i in sources])
        return values[len(self._plan)]

    def _trace(self, options: tuple[tuple[str, int], ...]) -> tuple[int, ...]:
        """Return the numbers of the layers that a path needs, in order."""
        chosen, needed = dict(options), {len(self._plan)}
        for index in range(len(self._plan), 0, -1):
            if index in needed:
                sources = self._plan[index - 1][1]
                operation = self.graph.layers[index].operation
                needed.update([sources[chosen[operation.gene]]] if isinstance(operation, Choice) else sources)
        return tuple(sorted(needed - {0}))


def _searchable(graph: Graph, layer: Layer, *, members: bool) -> nn.Module:
    if isinstance(layer.operation, BatchNorm) and not members:
        return nn.BatchNorm2d(layer.shape[0], affine=False, track_running_stats=False)
    module = module_of(graph, layer)
    # An open choice and its neighbours read one tensor several times, so nothing may be overwritten.
    return nn.ReLU() if isinstance(module, nn.ReLU) else module


def build_supernet(
    space: SearchSpace,
    *,
    joints: int | None = None,
    input: tuple[int, int] | None = None,
    seed: int = 0,
    members: bool = False,
) -> Supernet:
    """Return the supernet of `space` with PyTorch's own initialisation, drawn from `seed`.

    `members` says that single members will be scored: see Supernet. Raises NasbenchPoseError for a space without one.
    """
    graph = space.open_graph(input=input, joints=joints)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Supernet(graph, members=members)
