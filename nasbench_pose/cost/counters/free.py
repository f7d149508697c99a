"""Decide which operations of torch have no multiply-accumulates, from what torch declares, not from a list of names.

A multiply-accumulate needs two factors that both depend on data or weights. Torch tags most of the operations without
any: pointwise operations, reductions, views. It decomposes others into simpler operations. For the rest, the types of
the inputs and outputs decide.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

Operation = torch._ops.OpOverload

FREE_TAGS = frozenset({torch.Tag.pointwise, torch.Tag.reduction, torch.Tag.view_copy, torch.Tag.inplace_view})
_ALGEBRA = (
    "linalg fft cholesky geqrf orgqr ormqr householder lu triangular lstsq pdist combination spsolve conv conv2d "
    "conv3d convolution matmul mm linear rnn gru lstm attention transformer qkv"
)
ALGEBRA = frozenset(_ALGEBRA.split())
"""Words in the names of operations of linear algebra, and of operations that fuse a whole layer."""

_MOVING = (
    "scatter index put gather copy cat stack sampler histogram histogramdd bucketize fractional rrelu quantize "
    "quantized binomial norm embedding segment mask masked nested padded foreach cell roi nms fake fq"
)
MOVING = frozenset(_MOVING.split())
"""Words in the names of operations that read several real tensors but only move, add or scale their elements."""


@cache
def is_composite(operation: Operation) -> bool:
    """Return whether torch runs an operation as a sequence of others.

    >>> is_composite(torch.ops.aten.conv2d.default), is_composite(torch.ops.aten.convolution.default)
    (True, False)
    """
    schema = operation._schema
    name = f"{schema.name}.{schema.overload_name}" if schema.overload_name else schema.name
    return bool(torch._C._dispatch_has_kernel_for_dispatch_key(name, "CompositeImplicitAutograd"))


def taken_apart(operation: Operation, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Run a composite operation as a sequence of others, which the active dispatch mode then sees."""
    return operation._op_dk(torch._C.DispatchKey.CompositeImplicitAutograd, *args, **kwargs)


class Step(NamedTuple):
    """One operation of a decomposition."""

    operation: Operation
    args: Sequence[Any]
    kwargs: Mapping[str, Any]
    result: Any


@cache
def marked_free(operation: Operation) -> bool:
    """Return whether torch tags an operation, or its out-of-place variant, as one without multiply-accumulates.

    >>> marked_free(torch.ops.aten.relu_.default), marked_free(torch.ops.aten.as_strided_.default)
    (True, True)
    >>> marked_free(torch.ops.aten.mm.default)
    False
    """
    return any(twin.is_view or FREE_TAGS & set(twin.tags) for twin in (operation, *twins(operation)))


def twins(operation: Operation) -> Iterator[Operation]:
    """Yield the variants of `operation` that neither work in place nor write to an output argument."""
    space, _, name = operation._schema.name.partition("::")
    plain = getattr(getattr(torch.ops, space), name.rstrip("_"), None)
    if plain is not None and (name.endswith("_") or "out" in operation._overloadname):
        yield from (getattr(plain, overload) for overload in plain.overloads() if "out" not in overload)


def decomposed(operation: Operation, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Step] | None:
    """Return the simpler operations into which torch decomposes `operation`, or None if it has no decomposition.

    The decomposition runs on tensors on the device `meta`: it takes little time and changes nothing.
    """
    known = torch._decomp.decomposition_table
    found = next((known[twin] for twin in (operation, *twins(operation)) if twin in known), None)
    if found is None:
        return None
    steps = _Steps()
    try:
        args, kwargs = tree_map(_without_numbers, (tuple(args), dict(kwargs)))
        with steps:
            found(*args, **kwargs)
    except Exception:  # the decomposition does not cover these arguments
        return None
    return steps.found if all(step.operation is not operation for step in steps.found) else None


def _without_numbers(value: Any) -> Any:
    return torch.empty_like(value, device="meta") if isinstance(value, Tensor) else value


class _Steps(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.found: list[Step] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if is_composite(func):
            with self:
                return taken_apart(func, args, kwargs or {})
        result = func(*args, **(kwargs or {}))
        self.found.append(Step(func, args, kwargs or {}, result))
        return result


def free_by_types(operation: Operation, args: Sequence[Any], kwargs: Mapping[str, Any], result: Any) -> bool:
    """Return whether the types of its tensors show that an operation has no multiply-accumulates.

    This is so if no output is real (indices, booleans), or if at most one input is real, unless the operation is linear
    algebra on one matrix. It is never assumed for operations of other packages.
    """
    space, _, name = operation._schema.name.partition("::")
    words, results = set(name.split("_")), [leaf for leaf in tree_leaves(result) if leaf is not None]
    if space not in TORCH:
        return False
    if not results and not operation._schema.is_mutable:
        return True  # it only checks its input
    if words & ALGEBRA and "thnn" not in words:  # those end a recurrent step, after its products
        return False
    if results and not any(map(_real, results)):
        return True
    return sum(map(_real, tree_leaves((args, kwargs)))) < 2 or bool(words & MOVING)


TORCH = frozenset({"aten", "prims", "prim", "quantized", "torchvision"})
"""Packages whose operations follow these naming conventions."""


def _real(value: Any) -> bool:
    return isinstance(value, Tensor) and (value.is_floating_point() or value.is_complex() or value.is_quantized)
