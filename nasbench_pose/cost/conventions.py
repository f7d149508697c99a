"""What a convention counts: one rule for each operation, and the unit the sum is printed in.

A rule takes the operation, its inputs' shapes and its output's shape, and returns a whole number. An operation without
a rule is an error, never a zero; a zero is a rule.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.graph import Layer, Operation, Shape
from nasbench_pose.graph.operations import (
    Add,
    BatchNorm,
    Choice,
    Conv,
    ConvTranspose,
    Identity,
    Input,
    Mask,
    MaxPool,
    ReLU,
    Upsample,
)

Rule = Callable[[Any, tuple[Shape, ...], Shape], int]
Rules = dict[type, Rule]


def weights(operation: Conv | ConvTranspose, inside: tuple[Shape, ...], outside: Shape) -> int:  # noqa: ARG001
    """Return the number of weights of a convolution, its bias apart."""
    groups = operation.groups if isinstance(operation, Conv) else 1
    return operation.kernel**2 * inside[0][0] // groups * operation.channels


def _conv_params(operation: Conv | ConvTranspose, inside: tuple[Shape, ...], outside: Shape) -> int:
    return weights(operation, inside, outside) + operation.bias * operation.channels


def _at_output(operation: Conv | ConvTranspose, inside: tuple[Shape, ...], outside: Shape) -> int:
    return weights(operation, inside, outside) * outside[1] * outside[2]


def _at_input(operation: ConvTranspose, inside: tuple[Shape, ...], outside: Shape) -> int:
    return weights(operation, inside, outside) * inside[0][1] * inside[0][2]


def _nothing(operation: Operation, inside: tuple[Shape, ...], outside: Shape) -> int:  # noqa: ARG001
    return 0


def _elements(operation: Operation, inside: tuple[Shape, ...], outside: Shape) -> int:  # noqa: ARG001
    return prod(outside)


_FREE: Rules = {free: _nothing for free in (Input, BatchNorm, ReLU, Identity, MaxPool, Upsample, Add)}

PARAMS: Rules = _FREE | {
    Conv: _conv_params,
    ConvTranspose: _conv_params,
    BatchNorm: lambda _, inside, __: 2 * inside[0][0],
}
"""Learnable numbers: weights, biases, scales and shifts."""

ACTIVATIONS: Rules = _FREE | {Conv: _elements, ConvTranspose: _elements}
"""Elements of the outputs of all convolutions (Radosavovic et al., arXiv 2003.13678)."""


@dataclass(frozen=True)
class Convention:
    """A documented way of counting one forward pass on one image."""

    name: str
    unit: str
    """What the number counts, as printed."""
    giga: int
    """What the convention's own "G" divides by."""
    rules: Rules
    description: str


CONVENTIONS = {
    convention.name: convention
    for convention in (
        Convention(
            "macs",
            "MACs",
            10**9,
            _FREE | {Conv: _at_output, ConvTranspose: _at_input},
            "Multiply-accumulates of convolutions, transposed convolutions and matrix products, exact; 1 G = 1e9.",
        ),
        Convention(
            "hrnet",
            "HRNet-summary operations",
            2**30,
            _FREE | {Conv: _at_output, ConvTranspose: _at_output},
            "What the HRNet, SimpleBaseline and EfficientPose tables print as FLOPs: weights × output pixels, for "
            "transposed convolutions too (4 times their MACs at stride 2); 1 G = 2^30.",
        ),
    )
}
"""Name -> convention."""


def apply(rules: Rules, layer: Layer, inside: tuple[Shape, ...]) -> int:
    """Return what `rules` say of one layer; raise NasbenchPoseError for an operation they do not know."""
    operation = layer.operation
    if isinstance(operation, Choice | Mask):
        raise NasbenchPoseError(f"{layer.name!r} is an open choice of {operation.gene!r}; a supernet has no one cost.")
    if (rule := rules.get(type(operation))) is None:
        raise NasbenchPoseError(f"No cost rule for the operation {type(operation).__name__!r} of layer {layer.name!r}.")
    return rule(operation, inside, layer.shape)
