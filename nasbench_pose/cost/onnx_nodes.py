"""What each operator of an ONNX file amounts to."""

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from nasbench_pose.cost.call import Call

Dims = Sequence[int]

NAMES = {
    "BatchNormalization": "batch_norm",
    "InstanceNormalization": "instance_norm",
    "LayerNormalization": "layer_norm",
    "GroupNormalization": "group_norm",
    "Relu": "relu",
    "LeakyRelu": "leaky_relu",
    "PRelu": "prelu",
    "Elu": "elu",
    "Gelu": "gelu",
    "Clip": "clip",
    "Softmax": "softmax",
    "MaxPool": "max_pool",
    "AveragePool": "avg_pool",
    "GlobalAveragePool": "adaptive_avg_pool",
    "GlobalMaxPool": "adaptive_max_pool",
    "Add": "add",
    "Sum": "add",
    "Mul": "mul",
    "Concat": "cat",
    "GridSample": "grid_sampler",
}
"""Operator -> what a convention calls it."""

_FREE = (
    "Abs And ArgMax ArgMin Cast CastLike Ceil Compress Constant ConstantOfShape Cos DepthToSpace Div Dropout Equal Erf "
    "Exp Expand Flatten Floor Gather GatherElements GatherND Greater HardSigmoid HardSwish Identity Less Log "
    "LogSoftmax Max Min Mish Mod Neg NonZero Not Or Pad Pow Range Reciprocal ReduceL2 ReduceMax ReduceMean ReduceMin "
    "ReduceProd ReduceSum Reshape Round ScatterND Shape Sigmoid Sign Sin Slice Softplus SpaceToDepth Split Sqrt "
    "Squeeze Sub Tanh Tile TopK Transpose Trilu Unsqueeze Where Xor"
)
FREE = frozenset(_FREE.split())
"""Operators without products: element by element, reductions, and moving data."""

OPTIONAL = {"Resize": 1, "Upsample": 1, "Clip": 1}
"""Operator -> how many of its inputs are images; the others are sizes, and may be empty."""


def describe(node: Any, inputs: Sequence[Dims], outputs: Dims, *, weights: Sequence[bool]) -> Call:
    """Return what one node amounts to; `weights` says which inputs are stored in the file.

    Raises KeyError, with the operator's name, for one that nobody has described.
    """
    if node.domain not in ("", "ai.onnx"):
        raise KeyError(f"{node.domain}.{node.op_type}")
    name = node.name or node.output[0]
    if (products := PRODUCTS.get(node.op_type)) is not None:
        return products(node, inputs, outputs, weights)._replace(name=name)
    if node.op_type in ("Resize", "Upsample"):
        operation = {"nearest": "upsample_nearest", "linear": "upsample_bilinear"}.get(_text(node, "mode"), "resize")
    elif node.op_type in NAMES:
        operation = NAMES[node.op_type]
    elif node.op_type in FREE:
        operation = node.op_type.lower()
    else:
        raise KeyError(node.op_type)
    read = prod(inputs[0]) if inputs else 0
    affine = read if operation.endswith("_norm") else 0
    rows = read // inputs[0][_whole(node, "axis", -1)] if operation == "softmax" else 0
    return Call(operation, name, inputs=read, outputs=prod(outputs), affine=affine, rows=rows)


def _text(node: Any, attribute: str) -> str:
    return next((a.s.decode() for a in node.attribute if a.name == attribute), "nearest")


def _whole(node: Any, attribute: str, usual: int) -> int:
    return next((int(a.i) for a in node.attribute if a.name == attribute), usual)


def _conv(_: Any, inputs: Sequence[Dims], outputs: Dims, __: Sequence[bool]) -> Call:
    macs = prod(inputs[1]) * outputs[0] * prod(outputs[2:])
    return _weighted("conv", inputs, outputs, macs, macs)


def _conv_transpose(_: Any, inputs: Sequence[Dims], outputs: Dims, __: Sequence[bool]) -> Call:
    at_input, at_output = (prod(inputs[1]) * shape[0] * prod(shape[2:]) for shape in (inputs[0], outputs))
    return _weighted("conv_transpose", inputs, outputs, at_input, at_output)


def _gemm(node: Any, inputs: Sequence[Dims], outputs: Dims, _: Sequence[bool]) -> Call:
    macs = prod(outputs) * inputs[0][0 if _whole(node, "transA", 0) else 1]
    return _weighted("linear", inputs, outputs, macs, macs)


def _matmul(_: Any, inputs: Sequence[Dims], outputs: Dims, weights: Sequence[bool]) -> Call:
    macs = prod(outputs) * inputs[0][-1]
    return _weighted("linear" if any(weights) else "matmul", inputs, outputs, macs, macs)


def _weighted(operation: str, inputs: Sequence[Dims], outputs: Dims, macs: int, macs_at_output: int) -> Call:
    biased = prod(outputs) if len(inputs) > 2 else 0
    return Call(operation, "", macs, macs_at_output, biased, prod(inputs[0]), prod(outputs))


PRODUCTS: dict[str, Callable[[Any, Sequence[Dims], Dims, Sequence[bool]], Call]] = {
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    "Gemm": _gemm,
    "MatMul": _matmul,
}
"""Operator -> what it amounts to, for those that multiply and accumulate."""
