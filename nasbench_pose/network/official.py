"""Official checkpoints in our modules."""

import re
from collections.abc import Mapping

from torch import Tensor

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.network.network import Network, build
from nasbench_pose.spaces import find

HEADS = ("final_layer.weight", "final.2.weight")
"""The prediction layers of the official code; their first dimension is the number of joints."""


def load_official(name: str, state_dict: Mapping[str, Tensor]) -> Network:
    """Return the network `name`, in evaluation mode and the checkpoint's precision, with an official checkpoint in it.

    Takes checkpoints of deep-high-resolution-net (HRNet, SimpleBaseline) and hustvl/EfficientPose, also with the
    `module.` prefix of DataParallel or wrapped in `{"state_dict": …}`. Raises InvalidFileError that names the first
    parameter that does not fit.
    """
    wrapped = state_dict.get("state_dict", state_dict)
    weights = {key.removeprefix("module."): value for key, value in _mapping(wrapped).items()}
    network = build(find(name), joints=_joints(name, weights))
    weights = _renumbered(weights, network.state_dict())
    _check(name, network.state_dict(), weights)
    network.to(next(iter(weights.values())).dtype).load_state_dict(weights)
    return network.eval()


def _mapping(value: object) -> Mapping[str, Tensor]:
    if not isinstance(value, Mapping) or not value:
        raise InvalidFileError(
            f"An official checkpoint is a mapping from names to tensors, not {type(value).__name__}."
        )
    return value


def _joints(name: str, weights: Mapping[str, Tensor]) -> int:
    for head in HEADS:
        if head in weights:
            return len(weights[head])
    raise InvalidFileError(f"The checkpoint is none of {name}: it has neither {HEADS[0]!r} nor {HEADS[1]!r}.")


def _renumbered(theirs: Mapping[str, Tensor], ours: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return `theirs` with EfficientPose's layers numbered as ours: our skipped layers come last in a stage."""
    numbers = dict(zip(_numbers(theirs), _numbers(ours), strict=False))
    return {_LAYER.sub(lambda found: numbers.get(found[0], found[0]), key): value for key, value in theirs.items()}


_LAYER = re.compile(r"^blocks\.stages\.x\d+_")


def _numbers(weights: Mapping[str, Tensor]) -> list[str]:
    """Return the beginning of the names of each layer with weights, layer by layer."""
    return list(dict.fromkeys(found[0] for key in weights if (found := _LAYER.match(key))))


def _check(name: str, ours: Mapping[str, Tensor], theirs: Mapping[str, Tensor]) -> None:
    for key in (*ours, *theirs):
        if key not in theirs:
            raise InvalidFileError(f"The checkpoint does not fit {name}: it lacks {key!r}.")
        if key not in ours:
            raise InvalidFileError(f"The checkpoint does not fit {name}: {key!r} has no place in it.")
        if ours[key].shape != theirs[key].shape:
            shapes = f"{tuple(theirs[key].shape)} instead of {tuple(ours[key].shape)}"
            raise InvalidFileError(f"The checkpoint does not fit {name}: {key!r} has the shape {shapes}.")
