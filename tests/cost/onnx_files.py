"""Small ONNX files, put together by hand as exporters write them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

FLOAT, INT64, UINT8, INT8 = (getattr(onnx.TensorProto, kind) for kind in ("FLOAT", "INT64", "UINT8", "INT8"))
node = onnx.helper.make_node


def value(name: str, *dims: int | str, kind: int = FLOAT) -> Any:
    return onnx.helper.make_tensor_value_info(name, kind, dims)


def weight(name: str, *dims: int, kind: str = "float32") -> Any:
    return onnx.numpy_helper.from_array(np.ones(dims, kind), name)


def numbers(name: str, *content: int) -> Any:
    return onnx.numpy_helper.from_array(np.array(content, np.int64), name)


def graph(
    nodes: Sequence[Any], inputs: Sequence[Any], stored: Sequence[Any] = (), outputs: Sequence[str] = ("y",)
) -> Any:
    results = [onnx.ValueInfoProto(name=name) for name in outputs]
    return onnx.helper.make_graph(nodes, "graph", inputs, results, stored)


def model(
    nodes: Sequence[Any], inputs: Sequence[Any], stored: Sequence[Any] = (), *, opset: int = 17, **more: Any
) -> Any:
    opsets = [onnx.helper.make_opsetid("", opset), onnx.helper.make_opsetid("com.microsoft", 1)]
    opsets += [onnx.helper.make_opsetid("mine", 1), onnx.helper.make_opsetid("ai.onnx.ml", 3)]
    return onnx.helper.make_model(graph(nodes, inputs, stored), opset_imports=opsets, ir_version=9, **more)


def saved(made: Any, folder: Path) -> Path:
    path = folder / "net.onnx"
    path.write_bytes(made.SerializeToString())
    return path


IMAGE, TOKENS = value("x", 1, 3, 16, 16), value("x", 1, 10, 16)
FILTER = weight("w", 8, 3, 3, 3)
CONV = [node("Conv", ["x", "w"], ["y"])]
CONV_MACS, LINEAR_MACS = 8 * 14 * 14 * 27, 10 * 16 * 8
ONE, ZERO = weight("one"), weight("zero", kind="uint8")
MS: dict[str, Any] = {"domain": "com.microsoft"}


def quantised(place: str) -> list[Any]:
    return [weight(f"{place}s"), weight(f"{place}z", kind="uint8")]
