"""Anybody's network by the name of the function that makes it."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import torch
from torch import nn

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, UnknownNameError, in_a_line

CHANNELS = 3


def made_by(factory: str, *, input: tuple[int, int]) -> tuple[nn.Module, tuple[Any, ...]]:
    """Return the module that `package.module:function` makes, and what to run it on.

    That is one image of `input` (height, width) pixels, unless the function returns `(module, inputs)`. Raises
    InvalidFileError for another spelling, UnknownNameError for what cannot be imported, NasbenchPoseError if the
    function fails or makes no module.

    >>> module, (image,) = made_by("torch.nn:Identity", input=(64, 48))
    >>> image.shape
    torch.Size([1, 3, 64, 48])
    """
    made = _call(factory, _function(factory))
    module, inputs = made if isinstance(made, tuple) and len(made) == 2 else (made, (torch.zeros(1, CHANNELS, *input),))
    if not isinstance(module, nn.Module):
        raise NasbenchPoseError(f"{factory} returns {type(module).__name__}, not a torch.nn.Module.")
    return module, tuple(inputs) if isinstance(inputs, tuple | list) else (inputs,)


def _function(factory: str) -> Callable[[], Any]:
    package, _, name = factory.partition(":")
    if not (all(part.isidentifier() for part in package.split(".")) and name.isidentifier()):
        raise InvalidFileError(f"{factory!r} does not name a factory; expected 'package.module:function'.")
    try:
        found = getattr(import_module(package), name)
    except (Exception, SystemExit) as error:  # importing runs a stranger's code
        raise UnknownNameError(f"The factory {factory!r} cannot be imported: {error}.") from None
    if not callable(found):
        raise InvalidFileError(f"{factory!r} is no function but {type(found).__name__}.")
    return found  # type: ignore[no-any-return]


def _call(factory: str, function: Callable[[], Any]) -> Any:
    try:
        return function()
    except Exception as error:
        raise NasbenchPoseError(f"{factory}() fails: {in_a_line(error)}.") from None
