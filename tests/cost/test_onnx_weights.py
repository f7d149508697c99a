"""Every kind of stored weight that exporters write: right numbers, worked out by hand."""

from pathlib import Path
from typing import Any

import pytest
from onnx_files import (
    CONV,
    CONV_MACS,
    FILTER,
    FLOAT,
    IMAGE,
    INT8,
    INT64,
    LINEAR_MACS,
    MS,
    ONE,
    TOKENS,
    UINT8,
    model,
    node,
    numbers,
    quantised,
    saved,
    value,
    weight,
)

from nasbench_pose.cost.onnx_file import inventory_of

KINDS: dict[str, tuple[Any, int, int]] = {
    # where weights come from
    "stored": (model(CONV, [IMAGE], [FILTER]), CONV_MACS, 216),
    "listed as an input, too": (model(CONV, [IMAGE, value("w", 8, 3, 3, 3)], [FILTER]), CONV_MACS, 216),
    "constant node": (model([node("Constant", [], ["w"], value=FILTER), *CONV], [IMAGE]), CONV_MACS, 216),
    "constant floats": (
        model([node("Constant", [], ["w"], value_floats=[1.0] * 16), node("Mul", ["x", "w"], ["y"])], [TOKENS]),
        0,
        16,
    ),
    "inputs": (model(CONV, [IMAGE, value("w", 8, 3, 3, 3)]), CONV_MACS, 216),
    "inputs of a linear layer": (
        model(
            [node("MatMul", ["x", "w"], ["z"]), node("Add", ["z", "b"], ["y"])],
            [TOKENS, value("w", 16, 8), value("b", 8)],
        ),
        LINEAR_MACS,
        136,
    ),
    "transposed": (
        model(
            [node("Transpose", ["w"], ["t"], perm=[1, 0]), node("MatMul", ["x", "t"], ["y"])],
            [TOKENS],
            [weight("w", 8, 16)],
        ),
        LINEAR_MACS,
        128,
    ),
    "cast": (
        model([node("Cast", ["h"], ["w"], to=FLOAT), *CONV], [IMAGE], [weight("h", 8, 3, 3, 3, kind="float16")]),
        CONV_MACS,
        216,
    ),
    "reshaped": (
        model([node("Reshape", ["f", "s"], ["w"]), *CONV], [IMAGE], [weight("f", 216), numbers("s", 8, 3, 3, 3)]),
        CONV_MACS,
        216,
    ),
    "joined": (
        model(
            [node("Concat", ["a", "b"], ["w"], axis=0), *CONV],
            [IMAGE],
            [weight("a", 4, 3, 3, 3), weight("b", 4, 3, 3, 3)],
        ),
        CONV_MACS,
        216,
    ),
    "normalised by its length": (  # weight_norm
        model(
            [
                node("ReduceL2", ["v"], ["n"], axes=[1, 2, 3]),
                node("Div", ["v", "n"], ["u"]),
                node("Mul", ["u", "g"], ["w"]),
                *CONV,
            ],
            [IMAGE],
            [weight("v", 8, 3, 3, 3), weight("g", 8, 1, 1, 1)],
        ),
        CONV_MACS,
        224,
    ),
    "one weight in two places": (
        model([node("MatMul", ["x", "w"], ["z"]), node("MatMul", ["z", "w"], ["y"])], [TOKENS], [weight("w", 16, 16)]),
        2 * 10 * 256,
        256,
    ),
    "embedding": (
        model(
            [node("Gather", ["e", "i"], ["z"]), node("MatMul", ["z", "w"], ["y"])],
            [value("i", 1, 10, kind=INT64)],
            [weight("e", 100, 16), weight("w", 16, 8)],
        ),
        LINEAR_MACS,
        1728,
    ),
    "class token": (
        model(
            [node("Concat", ["c", "x"], ["z"], axis=1), node("MatMul", ["z", "w"], ["y"])],
            [TOKENS],
            [weight("c", 1, 1, 16), weight("w", 16, 8)],
        ),
        11 * 16 * 8,
        144,
    ),
    "filled in": (
        model([node("ConstantOfShape", ["s"], ["w"]), *CONV], [IMAGE], [numbers("s", 8, 3, 3, 3)]),
        CONV_MACS,
        216,
    ),
    "statistics and factors are not learnt": (
        model(
            [node("BatchNormalization", ["x", "a", "b", "m", "v"], ["z"]), node("Mul", ["z", "one"], ["y"])],
            [IMAGE],
            [*(weight(name, 3) for name in "abmv"), ONE],
        ),
        0,
        6,
    ),
    # int8
    "weights behind a DequantizeLinear": (
        model(
            [node("DequantizeLinear", ["q", "s"], ["w"]), *CONV],
            [IMAGE],
            [weight("q", 8, 3, 3, 3, kind="int8"), weight("s")],
        ),
        CONV_MACS,
        216,
    ),
    "QLinearConv": (
        model(
            [node("QLinearConv", ["x", "xs", "xz", "w", "ws", "wz", "ys", "yz", "b"], ["y"])],
            [value("x", 1, 3, 16, 16, kind=UINT8)],
            [
                *quantised("x"),
                *quantised("w"),
                *quantised("y"),
                weight("w", 8, 3, 3, 3, kind="uint8"),
                weight("b", 8, kind="int32"),
            ],
        ),
        CONV_MACS,
        224,
    ),
    "ConvInteger": (
        model(
            [
                node("DynamicQuantizeLinear", ["x"], ["q", "s", "z"]),
                node("ConvInteger", ["q", "w", "z"], ["c"]),
                node("Cast", ["c"], ["f"], to=FLOAT),
                node("Mul", ["s", "ws"], ["t"]),
                node("Mul", ["f", "t"], ["y"]),
            ],
            [IMAGE],
            [weight("w", 8, 3, 3, 3, kind="int8"), weight("ws", 1)],
        ),
        CONV_MACS,
        216,
    ),
    "MatMulInteger": (
        model(
            [node("MatMulInteger", ["x", "w"], ["y"])],
            [value("x", 1, 10, 16, kind=INT8)],
            [weight("w", 16, 8, kind="int8")],
        ),
        LINEAR_MACS,
        128,
    ),
    "MatMulIntegerToFloat": (
        model(
            [node("MatMulIntegerToFloat", ["x", "w", "xs", "ws", "", "", "b"], ["y"], **MS)],
            [value("x", 1, 10, 16, kind=INT8)],
            [weight("w", 16, 8, kind="int8"), weight("xs"), weight("ws"), weight("b", 8)],
        ),
        LINEAR_MACS,
        136,
    ),
    "MatMulNBits": (
        model(
            [node("MatMulNBits", ["x", "w", "s"], ["y"], K=16, N=8, bits=4, block_size=16, **MS)],
            [TOKENS],
            [weight("w", 8, 1, 8, kind="uint8"), weight("s", 8)],
        ),
        LINEAR_MACS,
        128,
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_file_amounts_to(kind: str, tmp_path: Path) -> None:
    made, macs, params = KINDS[kind]
    found = inventory_of(saved(made, tmp_path))
    assert (found.macs, found.params, found.missing_times()) == (macs, params, {})
