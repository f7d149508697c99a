"""Import a torch module by `package.module:attribute`: the module itself, or a function that makes it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from inspect import signature
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, UnknownNameError, one_line

CHANNELS = 3
SIZE = (256, 256)


class Made(NamedTuple):
    """A module and its inputs."""

    module: nn.Module
    inputs: tuple[Any, ...]
    keywords: Mapping[str, Any]
    own_inputs: bool
    """Whether the factory returned the inputs."""


def made_by(factory: str, *, input: tuple[int, int] | None = None) -> Made:
    """Return the module that `package.module:attribute` names or makes, and its inputs.

    The attribute is a module, or a function or class without required arguments. It returns a module,
    `(module, inputs)` or `(module, inputs, keywords)`. If `inputs` is a mapping, its entries are keyword arguments,
    provided that the module has arguments of these names. Without inputs, the module runs on one image of three
    channels and `input` (height, width) pixels, in the precision and on the device of its parameters. Inputs of the
    factory take precedence over `input`.

    Raises InvalidFileError for another format of the name, UnknownNameError if the import fails, NasbenchPoseError if
    the function fails or returns no module.

    >>> made = made_by("torch.nn:Identity", input=(64, 48))
    >>> made.inputs[0].shape, made.own_inputs
    (torch.Size([1, 3, 64, 48]), False)
    """
    found = _found(factory)
    made = found if isinstance(found, nn.Module) else _called(factory, found)
    module, *rest = made if isinstance(made, tuple) and 2 <= len(made) <= 3 else (made,)
    if not isinstance(module, nn.Module):
        shape = "a torch.nn.Module, (module, inputs) or (module, inputs, keywords)"
        raise NasbenchPoseError(f"{factory} returns {_described(made)}, not {shape}.")
    if not rest:
        return Made(module, (_image(module, input or SIZE),), {}, False)
    inputs, keywords = rest[0], rest[1] if len(rest) == 2 else {}
    if isinstance(inputs, Mapping) and not keywords and _takes(module, inputs):
        inputs, keywords = (), inputs
    if not isinstance(keywords, Mapping) or not all(isinstance(name, str) for name in keywords):
        raise NasbenchPoseError(f"{factory} returns {_described(keywords)} for keywords; expected a mapping of names.")
    inputs = tuple(inputs) if isinstance(inputs, tuple | list) else (inputs,)
    return Made(module, _placed(module, inputs), _placed(module, dict(keywords)), True)


def _takes(module: nn.Module, keywords: Mapping[Any, Any]) -> bool:
    """Return whether a module takes the entries of a mapping as keyword arguments, not the mapping itself."""
    try:
        signature(module.forward).bind(**keywords)
    except (TypeError, ValueError):  # other names, or TorchScript, which has no signature
        return False
    return True


def _described(value: Any) -> str:
    return f"({', '.join(type(part).__name__ for part in value)})" if type(value) is tuple else type(value).__name__


def _image(module: nn.Module, size: tuple[int, int]) -> Tensor:
    weights = next((p for p in module.parameters() if p.is_floating_point()), None)
    dtype, device = (torch.float32, "cpu") if weights is None else (weights.dtype, weights.device)
    if dtype not in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
        dtype = torch.float32  # layers convert numbers of 8 bits and fewer themselves
    return torch.zeros(1, CHANNELS, *size, dtype=dtype, device=device)


def _placed(module: nn.Module, inputs: Any) -> Any:
    """Return the inputs on the device `meta` for a module whose weights are there, else the inputs themselves."""
    weights = [*module.parameters(), *module.buffers()]
    if not weights or any(tensor.device.type != "meta" for tensor in weights):
        return inputs
    from torch.utils._pytree import tree_map

    return tree_map(lambda value: value.to("meta") if isinstance(value, Tensor) else value, inputs)


def _found(factory: str) -> Any:
    package, _, name = factory.partition(":")
    if not all(part.isidentifier() for part in (*package.split("."), *name.split("."))):
        raise InvalidFileError(f"{factory!r} does not name a factory; expected 'package.module:function'.")
    try:
        found: Any = import_module(package)
        for part in name.split("."):
            found = getattr(found, part)
    except (Exception, SystemExit) as error:  # the import runs user code
        raise UnknownNameError(f"The factory {factory!r} cannot be imported: {error}.") from None
    if not callable(found):
        raise InvalidFileError(f"{factory!r} is no function but {type(found).__name__}.")
    return found


def _called(factory: str, function: Any) -> Any:
    try:
        return function()
    except (Exception, SystemExit) as error:
        raise NasbenchPoseError(f"{factory}() fails: {one_line(error)}.") from None
