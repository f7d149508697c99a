"""Networks with weights from a checkpoint; saving of trained networks."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.genotype import Genotype
from nasbench_pose.network import checkpoint, state_dict
from nasbench_pose.network.network import Network
from nasbench_pose.network.network import build as build_network
from nasbench_pose.spaces import SearchSpace, space_of
from nasbench_pose.spaces import find as find_genotype

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A network with the weights of a checkpoint, and their place and metadata."""

    network: Network
    """In evaluation mode."""
    found: state_dict.Found
    about: Mapping[str, str] = field(default_factory=dict)
    """The metadata of a file that `save` wrote: genotype, protocol, seed and others."""

    def channels_last(self) -> Network:
        """Return the network in the memory format of trainings, so that results are equal to the last bit."""
        return self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes for the user on the selected weights, one line each."""
        extra = state_dict.common(self.found.extra)
        used = f" Those{self.found.where} are used." if self.found.prefixes else ""
        skipped = f"{len(self.found.extra):,} weights without a place in the network are left out{extra}.{used}"
        others = ", ".join(map(repr, self.found.others))
        several = f"The checkpoint's {self.found.place!r} is used; --part takes another that fits: {others}."
        return (several,) * bool(self.found.others) + (skipped,) * bool(self.found.extra)


def load(
    genotype: Genotype,
    path: Path,
    *,
    joints: int | Sequence[str] | None = None,
    input: tuple[int, int] | None = None,
    space: SearchSpace | None = None,
    skip_extra: bool = False,
    part: str | None = None,
) -> Loaded:
    """Return the network of `genotype` in float32 and evaluation mode, with the weights of a checkpoint in it.

    The file is one of `save`, of `torch.save`, or safetensors; `state_dict.find` describes the accepted wrappers and
    prefixes. Half and double precision are converted. The checkpoint determines the number of joints; `joints` is the
    number that is expected, or the names of the joints of the data, in their order. The default of
    `input` (height, width) is the training size in the file's metadata, else the one of the space. With `skip_extra`,
    weights without a counterpart in the network are left out. `part` selects one of several dicts.

    Raises UnknownNameError for a missing file. Raises InvalidFileError if it has no weights, weights of another
    network, weights that are not finite, another number of joints than `joints`, or these joints in another order than
    the metadata's. Other names are a warning.
    """
    held = checkpoint.read(path)
    if (saved := held.about.get("genotype", genotype.text)) != genotype.text:
        raise InvalidFileError(f"{path} holds the weights of {saved}, not of {genotype.text}.")
    home = space if space is not None and space.name == genotype.space else space_of(genotype)
    size = input or _size(held.about)
    network, found = _fitted(held.held, genotype, home, size, str(path), skip_extra, part)
    expected = joints if isinstance(joints, int | None) else len(joints)
    if expected not in (None, number := network.graph.output.shape[0]):
        raise InvalidFileError(f"{path} has weights for {number} joints, not for {expected}.")
    if not isinstance(joints, int | None):
        _check_order(path, held.about.get("joints", "").split(","), list(joints))
    if said := state_dict.not_finite(found):
        raise InvalidFileError(f"{path}: {said}.")
    return Loaded(network.float().eval(), found, held.about)


def partial_weights(network: Network, path: Path, part: str | None = None) -> tuple[dict[str, Tensor], str]:
    """Return the weights of a checkpoint that fit `network`, to start a training from, and one line that says which.

    A weight fits if it has the name and the shape: a checkpoint of ImageNet has the backbone, one of another skeleton
    all but the last layer. Raises UnknownNameError for a missing file, InvalidFileError if nothing fits or a value is
    not finite.
    """
    shapes = {name: value.shape for name, value in network.state_dict().items()}
    held = checkpoint.read(path).held
    try:
        found = state_dict.find(held, shapes, part)
    except InvalidFileError as error:
        raise InvalidFileError(f"{path} does not hold weights: {error}.") from None
    fitting = {
        name: value.detach().to(torch.float32) if value.is_floating_point() else value.detach()
        for name, value in found.weights.items()
        if isinstance(value, Tensor) and value.shape == shapes[name]
    }
    drawn = [name for name in shapes if name not in fitting and not name.endswith(state_dict.OPTIONAL)]
    if not any(not name.endswith(state_dict.OPTIONAL) for name in fitting):
        raise InvalidFileError(f"None of the weights in {path} has the name and the shape of one of this network.")
    if bad := [name for name, value in fitting.items() if not torch.isfinite(value).all()]:
        raise InvalidFileError(f"{path}: {bad[0]!r} has values that are not finite.")
    rest = f"; {len(drawn)} are drawn, from {drawn[0]!r} on" if drawn else ""
    return fitting, f"{len(fitting)} weights of {path} are used{rest}."


def build_with_weights(
    genotype: Genotype, path: Path, *, joints: int | None = None, input: tuple[int, int] | None = None
) -> Network:
    """Return the network of `load`, with the same errors."""
    return load(genotype, path, joints=joints, input=input).network


def load_official(name: str, held: Mapping[str, Any]) -> Network:
    """Return the network `name`, in evaluation mode and the checkpoint's precision, with an official checkpoint in it.

    It accepts checkpoints of deep-high-resolution-net (HRNet, SimpleBaseline) and hustvl/EfficientPose, and all others
    that `load` accepts. Raises InvalidFileError with the first parameters that do not match.
    """
    genotype = find_genotype(name)
    return _fitted(held, genotype, space_of(genotype), None, "The checkpoint", skip_extra=False, part=None)[0].eval()


def save(network: torch.nn.Module, path: Path, about: Mapping[str, str]) -> None:
    """Write the weights of `network` to `path`, which ends in .safetensors, .pt or .pth, with `about` as metadata.

    For torch's AveragedModel the average is written. Raises UnknownNameError for another ending.
    """
    inner = network.module if isinstance(network, AveragedModel) else network
    checkpoint.save(inner.state_dict(), path, about)


def _check_order(path: Path, trained: list[str], expected: list[str]) -> None:
    """Raise InvalidFileError for the same joints in another order; warn of other names. Files may have no names."""
    if trained == expected or len(trained) != len(expected):
        return
    place = next(n for n, names in enumerate(zip(trained, expected, strict=True)) if names[0] != names[1])
    where = f"joint {place + 1} of {path} is {trained[place]!r}, that of the data {expected[place]!r}"
    if sorted(trained) == sorted(expected):
        raise InvalidFileError(f"The joints have another order: {where}.")
    _LOG.warning("The joints have other names: %s. They are taken to be the same, in this order.", where)


def _fitted(
    held: object,
    genotype: Genotype,
    space: SearchSpace,
    size: tuple[int, int] | None,
    where: str,
    skip_extra: bool,
    part: str | None,
) -> tuple[Network, state_dict.Found]:
    """Return the network with the weights in `held`, in their precision; `where` begins the message of errors."""
    shapes = _shapes(genotype, space, size, None)
    name = next((name for name, named in space.named.items() if named == genotype), genotype.text)
    what = f"{where} does not fit {name}"
    try:
        found = state_dict.find(held, shapes, part)
    except InvalidFileError as error:
        raise InvalidFileError(f"{where} does not hold weights: {error}.") from None
    own = int(space.graph(genotype, input=size).output.shape[0])
    joints = _joints(found, shapes, _shapes(genotype, space, size, own + 1), what) or own
    wanted = shapes if joints == own else _shapes(genotype, space, size, joints)
    if said := state_dict.misfit(found, wanted, skip_extra=skip_extra):
        hint = "; --skip-extra leaves them out" if found.extra and found.fits and not skip_extra else ""
        raise InvalidFileError(f"{what}{found.where}: {said}{hint}.")
    network = build_network(genotype, joints=joints, input=size, space=space)
    weights: dict[str, Tensor] = {name: value.detach() for name, value in found.weights.items()}
    precision = next(value.dtype for value in weights.values() if value.is_floating_point())
    ours = network.to(precision).state_dict()
    network.load_state_dict({name: weights.get(name, value).reshape(value.shape) for name, value in ours.items()})
    return network, found


def _joints(found: state_dict.Found, shapes: state_dict.Shapes, more: state_dict.Shapes, what: str) -> int | None:
    """Return the number of joints of the weights; None if the output layers are missing or have another shape.

    `shapes` and `more` are the shapes of two networks; the second has one more joint.
    """
    for name, shape in shapes.items():
        value = found.weights.get(name)
        if shape == more[name] or not isinstance(value, Tensor) or state_dict.objection(name, value):
            continue
        if value.dim() != len(shape):
            continue
        axis = next(axis for axis, (few, many) in enumerate(zip(shape, more[name], strict=True)) if few != many)
        stored = value.untyped_storage().nbytes() // value.element_size()
        if not value.numel():
            raise InvalidFileError(
                f"{what}: {name!r} has the shape {tuple(value.shape)}, so it is for nobody's joints."
            )
        if value.numel() > stored:  # otherwise a small file could request a network of gigabytes
            claimed = f"{name!r} is for {value.shape[axis]:,} joints, but {stored:,} of {value.numel():,} numbers"
            raise InvalidFileError(f"{what}: {claimed} are in the file.")
        return int(value.shape[axis])
    return None


def _shapes(
    genotype: Genotype, space: SearchSpace, size: tuple[int, int] | None, joints: int | None
) -> dict[str, torch.Size]:
    """Return the shape of every weight without allocating memory."""
    with torch.device("meta"):
        network = Network(space.graph(genotype, input=size, joints=joints))
    return {name: value.shape for name, value in network.state_dict().items()}


def _size(about: Mapping[str, str]) -> tuple[int, int] | None:
    """Return the (height, width) of the training in the file's metadata; None if absent."""
    height, x, width = about.get("input", "").partition("x")
    return (int(height), int(width)) if x and height.isdecimal() and width.isdecimal() else None
