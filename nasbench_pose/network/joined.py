"""Layers of parallel edges that run as one, with their channels side by side in one tensor.

The edges of a DARTS cell that read one state have the same options. Run one by one, they are hundreds of convolutions
of a few channels, which take longer to start than to compute. Joined, the first depthwise convolutions of all edges
are one convolution, their pointwise convolutions are one with groups, and so on up to the choices. The results are the
same up to rounding. Only layers that lead to such choices are joined, so chains are computed as they are written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from nasbench_pose.graph import Graph
from nasbench_pose.graph.operations import BatchNorm, Choice, Concat, Conv, Operation, ReLU
from nasbench_pose.network.dilated import dilation_free

Needed = Sequence[tuple[int, tuple[int, ...]]]
"""Layers in order: the index of each, and of those that it reads."""
Group = tuple[int, ...]
"""The indices of layers that run as one."""
Key = int | Group
"""A value: the output of a layer, or the outputs of a group side by side."""


@dataclass(frozen=True)
class Step:
    """A layer, or a group of layers."""

    layers: Group
    sources: tuple[Key, ...]
    """For each input the layer that all of them read, or the group of which each reads its own."""
    normalises: tuple[bool, ...] = ()
    """Of a group of choices: which inputs are normalised with the weights of the options as scale."""

    @property
    def values(self) -> tuple[Key, ...]:
        """What the step computes: the outputs of choices one by one, of another group side by side."""
        return self.layers if self.normalises or len(self.layers) == 1 else (self.layers,)


def alone(needed: Needed) -> list[Step]:
    """Return one step for each layer."""
    return [Step((index,), sources) for index, sources in needed]


def joined(graph: Graph, needed: Needed) -> list[Step]:
    """Return steps in which parallel choices, and the layers that lead to them, run as one."""
    sources = dict(needed)
    apart: set[int] = set()
    while wrong := _misfit(groups := _groups(graph, needed, apart), sources):
        apart |= wrong
    groups = _groups(graph, needed, sources.keys() - _leading_to_choices(graph, groups, sources))
    return _normalising(graph, [_step(group, sources) for group in groups])


def _groups(graph: Graph, needed: Needed, apart: set[int]) -> list[Group]:
    """Return the layers in order, those together that are alike and read the same layers or groups; `apart`: never."""
    first: dict[int, int] = {}
    groups: dict[object, list[int]] = {}
    for index, sources in needed:
        layer = graph.layers[index]
        kind = None if index in apart else _kind(layer.operation)
        parents = tuple(first.get(source, source) for source in sources)
        group = groups.setdefault(index if kind is None else (kind, layer.shape, parents), [])
        group.append(index)
        first[index] = group[0]
    return [tuple(group) for group in groups.values()]


def _kind(operation: Operation) -> object:
    """Return what layers that run as one have in common; None for one that always runs alone."""
    if isinstance(operation, Choice):
        return Choice
    if isinstance(operation, Conv):
        return None if operation.bias else operation
    return operation if isinstance(operation, ReLU | BatchNorm | Concat) else None


def _reads(group: Group, sources: Mapping[int, tuple[int, ...]]) -> list[Group]:
    """Return for each input the layers that the members read."""
    return list(zip(*(sources[index] for index in group), strict=True))


def _misfit(groups: Sequence[Group], sources: Mapping[int, tuple[int, ...]]) -> set[int]:
    """Return layers that have to run alone, because a group reads neither one layer nor each its part of one group.

    They are the layers that the group reads, if it reads one of them twice, and else the group.
    """
    whole = set(groups)
    for group in groups:
        for read in _reads(group, sources):
            if len(set(read)) > 1 and read not in whole:
                return set(group if len(set(read)) == len(group) else read)
    return set()


def _leading_to_choices(graph: Graph, groups: Sequence[Group], sources: Mapping[int, tuple[int, ...]]) -> set[int]:
    """Return the members of the groups of choices, and of the groups that lead to them and nowhere else."""
    readers: dict[int, set[int]] = {}
    for index, read in sources.items():
        for source in read:
            readers.setdefault(source, set()).add(index)
    found: set[int] = set()
    for group in reversed(groups):
        if len(group) > 1 and (
            isinstance(graph.layers[group[0]].operation, Choice) or all(readers[index] <= found for index in group)
        ):
            found.update(group)
    return found


def _step(group: Group, sources: Mapping[int, tuple[int, ...]]) -> Step:
    return Step(group, tuple(read[0] if len(set(read)) == 1 else read for read in _reads(group, sources)))


def _normalising(graph: Graph, steps: Sequence[Step]) -> list[Step]:
    """Return the steps without the normalisations that only a group of choices reads: it normalises itself."""
    read = [source for step in steps for source in step.sources]
    only = {step.layers: step.sources[0] for step in steps
            if len(step.layers) > 1 and isinstance(graph.layers[step.layers[0]].operation, BatchNorm)
            and read.count(step.layers) == 1}  # fmt: skip
    found, left_out = [], set[Key]()
    for step in reversed(steps):
        if len(step.layers) > 1 and isinstance(graph.layers[step.layers[0]].operation, Choice):
            left_out |= only.keys() & set(step.sources)
            sources = tuple(
                only.get(source, source) if isinstance(source, tuple) else source for source in step.sources
            )
            step = Step(step.layers, sources, tuple(source in only for source in step.sources))
        if step.layers not in left_out:
            found.append(step)
    return found[::-1]


def run(operation: Operation, modules: Sequence[Any], shared: bool, inputs: Sequence[Tensor]) -> Tensor:
    """Return the outputs of a group side by side; `shared`: all its members read the same maps."""
    if isinstance(operation, ReLU):
        return functional.relu(inputs[0])
    if isinstance(operation, BatchNorm):
        return functional.batch_norm(inputs[0], None, None, training=True, eps=modules[0].eps)
    if isinstance(operation, Concat):
        parts = [_by_member(each, len(modules)) for each in inputs]
        return torch.cat(parts, -1).flatten(-2).movedim(-1, 1)
    return _convolution(inputs[0], modules, shared)


def _by_member(x: Tensor, count: int) -> Tensor:
    """Return maps (n, count·c, h, w) of a group as (n, h, w, count, c)."""
    images, channels, height, width = x.shape
    return x.movedim(1, -1).reshape(images, height, width, count, channels // count)


def _convolution(x: Tensor, modules: Sequence[Any], shared: bool) -> Tensor:
    conv, weight = modules[0], torch.cat([module.weight for module in modules])
    dense = shared and conv.groups == 1
    groups = 1 if dense else conv.groups * len(modules)
    inside, merge, (stride, padding, dilation) = dilation_free(x, conv)
    if shared and not dense:
        inside = torch.cat([inside] * len(modules), 1)
    return merge(functional.conv2d(inside, weight, None, stride, padding, dilation, groups))


def mixtures(step: Step, shares: Tensor, inputs: Sequence[Tensor], eps: float = 1e-5) -> tuple[Tensor, ...]:
    """Return the weighted sums of a group of choices; `shares` has a row of weights for each of them.

    Options that the choices normalise are scaled in the same pass. So neither the normalised maps nor their products
    with the weights are kept for the gradients.
    """
    count, own = len(step.layers), list[Tensor]()
    common = [at for at in range(len(inputs)) if isinstance(step.sources[at], int)]
    for at, x in enumerate(inputs):
        if at not in common:
            scale = shares[:, at].repeat_interleave(x.shape[1] // count)
            own.append(
                functional.batch_norm(x, None, None, scale, None, training=True, eps=eps)
                if step.normalises[at]
                else x * scale[:, None, None]
            )
    terms = []
    if common:
        seen = torch.stack([inputs[at].movedim(1, -1) for at in common])
        terms.append((shares[:, common] @ seen.flatten(1)).view(count, *seen.shape[1:]))
    if own:
        total = own[0]
        for other in own[1:]:
            total = total.add_(other)
        terms.append(_by_member(total, count).movedim(-2, 0))
    return tuple(each.movedim(-1, 1) for each in sum(terms[1:], terms[0]).unbind())
