"""Skip the computation of convolutions and matrix products while a module is counted: only their shapes matter.

Convolutions take most of the time of a forward pass, and counting does not need their values. So the result of a
convolution or a matrix product is zeros of the right shape. If control flow depends on a value, or a value leaves
torch, the pass runs again in full.
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
"""Functions that return values to Python, some of them without an operation of torch."""
VALUES = (torch.Tag.data_dependent_output, torch.Tag.dynamic_output_shape)


class ValuesMatterError(BaseException):
    """A pass without values has come to where values matter. An `except Exception` in a module does not catch it."""


def check_function(function: Callable[..., Any]) -> None:
    """Raise ValuesMatterError for a function that returns values to Python."""
    if getattr(function, "__name__", "") in LOOKING:
        raise ValuesMatterError


def without_values(operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Return the result of `operation`: zeros for a convolution or matrix product, else its real result.

    Raises ValuesMatterError if the result, or its shape, depends on values.
    """
    if operation in SKIPPED and not kwargs and _plain(args):
        result = operation(*[_shape_of(arg) for arg in args])
        layout = _layout(args) if operation is torch.ops.aten.convolution.default else torch.contiguous_format
        return torch.empty(result.shape, dtype=result.dtype, memory_format=layout).zero_()
    if _looks_at_values(operation):
        raise ValuesMatterError
    return operation(*args, **kwargs)


def _plain(args: Sequence[Any]) -> bool:
    """Return whether all tensors are dense floating-point tensors on the CPU."""
    return all(
        type(arg) in (Tensor, nn.Parameter)
        and arg.device.type == "cpu"
        and arg.layout is torch.strided
        and arg.is_floating_point()
        for arg in args
        if isinstance(arg, Tensor)
    )


def _layout(args: Sequence[Any]) -> torch.memory_format:
    """Return the memory format of a convolution's result on the CPU: channels last if its image or weight is."""
    for layout in (torch.channels_last, torch.channels_last_3d):
        axes = 4 if layout is torch.channels_last else 5
        if any(x.dim() == axes and x.is_contiguous(memory_format=layout) and not x.is_contiguous() for x in args[:2]):
            return layout
    return torch.contiguous_format


def _shape_of(arg: Any) -> Any:
    """Return a tensor on the device `meta` for a tensor, any other value unchanged."""
    if not isinstance(arg, Tensor):
        return arg
    return torch.empty_strided(arg.shape, arg.stride(), dtype=arg.dtype, device="meta")


@cache
def _looks_at_values(operation: Any) -> bool:
    """Return whether the result of an operation depends on values and can change the control flow.

    This is assumed of operations of other packages, and of those on sparse tensors, whose cost depends on zeros.
    """
    own = getattr(operation, "namespace", "") in ("aten", "prims", "prim")
    return not own or any(tag in operation.tags for tag in VALUES) or "sparse" in operation._schema.name
