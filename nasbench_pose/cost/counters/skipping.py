"""Products that are not computed while a module is counted: their shapes are enough, as long as no value is looked at.

A convolution is most of the time of a forward pass and its result is thrown away. So results of convolutions and matrix
products are zeros of the right shape. Where a value decides what runs, or leaves torch, the pass is run again in full.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

SKIPPED = frozenset(
    (
        torch.ops.aten.convolution.default,
        torch.ops.aten.addmm.default,
        torch.ops.aten.mm.default,
        torch.ops.aten.bmm.default,
        torch.ops.aten.baddbmm.default,
    )
)
"""Operations whose result is zeros of the right shape."""
LOOKING = frozenset(
    (
        *("numpy", "__array__", "__dlpack__", "tolist", "item", "__repr__", "__format__", "__reduce_ex__"),
        *("data_ptr", "storage", "untyped_storage"),
    )
)
"""Functions that hand values to Python, some of them without an operation of torch."""
VALUES = (torch.Tag.data_dependent_output, torch.Tag.dynamic_output_shape)


class ValuesMatterError(BaseException):
    """A pass without values has come to where values matter; no module's own `except Exception` may catch it."""


def check_function(function: Callable[..., Any]) -> None:
    """Raise ValuesMatterError for a function that hands values to Python."""
    if getattr(function, "__name__", "") in LOOKING:
        raise ValuesMatterError


def without_values(operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Return the result of `operation`: zeros for a product, what it computes for the rest.

    Raises ValuesMatterError for an operation whose result, or whose shape, follows from values.
    """
    if operation in SKIPPED and not kwargs and _plain(args):
        result = operation(*[_shape_of(arg) for arg in args])
        layout = _layout(args) if operation is torch.ops.aten.convolution.default else torch.contiguous_format
        return torch.empty(result.shape, dtype=result.dtype, memory_format=layout).zero_()
    if _looks_at_values(operation):
        raise ValuesMatterError
    return operation(*args, **kwargs)


def _plain(args: Sequence[Any]) -> bool:
    """Return whether all tensors are ordinary ones of floating-point numbers on the processor."""
    return all(
        type(arg) in (Tensor, nn.Parameter)
        and arg.device.type == "cpu"
        and arg.layout is torch.strided
        and arg.is_floating_point()
        for arg in args
        if isinstance(arg, Tensor)
    )


def _layout(args: Sequence[Any]) -> torch.memory_format:
    """Return the layout that a convolution on the processor gives: channels last if its image or weight has it."""
    for layout in (torch.channels_last, torch.channels_last_3d):
        axes = 4 if layout is torch.channels_last else 5
        if any(x.dim() == axes and x.is_contiguous(memory_format=layout) and not x.is_contiguous() for x in args[:2]):
            return layout
    return torch.contiguous_format


def _shape_of(arg: Any) -> Any:
    """Return a tensor without values for a tensor, anything else as it is."""
    if not isinstance(arg, Tensor):
        return arg
    return torch.empty_strided(arg.shape, arg.stride(), dtype=arg.dtype, device="meta")


@cache
def _looks_at_values(operation: Any) -> bool:
    """Return whether an operation's result follows from values in a way that can decide what runs.

    Of operations that are not torch's own nothing is known; those on sparse tensors count what is not zero.
    """
    own = getattr(operation, "namespace", "") in ("aten", "prims", "prim")
    return not own or any(tag in operation.tags for tag in VALUES) or "sparse" in operation._schema.name
