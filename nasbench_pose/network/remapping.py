"""Parameter remapping of FNA: weights of an ImageNet MobileNetV2 for a chain of other depth, width and kernels.

Fang et al., "Fast Neural Network Adaptation via Parameter Remapping and Architecture Search", arXiv:2001.02525. A
search, and the training of what it found, start from these weights, without a training on ImageNet of their own.
"""

import re
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.spaces import SearchSpace

LAYERS: Mapping[int, tuple[int, ...]] = {
    24: (2, 3), 32: (4, 5, 6), 64: (7, 8, 9, 10), 96: (11, 12, 13), 160: (14, 15, 16), 320: (17,),
}  # fmt: skip
"""Width of a stage of MobileNetV2 -> its layers in `features` of torchvision's module."""

_STEM = {
    "first.0.conv": "features.0.0", "first.0.bn": "features.0.1", "first.1.conv": "features.1.conv.0.0",
    "first.1.bn": "features.1.conv.0.1", "first.2": "features.1.conv.1", "first.3": "features.1.conv.2",
}  # fmt: skip
_PARTS = {
    "pw.conv": "conv.0.0", "pw.bn": "conv.0.1", "dw.conv": "conv.1.0", "dw.bn": "conv.1.1", "pwl.conv": "conv.2",
    "pwl.bn": "conv.3",
}  # fmt: skip
_BLOCK = re.compile(r"blocks\.stages\.x(\d+)_ir_\w+?\.(.+)\.(\w+)")


def remapped(seed: Mapping[str, Tensor], space: SearchSpace, target: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights of `target`, a network or supernet of a chain, that a MobileNetV2 gives; the head has none.

    `seed` has the names of torchvision's `mobilenet_v2`. Layer j of a stage takes the layer j of the stage of the same
    width, or of the nearest one, and its last layer where that stage has fewer. Channels that the seed lacks are 0, and
    kernels are aligned at their centres; statistics and scales that it lacks keep their values. Raises InvalidFileError
    if the seed has other names.
    """
    layers = _layers(space)
    found = {}
    for name, value in target.items():
        source = _source(name, layers)
        if source is None or not value.ndim:
            continue
        if source not in seed:
            raise InvalidFileError(f"The MobileNetV2 has no weight {source!r}; expected the names of torchvision's.")
        found[name] = _fitted(seed[source], value)
    return found


def _layers(space: SearchSpace) -> list[int]:
    """Return the layer of the seed for each layer of the chain."""
    stages: list[dict[str, Any]] = list(space.fixed["stages"])
    found = []
    for stage in stages:
        nearest = min(LAYERS, key=lambda width: (abs(width - stage["width"]), width))
        seed = LAYERS[nearest]
        found += [seed[min(layer, len(seed) - 1)] for layer in range(stage["blocks"])]
    return found


def _source(name: str, layers: list[int]) -> str | None:
    """Return the name in the seed of a weight of the chain; None for one of the head."""
    layer, _, kind = name.rpartition(".")
    if layer in _STEM:
        return f"{_STEM[layer]}.{kind}"
    block = _BLOCK.fullmatch(name)
    if block is None or block[2] not in _PARTS:
        return None
    return f"features.{layers[int(block[1])]}.{_PARTS[block[2]]}.{block[3]}"


def _fitted(seed: Tensor, target: Tensor) -> Tensor:
    """Return the seed in the shape of the target: channels from the first on, kernels at their centres."""
    made = target.detach().clone() if target.ndim == 1 else torch.zeros_like(target)
    sides = enumerate(zip(made.shape, seed.shape, strict=True))
    into = [_overlap(have, given, centred=place >= 2) for place, (have, given) in sides]
    made[tuple(mine for mine, _ in into)] = seed[tuple(theirs for _, theirs in into)].to(made)
    return made


def _overlap(have: int, given: int, *, centred: bool) -> tuple[slice, slice]:
    """Return where a side of `have` and one of `given` elements overlap, in each."""
    both = min(have, given)
    low, first = ((have - both) // 2, (given - both) // 2) if centred else (0, 0)
    return slice(low, low + both), slice(first, first + both)
