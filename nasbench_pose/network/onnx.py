"""Networks as ONNX files: written by torch, checked in ONNX Runtime, so what is deployed is what was measured."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.graph import Graph
from nasbench_pose.network.network import Network
from nasbench_pose.spaces.heads import split_of

OPSET = 17
"""Version of the ONNX operator set; the runtimes of 2022 and later read it."""
INPUT, OUTPUT, VECTORS = "images", "heatmaps", "simcc"
"""Names in the file: of what goes in, and of what comes out, heat maps or SimCC's vectors."""
TOLERANCE = 1e-4
"""Largest difference from torch that an export may have, as a part of the largest value."""


@dataclass(frozen=True, slots=True)
class Export:
    """An ONNX file that has been run, and how close it came to torch."""

    path: Path
    input: str
    """Name of the images, float32 of shape (batch, 3, height, width); the batch may change from call to call."""
    output: str
    """`heatmaps` or `simcc`, float32 of shape (batch, *shape)."""
    shape: tuple[int, ...]
    """(joints, height / 4, width / 4), or (joints, bins), first the bins of the columns, then those of the rows."""
    opset: int
    max_error: float
    """Largest absolute difference from torch's output."""
    relative_error: float
    """`max_error` as a part of the largest absolute value in torch's output."""


def export(
    network: Network, path: Path, *, about: dict[str, str] | None = None, tolerance: float = TOLERANCE, seed: int = 0
) -> Export:
    """Write `network`, in evaluation mode and float32, to `path` and return how it compares with torch.

    `about` is kept in the file as its metadata. Images drawn from `seed` are run through both, one and two at a time;
    raises NasbenchPoseError, and writes nothing, if they differ by more than `tolerance`, or without onnx.

    >>> import tempfile
    >>> from nasbench_pose.network import build
    >>> from nasbench_pose.spaces import find
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     exported = export(build(find("micro-smallest")), Path(folder) / "micro.onnx")
    >>> exported.input, exported.output, exported.relative_error < 1e-5
    ('images', 'heatmaps', True)
    """
    images = torch.randn(2, *network.graph.input.shape, generator=torch.Generator().manual_seed(seed))
    output, shape = _output(network.graph)
    with _deployed(network):
        content = _with(about or {}, to_onnx(network, (images,), dynamic=True, output=output), shape)
        worst, largest = _compare(network, content, images)
    if not worst <= tolerance * largest:
        raise NasbenchPoseError(
            f"ONNX Runtime and torch differ by {worst:.2g}, more than {tolerance:g} of the largest value, "
            f"{largest:.2g}. Nothing was written."
        )
    path.write_bytes(content)
    return Export(path, INPUT, output, shape, OPSET, worst, worst / largest if largest else 0.0)


def _output(graph: Graph) -> tuple[str, tuple[int, ...]]:
    """Return the name and the shape, for one image, of what a network puts out: vectors are no maps of height 1."""
    joints, *maps = graph.output.shape
    return (VECTORS, (joints, maps[1])) if split_of(tuple(maps), graph.input.shape[1:]) else (OUTPUT, (joints, *maps))


def to_onnx(module: nn.Module, inputs: tuple[Tensor, ...], *, dynamic: bool = False, output: str = OUTPUT) -> bytes:
    """Return `module`, which should be in evaluation mode, as the content of an ONNX file.

    A network's only input and `output` have names; `dynamic` leaves their batch open. Raises NasbenchPoseError without
    onnx.
    """
    _installed("onnx")  # torch needs it too
    content = io.BytesIO()
    batch = {INPUT: {0: "batch"}, output: {0: "batch"}} if dynamic else None
    names: dict[str, Any] = {"input_names": [INPUT], "output_names": [output]} if len(inputs) == 1 else {}
    with warnings.catch_warnings():
        # The TorchScript exporter is the older of two; the newer takes ten times as long and needs onnxscript.
        warnings.filterwarnings("ignore", "You are using the legacy TorchScript-based", DeprecationWarning)
        warnings.filterwarnings("ignore", "The feature will be removed", DeprecationWarning)
        exporter: Any = torch.onnx.export  # its types forget that a file may be one in memory
        exporter(module, inputs, content, dynamo=False, opset_version=OPSET, dynamic_axes=batch, **names)
    return content.getvalue()


def session(content: bytes, *, threads: int = 1, keep_memory: bool = True) -> Any:
    """Return an `onnxruntime.InferenceSession` on the processor, with threads that rest between runs.

    Unless it is to `keep_memory`, it gives back after a run what it took; that is slower.
    """
    runtime = _installed("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.add_session_config_entry("session.force_spinning_stop", "1")
    options.enable_cpu_mem_arena = options.enable_mem_pattern = keep_memory
    options.log_severity_level = 3  # errors only
    return runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def _compare(network: Network, content: bytes, images: Tensor) -> tuple[float, float]:
    """Return the largest difference between ONNX Runtime and torch, and torch's largest absolute value."""
    running = session(content)
    worst, largest = 0.0, 0.0
    for batch in (images, images[:1]):
        ours = network(batch).numpy()
        (theirs,) = running.run(None, {INPUT: batch.numpy()})
        worst = np.maximum(worst, np.abs(theirs - ours).max())  # NumPy's maximum keeps NaN
        largest = max(largest, float(np.abs(ours).max()))
    return float(worst), largest


@contextmanager
def _deployed(network: Network) -> Iterator[None]:
    """Put the network into evaluation mode, without gradients; afterwards back into the mode it was in."""
    if next(network.parameters()).dtype != torch.float32:
        raise NasbenchPoseError("Only networks in float32 are exported; call network.float() first.")
    training = network.training
    network.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        network.train(training)


def _with(about: dict[str, str], content: bytes, shape: tuple[int, ...]) -> bytes:
    """Check a model as ONNX does, and return it with metadata and the whole shape of its output."""
    onnx = _installed("onnx")
    model = onnx.load_from_string(content)
    for dimension, size in zip(model.graph.output[0].type.tensor_type.shape.dim[1:], shape, strict=True):
        dimension.dim_value = size  # flattening makes torch's exporter forget some
    onnx.helper.set_model_props(model, about)
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())


def _installed(package: str) -> Any:
    try:
        return import_module(package)
    except ImportError:
        raise NasbenchPoseError(f"This needs {package}: pip install 'nasbench-pose[onnx]'.") from None
