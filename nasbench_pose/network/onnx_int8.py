"""ONNX files whose convolutions compute in 8-bit integers, made by the quantiser of ONNX Runtime."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasbench_pose.errors import NasbenchPoseError, one_line
from nasbench_pose.network.onnx import installed

QUANTISING = ("QuantizeLinear", "DynamicQuantizeLinear")
"""Operators of files whose activations are quantised."""

Feeds = Mapping[str, NDArray[np.float32]]


def in_int8(content: bytes, calibration: list[Feeds]) -> bytes:
    """Return an ONNX file with weights and activations in 8 bits; input and output remain float32.

    Post-training quantisation with one scale per tensor, from the ranges of the activations on `calibration`, the
    inputs of some passes. For an accuracy they must be images; for a latency any do. Raises NasbenchPoseError without
    onnx and onnxruntime, and for a network that cannot be quantised.
    """
    onnx = installed("onnx")
    installed("onnxruntime")
    quantization = import_module("onnxruntime.quantization")
    prepare = import_module("onnxruntime.quantization.shape_inference").quant_pre_process
    with TemporaryDirectory() as folder, _quietly():
        prepared, made = Path(folder, "prepared.onnx"), Path(folder, "made.onnx")
        try:
            prepare(onnx.load_from_string(content), prepared, skip_symbolic_shape=True)
            quantization.quantize_static(prepared, made, _reader(quantization, calibration))
        except Exception as error:  # the tool raises many classes
            raise NasbenchPoseError(f"ONNX Runtime cannot quantise this network: {one_line(error)[:200]}") from None
        return made.read_bytes()


def quantised(path: Path, feeds: Feeds) -> bytes:
    """Return the content of an ONNX file in 8 bits, by ranges on one pass; that of one which has them, as it is."""
    model = installed("onnx").load(path)  # with the weights that are in other files
    known = any(node.op_type in QUANTISING for node in model.graph.node)
    content: bytes = model.SerializeToString()
    return content if known else in_int8(content, [feeds])


def _reader(quantization: Any, calibration: list[Feeds]) -> Any:
    """Return the inputs in the form that the quantiser reads."""
    remaining = iter(calibration)

    class Reader(quantization.CalibrationDataReader):  # type: ignore[misc]  # the package has no types
        def get_next(self) -> Feeds | None:
            return next(remaining, None)

    return Reader()


@contextmanager
def _quietly() -> Iterator[None]:
    """Silence the quantiser's advice on the root logger, which is the same for every network."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
