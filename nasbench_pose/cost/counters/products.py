"""Multiply-accumulates of convolutions, matrix products, attention and other operations of torch."""

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import torch
from torch import Tensor

from nasbench_pose.cost.call import Call
from nasbench_pose.cost.counters.packed import PACKED

Rule = Callable[[Sequence[Any], Any], Call]
"""(all arguments in the order of the operation's schema, result) -> the call with its quantities."""


class UncoveredError(Exception):
    """A rule does not cover the arguments of an operation."""


def elements(result: Any) -> int:
    """Return the number of elements of an operation's (first) result."""
    first = result[0] if isinstance(result, list | tuple) and result else result
    return int(first.numel()) if isinstance(first, Tensor) else 0


def _convolution(args: Sequence[Any], result: Tensor) -> Call:
    x, weight, bias, transposed = args[0], args[1], args[2], args[6]
    return _weighted(x, weight, bias, result, transposed=transposed)


def _weighted(x: Tensor, weight: Tensor, bias: Tensor | None, result: Tensor, *, transposed: bool = False) -> Call:
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


def _conv_of(bias: int | None, *, transposed: bool = False) -> Rule:
    """Return the rule of a library's convolution; `bias` is the index of its bias argument, None without one."""

    def describe(args: Sequence[Any], result: Any) -> Call:
        image = result[0] if isinstance(result, tuple) else result
        return _weighted(args[0], args[1], None if bias is None else args[bias], image, transposed=transposed)

    return describe


def _convolution_backward(args: Sequence[Any], result: Any) -> Call:
    gradient, x, weight, transposed, wanted = args[0], args[1], args[2], args[7], args[10]
    macs = weight.numel() * x.shape[0] * prod((x if transposed else gradient).shape[2:]) * sum(wanted[:2])
    return Call("conv_backward", "", macs, macs, inputs=gradient.numel(), outputs=elements(result))


def _conv_tbc(args: Sequence[Any], result: Tensor) -> Call:
    x, weight, bias = args[:3]  # (time, batch, channels) and (kernel, channels in, channels out)
    macs = result.numel() * weight.shape[0] * weight.shape[1]
    return Call("conv", "", macs, macs, result.numel(), x.numel(), result.numel(), params=weight.numel() + bias.numel())


def _product(operation: str, left: int, *, bias: bool = False) -> Rule:
    """Return the rule of a matrix product; `left` is the index of its left factor."""

    def describe(args: Sequence[Any], result: Tensor) -> Call:
        a, b = args[left], args[left + 1]
        macs = _products(a, b)
        params = stored(b) + (args[0].numel() if bias else 0)
        return Call(
            operation, "", macs, macs, result.numel() if bias else 0, stored(a), elements(result), params=params
        )

    return describe


def stored(matrix: Tensor) -> int:
    """Return the number of values that a tensor stores; explicit zeros of a sparse tensor count."""
    if matrix.layout is torch.strided:
        return matrix.numel()
    if matrix.layout is torch.sparse_coo:
        return matrix._values().numel()
    return matrix.values().numel()  # compressed by rows, columns or blocks


def _products(a: Tensor, b: Tensor) -> int:
    """Return the multiply-accumulates of a @ b; each stored value of a sparse factor meets one row or column."""
    columns = b.shape[-1] if b.dim() > 1 else 1
    if a.layout is torch.strided and b.layout is torch.strided:
        return a.numel() * columns
    if b.layout is torch.strided:
        return stored(a) * columns
    if a.layout is torch.strided:
        return stored(b) * a.shape[-2]
    raise UncoveredError("of two sparse matrices")


def _by_rows(operation: str, weight: int, *, bias: bool = False) -> Rule:
    """Return the rule of `linear`: the weight has a row for each output feature, which is the last dimension."""

    def describe(args: Sequence[Any], result: Tensor) -> Call:
        macs = result.numel() * args[0].shape[-1]
        biased = result.numel() if bias and args[weight + 1] is not None else 0
        params = args[weight].numel() + (args[weight + 1].numel() if biased else 0)
        return Call(operation, "", macs, macs, biased, args[0].numel(), result.numel(), params=params)

    return describe


def _sampled(args: Sequence[Any], result: Tensor) -> Call:
    macs = stored(result) * args[1].shape[-1]
    return Call("matmul", "", macs, macs, inputs=args[1].numel(), outputs=stored(result))


def _trilinear(args: Sequence[Any], result: Tensor) -> Call:
    """Describe the operation of nn.Bilinear: two products of x, weight and y, with sums over `args[6]`."""
    sizes = []
    for tensor, expand in zip(args[:3], args[3:6], strict=True):
        for dim in sorted(expand):
            tensor = tensor.unsqueeze(dim)
        sizes.append(tensor.shape)
    summed, full = set(args[6]), [max(size) for size in zip(*sizes, strict=True)]
    first = [max(a, b) for a, b in zip(sizes[0], sizes[1], strict=True)]
    early = {dim for dim in summed if sizes[2][dim] == 1}
    macs = prod(first) + prod(1 if dim in early else size for dim, size in enumerate(full))
    return Call("bilinear", "", macs, macs, inputs=args[0].numel(), outputs=result.numel(), params=args[1].numel())


def attention(args: Sequence[Any], result: Any) -> Call:
    """Describe attention of (…, queries, channels) to keys and values. All pairs count, masked ones too."""
    query, key, value = args[:3]
    macs = prod(query.shape[:-1]) * key.shape[-2] * (query.shape[-1] + value.shape[-1])
    return Call("attention", "", macs, macs, inputs=query.numel(), outputs=elements(result))


def _attention_by_token(args: Sequence[Any], result: Any) -> Call:
    query, key, value = args[:3]  # (batch, tokens, heads, channels)
    if query.dim() != 4:
        raise UncoveredError("of packed sequences")
    macs = query.numel() * key.shape[1] + prod(query.shape[:-1]) * key.shape[1] * value.shape[-1]
    return Call("attention", "", macs, macs, inputs=query.numel(), outputs=elements(result))


def _tokens(x: Tensor) -> tuple[int, int]:
    """Return the number of tokens, and the number of pairs of tokens within a sequence."""
    if x.is_nested:
        lengths = [part.shape[0] for part in x.unbind()]
        return sum(lengths), sum(length**2 for length in lengths)
    batch, length = x.shape[0], x.shape[1]
    return batch * length, batch * length**2


def _multi_head(args: Sequence[Any], result: Any) -> Call:
    query, width, weights = args[0], args[3], (args[5], args[7])
    return _transformer(query, width, weights, result)


def _encoder_layer(args: Sequence[Any], result: Any) -> Call:
    return _transformer(args[0], args[1], (args[3], args[5], args[14], args[16]), result)


def _transformer(x: Tensor, width: int, weights: Sequence[Tensor], result: Any) -> Call:
    tokens, pairs = _tokens(x)
    macs = tokens * sum(weight.numel() for weight in weights) + 2 * pairs * width
    params = sum(weight.numel() + weight.shape[0] for weight in weights)
    return Call("attention", "", macs, macs, inputs=tokens * width, outputs=elements(result), params=params)


def _mkldnn_lstm(args: Sequence[Any], result: Any) -> Call:
    x, weights, biases = args[0], args[1:3], args[3:5]
    steps = x.shape[0] * x.shape[1]
    params = sum(weight.numel() for weight in weights)
    added = sum(bias.numel() for bias in biases) if args[12] else 0
    macs = steps * params
    return Call("lstm", "", macs, macs, steps * added, x.numel(), elements(result), params=params + added)


def _flat_recurrent(args: Sequence[Any], result: Any) -> Call:
    """Describe the recurrent layers of CUDA, whose weights are one list; each step uses each weight once."""
    x, weights = args[0], args[1]
    steps = x.shape[0] * (x.shape[1] if x.dim() == 3 else 1)
    params = sum(weight.numel() for weight in weights if weight.dim() == 2)
    macs = steps * params
    return Call("lstm", "", macs, macs, inputs=x.numel(), outputs=elements(result), params=params)


def _embedding_bag(args: Sequence[Any], result: Any) -> Call:
    weight, indices, sample_weights = args[0], args[1], args[6]
    macs = indices.numel() * weight.shape[1] if sample_weights is not None else 0
    return Call("embedding_bag", "", macs, macs, inputs=indices.numel(), outputs=elements(result))


def _distances(args: Sequence[Any], result: Tensor) -> Call:
    """Describe distances between vectors; only Euclidean ones have multiply-accumulates."""
    vectors = args[0]
    p = args[2] if isinstance(args[1], Tensor) else args[1]
    macs = result.numel() * vectors.shape[-1] if p == 2 else 0
    return Call("distance", "", macs, macs, inputs=vectors.numel(), outputs=result.numel())


def _deformable(args: Sequence[Any], result: Tensor) -> Call:
    return _weighted(args[0], args[1], args[4], result)


_ATTENTION = (
    "_scaled_dot_product_flash_attention_for_cpu _scaled_dot_product_flash_attention _scaled_dot_product_"
    "efficient_attention _scaled_dot_product_cudnn_attention _scaled_dot_product_fused_attention_overrideable "
    "_scaled_dot_product_attention_math_for_mps"
)
_PLAIN_CONVOLUTIONS = {
    "mkldnn_convolution": 2,
    "cudnn_convolution": None,
    "cudnn_convolution_relu": 2,
    "miopen_convolution": 2,
    "miopen_depthwise_convolution": 2,
    "miopen_convolution_relu": 2,
    "cudnn_convolution_add_relu": 4,
    "miopen_convolution_add_relu": 4,
    "_mps_convolution": 2,
    "_nnpack_spatial_convolution": 2,
    "_slow_conv2d_forward": 3,
    "slow_conv3d_forward": 3,
    "slow_conv_dilated2d": 3,
    "slow_conv_dilated3d": 3,
    "_conv_depthwise2d": 3,
    "conv_depthwise3d": 3,
}
_TRANSPOSED_CONVOLUTIONS = {
    "slow_conv_transpose2d": 3,
    "slow_conv_transpose3d": 3,
    "cudnn_convolution_transpose": None,
    "miopen_convolution_transpose": 2,
    "_mps_convolution_transpose": None,
}

PRODUCTS: dict[str, Rule] = {
    **dict.fromkeys(("convolution", "_convolution", "convolution_overrideable"), _convolution),
    **{name: _conv_of(bias) for name, bias in _PLAIN_CONVOLUTIONS.items()},
    **{name: _conv_of(bias, transposed=True) for name, bias in _TRANSPOSED_CONVOLUTIONS.items()},
    "convolution_backward": _convolution_backward,
    "convolution_backward_overrideable": _convolution_backward,
    "conv_tbc": _conv_tbc,
    **dict.fromkeys(("mm", "bmm", "_int_mm", "_scaled_mm", "hspmm", "_sparse_sparse_matmul"), _product("matmul", 0)),
    "_grouped_mm": _by_rows("matmul", 1),
    "_scaled_grouped_mm": _by_rows("matmul", 1),
    **dict.fromkeys(("addmm", "_sparse_addmm", "_addmm_activation"), _product("matmul", 1, bias=True)),
    **dict.fromkeys(("baddbmm", "addbmm"), _product("baddbmm", 1, bias=True)),
    **dict.fromkeys(("mv", "dot", "vdot"), _product("matrix_vector", 0)),
    "addmv": _product("matrix_vector", 1, bias=True),
    "sparse_sampled_addmm": _sampled,
    "mkldnn_linear": _by_rows("linear", 1, bias=True),
    "_weight_int8pack_mm": _by_rows("linear", 1),
    "_trilinear": _trilinear,
    **dict.fromkeys(_ATTENTION.split(), attention),
    "_flash_attention_forward": _attention_by_token,
    "_efficient_attention_forward": _attention_by_token,
    "_native_multi_head_attention": _multi_head,
    "_transformer_encoder_layer_fwd": _encoder_layer,
    "mkldnn_rnn_layer": _mkldnn_lstm,
    "_cudnn_rnn": _flat_recurrent,
    "miopen_rnn": _flat_recurrent,
    "_embedding_bag": _embedding_bag,
    "_embedding_bag_forward_only": _embedding_bag,
    "_cdist_forward": _distances,
    "_pdist_forward": _distances,
    "torchvision::deform_conv2d": _deformable,
    **PACKED,
}
"""Operation, without `aten::` -> its rule, for operations with multiply-accumulates."""
