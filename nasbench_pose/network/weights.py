"""Networks with weights from a file."""

import pickle
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from nasbench_pose.errors import InvalidFileError, UnknownNameError, nearest
from nasbench_pose.genotype import Genotype
from nasbench_pose.network.network import Network, build
from nasbench_pose.network.official import load_official
from nasbench_pose.spaces import name_of


def build_with_weights(
    genotype: Genotype, path: Path, *, joints: int | None = None, input: tuple[int, int] | None = None
) -> Network:
    """Return the network of `genotype` in float32 and evaluation mode, with the weights of a checkpoint in it.

    The file is what `torch.save` makes of our state dicts or of the official ones (see `load_official`). The checkpoint
    decides the number of joints; `input` (height, width) defaults to the space's own. Raises UnknownNameError if there
    is no such file, InvalidFileError if it holds no weights, weights of another network, or not `joints` joints.
    """
    loaded = load_official(name_of(genotype) or genotype.text, read_weights(path)).float()
    found = loaded.graph.output.shape[0]
    if joints not in (None, found):
        raise InvalidFileError(f"{path} has weights for {found} joints, not for {joints}.")
    network = build(genotype, joints=found, input=input)
    network.load_state_dict(loaded.state_dict())
    return network.eval()


def read_weights(path: Path) -> Mapping[str, Tensor]:
    """Return what a checkpoint holds, on the processor; no code in it is run. Errors as in `build_with_weights`."""
    if not path.is_file():
        there = [str(file) for kind in ("*.pt", "*.pth", "*.tar") for file in path.parent.glob(kind)]
        raise UnknownNameError(f"No weights file {str(path)!r}.{nearest(str(path), there)}")
    try:
        weights = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError):
        weights = None
    if not isinstance(weights, Mapping):
        raise InvalidFileError(f"{path} does not hold weights; expected a state dict, saved with torch.save.")
    return weights
