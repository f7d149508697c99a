"""The quantities of one call of an operation, which come from a graph's layer, a traced module or an ONNX file."""

from collections.abc import Callable
from math import prod
from typing import Any, NamedTuple, cast

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.graph import Layer, Shape, operations


class Call(NamedTuple):
    """The quantities of a call, on which all conventions are based.

    A rule says how often each quantity is counted, so a convention is a table of small integers.
    """

    operation: str
    """`conv`, `conv_transpose`, `linear`, `matmul`, `batch_norm`, `relu`, …"""
    name: str = ""
    """Its place: a layer, the path of a module, or a node."""
    macs: int = 0
    """Multiply-accumulates, exact."""
    macs_at_output: int = 0
    """Weights × output pixels. It equals the MACs except for transposed convolutions: their MACs are weights × *input*
    pixels."""
    biased: int = 0
    """Output elements that a bias is added to."""
    inputs: int = 0
    """Elements of the (first) input."""
    outputs: int = 0
    """Elements of the output."""
    affine: int = 0
    """Elements of the input, if it is normalised with a learnt scale and shift."""
    rows: int = 0
    """Distributions of a softmax."""
    params: int = 0
    """Learnable numbers."""


def of_layer(layer: Layer, inside: tuple[Shape, ...]) -> Call:
    """Return the quantities of one layer of a graph for one image; `inside` are the shapes of its inputs.

    Raises NasbenchPoseError for an open choice, and for an operation without a description.

    >>> from nasbench_pose.graph import GraphBuilder
    >>> net = GraphBuilder((3, 32, 32), {})
    >>> _ = net.conv("stem", "image", 8, kernel=3, stride=2, bias=True)
    >>> call = of_layer(net.graph().output, ((3, 32, 32),))
    >>> call.macs, call.biased, call.params
    (55296, 2048, 224)
    """
    if isinstance(layer.operation, operations.Choice | operations.Mask):
        gene = layer.operation.gene
        raise NasbenchPoseError(f"{layer.name!r} is an open choice of {gene!r}; a supernet has no one cost.")
    if (describe := _DESCRIBE.get(type(layer.operation))) is None:
        name = type(layer.operation).__name__
        raise NasbenchPoseError(f"No cost rule for the operation {name!r} of layer {layer.name!r}.")
    return describe(layer, inside)


def _conv(layer: Layer, inside: tuple[Shape, ...]) -> Call:
    op: Any = layer.operation
    weights = prod(operations.pair(op.kernel)) * inside[0][0] // op.groups * op.channels
    macs = weights * layer.shape[1] * layer.shape[2]
    return _weighted("conv", layer, inside, weights, macs, macs)


def _linear(layer: Layer, inside: tuple[Shape, ...]) -> Call:
    op: Any = layer.operation
    rows, length = (inside[0][0], inside[0][2]) if op.each else (1, inside[0][0])
    weights = length * op.features
    return _weighted("linear", layer, inside, weights, rows * weights, rows * weights)


def _conv_transpose(layer: Layer, inside: tuple[Shape, ...]) -> Call:
    op: Any = layer.operation
    weights = op.kernel**2 * inside[0][0] * op.channels
    at_output = weights * layer.shape[1] * layer.shape[2]
    return _weighted("conv_transpose", layer, inside, weights, weights * inside[0][1] * inside[0][2], at_output)


def _weighted(
    operation: str, layer: Layer, inside: tuple[Shape, ...], weights: int, macs: int, macs_at_output: int
) -> Call:
    op: Any = layer.operation
    outputs = prod(layer.shape)
    return Call(
        operation,
        layer.name,
        macs=macs,
        macs_at_output=macs_at_output,
        biased=op.bias * outputs,
        inputs=prod(inside[0]),
        outputs=outputs,
        params=weights + op.bias * (op.features if operation == "linear" else op.channels),
    )


def _batch_norm(layer: Layer, inside: tuple[Shape, ...]) -> Call:
    elements, learnt = prod(layer.shape), cast(operations.BatchNorm, layer.operation).affine
    affine, params = (elements, 2 * inside[0][0]) if learnt else (0, 0)
    return Call("batch_norm", layer.name, inputs=elements, outputs=elements, affine=affine, params=params)


def _plain(operation: str) -> Callable[[Layer, tuple[Shape, ...]], Call]:
    def describe(layer: Layer, inside: tuple[Shape, ...]) -> Call:
        return Call(operation, layer.name, inputs=prod(inside[0]) if inside else 0, outputs=prod(layer.shape))

    return describe


def _upsample(layer: Layer, inside: tuple[Shape, ...]) -> Call:
    return _plain(f"upsample_{cast(operations.Upsample, layer.operation).mode}")(layer, inside)


_DESCRIBE: dict[type, Callable[[Layer, tuple[Shape, ...]], Call]] = {
    operations.Conv: _conv,
    operations.ConvTranspose: _conv_transpose,
    operations.Linear: _linear,
    operations.BatchNorm: _batch_norm,
    operations.Upsample: _upsample,
    operations.Input: _plain("input"),
    operations.ReLU: _plain("relu"),
    operations.ReLU6: _plain("relu6"),
    operations.Sigmoid: _plain("sigmoid"),
    operations.HardSigmoid: _plain("hardsigmoid"),
    operations.HardSwish: _plain("hardswish"),
    operations.SiLU: _plain("silu"),
    operations.Identity: _plain("identity"),
    operations.Zero: _plain("zero"),
    operations.MaxPool: _plain("max_pool"),
    operations.AvgPool: _plain("avg_pool"),
    operations.AdaptiveAvgPool: _plain("adaptive_avg_pool"),
    operations.Add: _plain("add"),
    operations.Multiply: _plain("mul"),
    operations.Concat: _plain("cat"),
    operations.Slice: _plain("slice"),
    operations.Crop: _plain("slice"),
    operations.Flatten: _plain("flatten"),
    operations.PixelShuffle: _plain("pixel_shuffle"),
    operations.ChannelShuffle: _plain("channel_shuffle"),
}
