"""Latencies of ONNX files and of anybody's modules: what runs, on what, and what is refused."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.latency.machine import Machine
from nasbench_pose.latency.modules_and_onnx import OnnxFile, TorchModule, measure_networks
from nasbench_pose.latency.protocol import LatencyProtocol
from nasbench_pose.network.onnx import session, to_onnx
from nasbench_pose.network.onnx_int8 import in_int8, quantised

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")


IMAGE = torch.zeros(1, 3, 9, 9)


class Counting(nn.Module):
    """Remembers what it was called with."""

    def __init__(self) -> None:
        super().__init__()
        self.shapes: list[tuple[int, ...]] = []
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x: Tensor, scale: float = 1.0) -> Tensor:
        self.shapes.append(tuple(x.shape))
        return self.conv(x) * scale


def how(engine: str, batch: int = 1) -> LatencyProtocol:
    machine = Machine("a processor", 1, "unknown", ())
    return LatencyProtocol(machine, (64, 64), 14, engine, batch=batch, reference="micro-smallest")


def test_int8_is_what_modules_and_files_compute_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []

    def listing(content: bytes | str, **options: Any) -> Any:
        model = onnx.load(content) if isinstance(content, str) else onnx.load_from_string(content)
        ran.append([node.op_type for node in model.graph.node])
        return session(content, **options)

    for where in ("latency.modules_and_onnx", "network.onnx"):
        monkeypatch.setattr(f"nasbench_pose.{where}.session", listing)
    path, conv = file(tmp_path, dynamic=True), nn.Conv2d(3, 4, 3)
    protocol = replace(how("onnxruntime"), precision="int8")
    OnnxFile(path, {"images": (1, 3, 16, 16)}).start(protocol, 0).call()
    assert "QuantizeLinear" in ran[-1]
    TorchModule("mine", conv, (torch.zeros(1, 3, 16, 16),), {}, False).start(protocol, 0).call()
    assert "QuantizeLinear" in ran[-1]
    path.write_bytes(before := in_int8(path.read_bytes(), [{"images": np.ones((1, 3, 16, 16), np.float32)}]))
    assert quantised(path, {}) == onnx.load_from_string(before).SerializeToString()


def file(tmp_path: Path, *, dynamic: bool) -> Path:
    path = tmp_path / "net.onnx"
    path.write_bytes(to_onnx(nn.Conv2d(3, 4, 3).eval(), (torch.zeros(2, 3, 16, 16),), dynamic=dynamic))
    return path


def test_a_module_runs_as_often_as_is_said() -> None:
    module = Counting()
    network = TorchModule("mine", module, (torch.zeros(1, 3, 16, 16),), {"scale": 2.0}, False)
    (found,) = measure_networks([network], how("torch", batch=3), repeats=30)
    # Once to see whether it runs, then a counted and an uncounted pass in each of 30 rounds and 5 of warming up.
    assert module.shapes == [(3, 3, 16, 16)] * (1 + 2 * 35)
    assert found.inputs == {"0": (3, 3, 16, 16)}
    assert 0 < found.metrics["latency_ms_q1"] <= found.metrics["latency_ms"] <= found.metrics["latency_ms_p95"]


@pytest.mark.parametrize(("dynamic", "shape", "batch"), [(True, (1, 3, 16, 16), 5), (False, (2, 3, 16, 16), 2)])
def test_an_open_batch_is_filled_and_a_fixed_one_stays(
    dynamic: bool, shape: tuple[int, ...], batch: int, tmp_path: Path
) -> None:
    network = OnnxFile(file(tmp_path, dynamic=dynamic), {"images": shape})
    (found,) = measure_networks([network], how("onnxruntime", batch=5), repeats=30)
    assert found.inputs == {"images": (batch, 3, 16, 16)}
    assert found.metrics["latency_ms"] > 0


def test_inputs_of_every_type_are_filled(tmp_path: Path) -> None:
    kinds = [onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16, onnx.TensorProto.INT64, onnx.TensorProto.BOOL]
    inputs = [onnx.helper.make_tensor_value_info(f"x{kind}", kind, [1, 4]) for kind in kinds]
    nodes = [onnx.helper.make_node("Identity", [value.name], [f"y{n}"]) for n, value in enumerate(inputs)]
    outputs = [onnx.helper.make_tensor_value_info(f"y{n}", kind, [1, 4]) for n, kind in enumerate(kinds)]
    opsets = [onnx.helper.make_opsetid("", 17)]
    graph = onnx.helper.make_graph(nodes, "graph", inputs, outputs)
    onnx.save(onnx.helper.make_model(graph, opset_imports=opsets, ir_version=9), tmp_path / "net.onnx")
    network = OnnxFile(tmp_path / "net.onnx", {value.name: (1, 4) for value in inputs})
    assert len(measure_networks([network], how("onnxruntime"), repeats=30)[0].inputs) == len(kinds)


def test_what_does_not_run_is_named(tmp_path: Path) -> None:
    path = file(tmp_path, dynamic=True)
    refused = [
        (OnnxFile(path, {"images": (1, 3, 16, 16)}), how("torch"), r"net\.onnx runs in ONNX Runtime only"),
        (OnnxFile(path, {"images": (1, 4, 16, 16)}), how("onnxruntime"), r"net\.onnx does not run: "),
        (TorchModule("m", Counting(), (torch.zeros(1, 4, 9, 9),), {}, True), how("torch"), "m does not run: "),
        (TorchModule("m", Counting(), (IMAGE,), {}, True), how("torch", 2), "its own inputs"),
        (TorchModule("m", Counting(), (IMAGE,), {"scale": 1}, False), how("onnxruntime"), "--engine torch"),
    ]
    for network, protocol, said in refused:
        with pytest.raises(NasbenchPoseError, match=said):
            measure_networks([network], protocol, repeats=30)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(NasbenchPoseError, match=r"net\.onnx does not run: "):
        measure_networks([OnnxFile(path, {})], how("onnxruntime"), repeats=30)
