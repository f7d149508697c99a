"""Every kind of operator that exporters write: right numbers, worked out by hand."""

from pathlib import Path
from typing import Any

import pytest
from onnx_files import (
    CONV_MACS,
    FILTER,
    IMAGE,
    INT64,
    LINEAR_MACS,
    MS,
    TOKENS,
    graph,
    model,
    node,
    numbers,
    onnx,
    saved,
    value,
    weight,
)

from nasbench_pose.cost.onnx_file import inventory_of

KINDS: dict[str, tuple[Any, int, int]] = {
    # fused by ONNX Runtime
    "FusedConv": (
        model([node("FusedConv", ["x", "w", "b"], ["y"], activation="Relu", **MS)], [IMAGE], [FILTER, weight("b", 8)]),
        CONV_MACS,
        224,
    ),
    "FusedMatMul": (
        model([node("FusedMatMul", ["x", "w"], ["y"], transB=1, **MS)], [TOKENS], [weight("w", 8, 16)]),
        LINEAR_MACS,
        128,
    ),
    "Attention of com.microsoft": (
        model(
            [node("Attention", ["x", "w", "b"], ["y"], num_heads=4, **MS)],
            [TOKENS],
            [weight("w", 16, 48), weight("b", 48)],
        ),
        10 * 16 * 48 + 2 * 10 * 10 * 16,
        816,
    ),
    "MultiHeadAttention": (
        model([node("MultiHeadAttention", ["x", "x", "x"], ["y"], num_heads=4, **MS)], [TOKENS]),
        2 * 10 * 10 * 16,
        0,
    ),
    "SkipLayerNormalization": (
        model(
            [node("SkipLayerNormalization", ["x", "x", "g", "b"], ["y"], **MS)],
            [TOKENS],
            [weight("g", 16), weight("b", 16)],
        ),
        0,
        32,
    ),
    # other operators
    "Attention": (
        model([node("Attention", ["x", "x", "x"], ["y"], q_num_heads=4, kv_num_heads=4)], [TOKENS], opset=23),
        2 * 10 * 10 * 16,
        0,
    ),
    "LSTM": (
        model(
            [node("LSTM", ["x", "w", "r", "b"], ["y"], hidden_size=8)],
            [value("x", 10, 1, 16)],
            [weight("w", 1, 32, 16), weight("r", 1, 32, 8), weight("b", 1, 64)],
        ),
        10 * 4 * 8 * (16 + 8),
        32 * 24 + 64,
    ),
    "GRU, both ways": (
        model(
            [node("GRU", ["x", "w", "r"], ["y"], hidden_size=8, direction="bidirectional")],
            [value("x", 10, 1, 16)],
            [weight("w", 2, 24, 16), weight("r", 2, 24, 8)],
        ),
        2 * 10 * 3 * 8 * (16 + 8),
        48 * 24,
    ),
    "RNN": (
        model(
            [node("RNN", ["x", "w", "r"], ["y"], hidden_size=8)],
            [value("x", 10, 1, 16)],
            [weight("w", 1, 8, 16), weight("r", 1, 8, 8)],
        ),
        10 * 8 * (16 + 8),
        192,
    ),
    "Einsum": (
        model([node("Einsum", ["x", "w"], ["y"], equation="bti,io->bto")], [TOKENS], [weight("w", 16, 8)]),
        LINEAR_MACS,
        128,
    ),
    "Einsum, element by element": (model([node("Einsum", ["x", "x"], ["y"], equation="...,...->...")], [TOKENS]), 0, 0),
    "Gemm": (
        model(
            [node("Gemm", ["x", "w", "b"], ["y"], transB=1)], [value("x", 1, 16)], [weight("w", 8, 16), weight("b", 8)]
        ),
        128,
        136,
    ),
    "LinearRegressor": (
        model(
            [
                node(
                    "LinearRegressor",
                    ["x"],
                    ["y"],
                    domain="ai.onnx.ml",
                    coefficients=[1.0] * 16,
                    intercepts=[1.0],
                    targets=1,
                )
            ],
            [value("x", 1, 16)],
        ),
        16,
        17,
    ),
    "opset 7": (
        model(
            [node("Conv", ["x", "w"], ["z"]), node("Upsample", ["z"], ["y"], scales=[1.0, 1.0, 2.0, 2.0])],
            [IMAGE],
            [FILTER],
            opset=7,
        ),
        CONV_MACS,
        216,
    ),
    "Keras: the image has its channels last": (
        model(
            [
                node("Transpose", ["x"], ["model/t:0"], perm=[0, 3, 1, 2]),
                node("Conv", ["model/t:0", "w"], ["z"]),
                node("Transpose", ["z"], ["y"], perm=[0, 2, 3, 1]),
            ],
            [value("x", "unk__6", 16, 16, 3)],
            [FILTER],
        ),
        CONV_MACS,
        216,
    ),
    "Loop": (
        model(
            [
                node(
                    "Loop",
                    ["n", "", "x"],
                    ["y"],
                    body=graph(
                        [node("MatMul", ["h", "w"], ["next"]), node("Identity", ["go"], ["on"])],
                        [value("i", kind=INT64), value("go", kind=onnx.TensorProto.BOOL), value("h", 1, 10, 16)],
                        outputs=["on", "next"],
                    ),
                )
            ],
            [TOKENS],
            [numbers("n", 5), weight("w", 16, 16)],
        ),
        5 * 10 * 256,
        256,
    ),
    "Scan": (
        model(
            [
                node(
                    "Scan",
                    ["h", "x"],
                    ["last", "y"],
                    num_scan_inputs=1,
                    body=graph(
                        [
                            node("MatMul", ["t", "w"], ["z"]),
                            node("Add", ["z", "s"], ["next"]),
                            node("Identity", ["next"], ["out"]),
                        ],
                        [value("s", 1, 8), value("t", 1, 16)],
                        outputs=["next", "out"],
                    ),
                )
            ],
            [value("x", 10, 1, 16)],
            [weight("h", 1, 8), weight("w", 16, 8)],
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
