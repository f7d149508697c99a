"""What each operation that torch carries out amounts to."""

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import torch
from torch import Tensor

from nasbench_pose.cost.call import Call

NAMES = {
    "native_batch_norm": "batch_norm",
    "_native_batch_norm_legit_no_training": "batch_norm",
    "cudnn_batch_norm": "batch_norm",
    "native_layer_norm": "layer_norm",
    "native_group_norm": "group_norm",
    "max_pool2d_with_indices": "max_pool",
    "max_pool3d_with_indices": "max_pool",
    "avg_pool2d": "avg_pool",
    "avg_pool3d": "avg_pool",
    "_adaptive_avg_pool2d": "adaptive_avg_pool",
    "_adaptive_avg_pool3d": "adaptive_avg_pool",
    "adaptive_max_pool2d": "adaptive_max_pool",
    "upsample_nearest2d": "upsample_nearest",
    "upsample_linear1d": "upsample_linear",
    "upsample_bilinear2d": "upsample_bilinear",
    "upsample_bicubic2d": "upsample_bicubic",
    "grid_sampler_2d": "grid_sampler",
    "_softmax": "softmax",
    "_safe_softmax": "softmax",
    "_log_softmax": "log_softmax",
    "_prelu_kernel": "prelu",
}
"""Operation as torch calls it -> as a convention calls it; any other keeps its name."""

BY_FUNCTION = {
    ("addmm", "linear"): "linear",
    ("mm", "linear"): "linear",
    ("bmm", "linear"): "linear",
    ("mean", "adaptive_avg_pool2d"): "adaptive_avg_pool",
    ("batch_norm", "instance_norm"): "instance_norm",
    ("hardtanh", "relu6"): "relu6",
}
"""(operation, the function of torch that was called) -> what it is called, where the function says more."""

_MOVING_AND_REDUCING = (
    "cat stack clone copy contiguous constant_pad_nd reflection_pad2d replication_pad2d index index_select gather "
    "scatter index_put repeat roll flip pixel_shuffle pixel_unshuffle embedding im2col col2im channel_shuffle "
    "native_channel_shuffle sum mean prod amax amin max min argmax argmin any all var std var_mean norm "
    "linalg_vector_norm cumsum sort topk nonzero _local_scalar_dense unbind split split_with_sizes detach detach_ "
    "_to_copy _unsafe_view _reshape_alias lift_fresh_copy native_dropout fill zero tril triu masked_fill where "
    "_weight_norm_interface lift_fresh alias resize set_ unfold max_unpool2d bernoulli "
    "uniform normal random rand_like randn_like"
)
FREE = frozenset(_MOVING_AND_REDUCING.split())
"""Operations without products that torch does not itself mark as element by element: reductions, and moving data."""


def describe(
    operation: torch._ops.OpOverload, args: Sequence[Any], result: Any, function: str, name: str
) -> Call | None:
    """Return what one operation amounts to; None for one that only looks at its input differently, or makes a constant.

    Raises KeyError, with the operation's name, for one that nobody has described.
    """
    tensors = [arg for arg in _flat(args) if isinstance(arg, Tensor)]
    if not tensors or operation.is_view:
        return None
    plain = operation._schema.name.removeprefix("aten::").rstrip("_")
    known = NAMES.get(plain, plain)
    if (products := PRODUCTS.get(known)) is not None:
        call = products(args, result)
    elif known in NAMES.values() or known in FREE or torch.Tag.pointwise in operation.tags:
        call = _plain(known, args, tensors, result)
    else:
        raise KeyError(operation._schema.name)
    return call._replace(operation=BY_FUNCTION.get((known, function), call.operation), name=name)


def _flat(args: Sequence[Any]) -> list[Any]:
    return [item for arg in args for item in (arg if isinstance(arg, list | tuple) else (arg,))]


def _elements(result: Any) -> int:
    first = result[0] if isinstance(result, list | tuple) else result
    return int(first.numel()) if isinstance(first, Tensor) else 0


SCALES = {"batch_norm": 1, "layer_norm": 2, "group_norm": 1, "prelu": 1}
"""Operation -> which argument is the learnt scale; a shift, if there is one, comes right after it."""


def _plain(operation: str, args: Sequence[Any], tensors: list[Tensor], result: Any) -> Call:
    place = SCALES.get(operation)
    learnt = [arg for arg in args[place : place + 2] if isinstance(arg, Tensor)] if place else []
    inputs = tensors[0].numel()
    return Call(
        operation,
        inputs=inputs,
        outputs=_elements(result),
        affine=inputs if learnt else 0,
        rows=inputs // tensors[0].shape[args[1]] if operation in ("softmax", "log_softmax") else 0,
        params=sum(tensor.numel() for tensor in learnt),
    )


def _convolution(args: Sequence[Any], result: Tensor) -> Call:
    x, weight, bias, transposed = args[0], args[1], args[2], args[6]
    at_output = weight.numel() * x.shape[0] * prod(result.shape[2:])
    return Call(
        "conv_transpose" if transposed else "conv",
        macs=weight.numel() * x.shape[0] * prod(x.shape[2:]) if transposed else at_output,
        macs_at_output=at_output,
        biased=result.numel() if bias is not None else 0,
        inputs=x.numel(),
        outputs=result.numel(),
        params=weight.numel() + (bias.numel() if bias is not None else 0),
    )


def _product(operation: str, left: int, *, bias: bool = False) -> Callable[[Sequence[Any], Tensor], Call]:
    """Return the rule of a matrix product whose left factor is argument number `left`."""

    def describe(args: Sequence[Any], result: Tensor) -> Call:
        a, b = args[left], args[left + 1]
        macs = result.numel() * a.shape[-1]
        biased = result.numel() if bias else 0
        return Call(operation, "", macs, macs, biased, a.numel(), result.numel(), params=b.numel())

    return describe


def _attention(args: Sequence[Any], result: Any) -> Call:
    query, key, value = args[:3]
    macs = prod(query.shape[:-1]) * key.shape[-2] * (query.shape[-1] + value.shape[-1])
    return Call("attention", "", macs, macs, inputs=query.numel(), outputs=_elements(result))


PRODUCTS: dict[str, Callable[[Sequence[Any], Any], Call]] = {
    "convolution": _convolution,
    "_convolution": _convolution,
    "mm": _product("matmul", 0),
    "bmm": _product("matmul", 0),
    "addmm": _product("matmul", 1, bias=True),
    "baddbmm": _product("baddbmm", 1, bias=True),
    "mv": _product("matrix_vector", 0),
    "dot": _product("matrix_vector", 0),
    "addmv": _product("matrix_vector", 1, bias=True),
    "_scaled_dot_product_flash_attention_for_cpu": _attention,
    "_scaled_dot_product_flash_attention": _attention,
    "_scaled_dot_product_efficient_attention": _attention,
}
"""Operation -> what it amounts to, for those that multiply and accumulate."""
