"""A graph with open choices as a torch module, which runs a mixture of options, some of them, or one path."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from itertools import groupby
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from nasbench_pose.graph import Graph, Layer
from nasbench_pose.graph.operations import BatchNorm, Choice, Mask, Zero
from nasbench_pose.network.joined import Key, Step, alone, joined, mixtures, run
from nasbench_pose.network.modules import module_of
from nasbench_pose.network.network import Step as Planned
from nasbench_pose.network.network import plan
from nasbench_pose.network.partial_channels import region_of, with_partial_channels
from nasbench_pose.spaces import SearchSpace

Active = Mapping[str, tuple[int, ...]]
"""Choice -> the indices of the options to compute; the others are skipped, even if their weights are not zero."""


@dataclass(frozen=True)
class _Segment:
    """Layers that run together, and are recomputed together if the supernet recomputes."""

    steps: tuple[tuple[Step, tuple[Key, ...]], ...]
    """Each with the values that no later step reads."""
    inputs: tuple[Key, ...]
    outputs: tuple[Key, ...]


class Supernet(nn.Module):
    """All networks of a space at once, with shared weights.

    Batch normalisation always uses the statistics of the batch, because no running mean is right for all paths. It has
    no learnt scale, which would hide the size of an option's weight (DARTS, FNA). With `members`, the supernet is for
    scoring members with the shared weights: it learns scales and has running statistics, which are to be recalibrated
    for each member.

    With `recompute`, the backward pass recomputes each block instead of storing its activations (gradient
    checkpointing, Chen et al., arXiv 1604.06174). It takes less memory and roughly a third more time; the gradients are
    the same.

    >>> from nasbench_pose.spaces import load
    >>> space = load("efficientpose_micro")
    >>> supernet = build_supernet(space)
    >>> even = {gene: torch.full((len(options),), 1 / len(options)) for gene, options in space.choices.items()}
    >>> supernet(torch.zeros(2, 3, 64, 64), even).shape
    torch.Size([2, 14, 16, 16])
    """

    def __init__(self, graph: Graph, *, members: bool = False, recompute: bool = False) -> None:
        super().__init__()
        self.graph = graph
        self.recompute = recompute
        self._plan = _shared(graph, plan(self, graph, partial(_searchable, members=members)))
        self._computed = {  # zeros add nothing to a mixture
            layer.operation.gene: tuple(
                option for option, read in enumerate(layer.inputs) if not isinstance(graph[read].operation, Zero)
            )
            for layer in graph
            if isinstance(layer.operation, Choice)
        }
        self._segments = lru_cache(maxsize=64)(self._cut)

    def forward(
        self, images: Tensor, weights: Mapping[str, Tensor], *, active: Active | None = None, auxiliary: float = 0.0
    ) -> Tensor:
        """Return heat maps of the mixture: `weights` has, for each of the space's `choices`, one weight per option.

        Only the `active` options are computed; None: all. `auxiliary` times its input is added to the output of every
        choice that keeps the shape (the auxiliary skip connection of DARTS-, arXiv 2009.01027).
        """
        return self._run(images, weights, self._computed if active is None else active, auxiliary)

    def path(self, images: Tensor, options: Mapping[str, int]) -> Tensor:
        """Return heat maps of one member; `options` is the index of the selected option of each choice."""
        masks = {
            layer.operation.gene: _one_hot(options[layer.operation.gene], len(layer.operation.channels), images.device)
            for layer in self.graph
            if isinstance(layer.operation, Mask)
        }
        return self._run(images, masks, {choice: (option,) for choice, option in options.items()}, 0.0, mixed=False)

    @cached_property
    def _bypass(self) -> dict[int, int]:
        """Index of a choice that keeps the shape -> index of the layer that all of its options read."""
        number = _canonical(self.graph, [module for module, _, _ in self._plan])
        choices = [layer for layer in self.graph if isinstance(layer.operation, Choice)]
        sources = {layer.name: region_of(self.graph, layer).source for layer in choices}
        return {
            number[name]: number[source]
            for name, source in sources.items()
            if source is not None and self.graph[source].shape == self.graph[name].shape
        }

    def _run(
        self,
        images: Tensor,
        weights: Mapping[str, Tensor],
        active: Active | None,
        auxiliary: float,
        *,
        mixed: bool = True,
    ) -> Tensor:
        """Run the segments; a choice that is not `mixed` returns its only active option."""
        key = None if active is None else tuple(sorted(active.items()))
        again = self.recompute and torch.is_grad_enabled()
        values: dict[Key, Tensor] = {0: images}
        for segment, finished in self._segments(key, bool(auxiliary), again, mixed and active == self._computed):
            compute = partial(self._compute, segment, weights, active, auxiliary, mixed)
            inputs = [values[i] for i in segment.inputs]
            outputs = checkpoint(compute, *inputs, use_reentrant=False) if again else compute(*inputs)
            values.update(zip(segment.outputs, outputs, strict=True))
            for i in finished:
                del values[i]
        return values[len(self._plan)]

    def _compute(
        self,
        segment: _Segment,
        weights: Mapping[str, Tensor],
        active: Active | None,
        auxiliary: float,
        mixed: bool,
        *inputs: Tensor,
    ) -> tuple[Tensor, ...]:
        """Return the outputs of a segment."""
        values = dict(zip(segment.inputs, inputs, strict=True))
        for step, finished in segment.steps:
            read = [values[i] for i in step.sources]
            if len(step.layers) > 1:
                values.update(self._together(step, read, weights, auxiliary))
                for i in finished:
                    del values[i]
                continue
            index = step.layers[0]
            operation = self.graph.layers[index].operation
            module: Any = self._plan[index - 1][0]
            if isinstance(operation, Choice):
                extra = auxiliary * read.pop() if auxiliary and index in self._bypass else None
                if mixed:
                    share = weights[operation.gene]
                    picked = share if active is None else share[list(active[operation.gene])]
                    values[index] = module(picked, *read)
                else:
                    (values[index],) = read
                values[index] = values[index] if extra is None else values[index] + extra
            elif isinstance(operation, Mask):
                values[index] = module(weights[operation.gene], *read)
            else:
                values[index] = module(*read)
            for i in finished:
                del values[i]
        return tuple(values[i] for i in segment.outputs)

    def _together(
        self, step: Step, read: list[Tensor], weights: Mapping[str, Tensor], auxiliary: float
    ) -> dict[Key, Tensor]:
        """Return the outputs of a group of layers: of choices one by one, of others side by side."""
        layers = [self.graph.layers[index] for index in step.layers]
        if not step.normalises:
            modules = [self._plan[index - 1][0] for index in step.layers]
            return {step.layers: run(layers[0].operation, modules, isinstance(step.sources[0], int), read)}
        genes = [layer.operation.gene for layer in layers if isinstance(layer.operation, Choice)]
        extra = auxiliary * read.pop() if auxiliary and step.layers[0] in self._bypass else None
        shares = torch.stack([weights[gene][list(self._computed[gene])] for gene in genes])
        found = mixtures(step, shares, read)
        return dict(zip(step.layers, found if extra is None else [each + extra for each in found], strict=True))

    def _cut(
        self, active: tuple[tuple[str, tuple[int, ...]], ...] | None, auxiliary: bool, again: bool, together: bool
    ) -> list[tuple[_Segment, tuple[Key, ...]]]:
        """Return the segments that the active options need, and the values that are not read after each.

        A segment is a block of the graph if blocks are recomputed (`again`), else the whole network. Layers of parallel
        choices run as one if `together`.
        """
        needed = self._needed(None if active is None else dict(active), auxiliary)
        steps = joined(self.graph, needed) if together else alone(needed)
        last_use = {source: at for at, step in enumerate(steps) for source in step.sources}
        last_use[len(self._plan)] = len(steps)
        segments, end = list[tuple[_Segment, tuple[Key, ...]]](), 0
        for _, block in groupby(steps, key=lambda step: self.graph.layers[step.layers[0]].block.name if again else ""):
            part = list(block)
            start, end = end, end + len(part)
            inside = {value for step in part for value in step.values}
            inputs = tuple(dict.fromkeys(s for step in part for s in step.sources if s not in inside))
            outputs = tuple(value for step in part for value in step.values if last_use[value] >= end)
            listed = tuple(
                (step, tuple(i for i in dict.fromkeys(step.sources) if last_use[i] == at and i in inside))
                for at, step in enumerate(part, start)
            )
            finished = tuple(i for i in (*inputs, *outputs) if last_use[i] < end)
            segments.append((_Segment(listed, inputs, outputs), finished))
        return segments

    def _needed(
        self, active: Mapping[str, tuple[int, ...]] | None, auxiliary: bool
    ) -> list[tuple[int, tuple[int, ...]]]:
        """Return the layers that the active options need, in order: the index of each, and of those that it reads."""
        needed, steps = {len(self._plan)}, []
        for index in range(len(self._plan), 0, -1):
            if index not in needed:
                continue
            sources, operation = self._plan[index - 1][1], self.graph.layers[index].operation
            if isinstance(operation, Choice):
                if active is not None:
                    sources = tuple(sources[option] for option in active[operation.gene])
                if auxiliary and index in self._bypass:
                    sources = (*sources, self._bypass[index])
            needed.update(sources)
            steps.append((index, sources))
        return steps[::-1]


@lru_cache(maxsize=1024)
def _one_hot(index: int, length: int, device: torch.device) -> Tensor:
    """Return the mask of one option, made once on each device."""
    return torch.tensor([float(number == index) for number in range(length)], device=device)


def _shared(graph: Graph, steps: list[Planned]) -> list[Planned]:
    """Return the steps in which equal layers without weights are computed once, such as the poolings of one state."""
    number = _canonical(graph, [module for module, _, _ in steps])
    return [
        (module, tuple(number[source] for source in layer.inputs), finished)
        for layer, (module, _, finished) in zip(graph.layers[1:], steps, strict=True)
    ]


def _canonical(graph: Graph, modules: Sequence[nn.Module]) -> dict[str, int]:
    """Return layer -> the index of the first layer that computes the same: same operation, same inputs, no weights."""
    number, first = {graph.layers[0].name: 0}, dict[object, int]()
    for index, (layer, module) in enumerate(zip(graph.layers[1:], modules, strict=True), start=1):
        key = (layer.operation, tuple(number[source] for source in layer.inputs))
        alone = isinstance(layer.operation, Choice | Mask) or bool(module.state_dict())
        number[layer.name] = index if alone else first.setdefault(key, index)
    return number


def _searchable(graph: Graph, layer: Layer, *, members: bool) -> nn.Module:
    if isinstance(layer.operation, BatchNorm) and not members:
        return nn.BatchNorm2d(layer.shape[0], affine=False, track_running_stats=False)
    module = module_of(graph, layer)
    # An open choice and its neighbours read the same tensor, so no layer may work in place.
    return nn.ReLU() if isinstance(module, nn.ReLU) else module


def build_supernet(
    space: SearchSpace,
    *,
    joints: int | None = None,
    input: tuple[int, int] | None = None,
    seed: int = 0,
    members: bool = False,
    recompute: bool = False,
    partial: int = 1,
) -> Supernet:
    """Return the supernet of `space` with the default initialisation of PyTorch, drawn from `seed`.

    `members` and `recompute` are those of Supernet. `partial` is K of partial channels (PC-DARTS): the options of a
    choice that keeps its width compute a K-th of the channels. Raises NasbenchPoseError for a space without a supernet.
    """
    graph = space.open_graph(input=input, joints=joints)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Supernet(with_partial_channels(graph, partial), members=members, recompute=recompute)
