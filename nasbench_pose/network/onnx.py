"""Networks as ONNX files, written by torch. ONNX Runtime verifies that they compute the same as the torch module."""

import copy
import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from nasbench_pose.errors import NasbenchPoseError, one_line
from nasbench_pose.graph import Graph
from nasbench_pose.network.network import Network
from nasbench_pose.spaces.heads import split_of

OPSET = 17
"""Default version of the ONNX operator set; runtimes since 2022 support it."""
OPSETS = range(11, 21)
"""Supported versions of the operator set."""
INPUT, OUTPUT, VECTORS = "images", "heatmaps", "simcc"
"""Names in the file: of the input, and of the output, which is heat maps or SimCC's vectors."""
TOLERANCE, HALF_TOLERANCE = 1e-4, 1e-2
"""Largest permitted difference from torch, in float32 and float16, as a fraction of the largest value."""
OF_CHANGES = 10
"""Factor on the tolerance for the difference as a fraction of the change by another image, which is smaller."""
STILL = 0.05
"""Fraction of the largest value below which the change by another image is negligible, as in untrained networks."""
LARGER = (32, 64)
"""Additional rows and columns of the second size that tests an export with dynamic sizes."""


@dataclass(frozen=True, slots=True)
class Export:
    """An ONNX file that has been run, and its difference from torch."""

    path: Path
    input: str
    """Name of the images, float32 of shape (batch, 3, height, width); the batch may change from call to call."""
    output: str
    """`heatmaps` or `simcc`, float32 of shape (batch, *shape)."""
    shape: tuple[int, ...]
    """(joints, height / 4, width / 4), or (joints, bins), first the bins of the columns, then those of the rows."""
    opset: int
    dynamic: bool
    """Whether height and width are dynamic, too."""
    half: bool
    """Whether weights and activations are float16."""
    max_error: float
    """Largest absolute difference from torch's output in float32."""
    relative_error: float
    """Largest difference as a fraction of the change by another image. If that change is negligible, it is measured on
    a copy with calibrated batch normalisation."""


def export(
    network: Network,
    path: Path,
    *,
    about: dict[str, str] | None = None,
    tolerance: float | None = None,
    seed: int = 0,
    opset: int = OPSET,
    dynamic: bool = False,
    half: bool = False,
) -> Export:
    """Write `network`, in evaluation mode, to `path` and return how it compares with torch.

    `about` becomes the metadata of the file. With `dynamic`, height and width are dynamic; with `half`, it computes in
    float16. Both networks run on images drawn from `seed`, in batches of one and two. Raises NasbenchPoseError, and
    writes nothing, if they differ by more than `tolerance` (1e-4, in float16 0.01) of the largest value, or by more
    than ten times that fraction of the change by another image. It is also raised for an unsupported opset, a network
    with a fixed input size, and without onnx.

    >>> import tempfile
    >>> from nasbench_pose.network import build
    >>> from nasbench_pose.spaces import find
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     exported = export(build(find("micro-smallest")), Path(folder) / "micro.onnx")
    >>> exported.input, exported.output, exported.relative_error < 1e-5
    ('images', 'heatmaps', True)
    """
    if opset not in OPSETS:
        raise NasbenchPoseError(f"ONNX opset {opset} cannot be written; {OPSETS[0]} to {OPSETS[-1]} can.")
    allowed = tolerance if tolerance is not None else HALF_TOLERANCE if half else TOLERANCE
    rng = torch.Generator().manual_seed(seed)
    _, height, width = network.graph.input.shape
    sizes = [(height, width), (height + LARGER[0], width + LARGER[1])] if dynamic else [(height, width)]
    images = [torch.randn(2, 3, *size, generator=rng) for size in sizes]
    output, shape = _output(network.graph)

    def write(network: Network) -> tuple[bytes, Agreement]:
        with _deployed(network):
            wanted = [_run(network, batch) for batch in images]  # before the export, which takes time
            content = to_onnx(network, (images[0],), dynamic=True, sizes=dynamic, output=output, opset=opset)
            content = _with(about or {}, in_half(content) if half else content, shape[:1] if dynamic else shape)
            return content, _compare(content, images, wanted)

    content, found = write(network)
    moving = found
    if found.moved < STILL * found.largest:
        _, moving = write(calibrated(network, images[0]))
    if not found.worst <= allowed * found.largest:
        raise NasbenchPoseError(
            f"ONNX Runtime and torch differ by {found.worst:.2g}, more than {allowed:g} of the largest value, "
            f"{found.largest:.2g}. Nothing was written."
        )
    if not moving.worst <= OF_CHANGES * allowed * (moving.moved or moving.largest):
        raise NasbenchPoseError(
            f"ONNX Runtime and torch differ by {moving.worst:.2g}, more than {OF_CHANGES * allowed:g} of what another "
            f"image changes, {moving.moved:.2g}. Nothing was written."
        )
    path.write_bytes(content)
    relative = moving.worst / moving.moved if moving.moved else 0.0
    return Export(path, INPUT, output, shape, opset, dynamic, half, found.worst, relative)


class Agreement(NamedTuple):
    """The difference of ONNX Runtime from torch, and the scale of the output."""

    worst: float
    """Largest difference."""
    moved: float
    """Largest change of the output by another image."""
    largest: float
    """Largest absolute value."""


def calibrated(network: Network, images: Tensor) -> Network:
    """Return a copy whose batch normalisations have the mean and variance of their inputs on `images`.

    In an untrained network they are 0 and 1, and a deep network then has nearly the same output for every image.
    """
    twin = copy.deepcopy(network).train()
    for module in twin.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
            module.momentum = None  # cumulative average over all batches
    with torch.no_grad():
        twin(images)
    return twin.eval()


def _run(network: Network, images: Tensor) -> NDArray[np.float32]:
    try:
        made: NDArray[np.float32] = network(images).numpy()
    except RuntimeError as error:
        first, size = network.graph.input.shape[1:], images.shape[2:]
        raise NasbenchPoseError(
            f"This network takes {first[0]}×{first[1]} pixels only, not {size[0]}×{size[1]}: its sizes cannot stay "
            f"open ({one_line(error)[:80]})."
        ) from None
    return made


def _output(graph: Graph) -> tuple[str, tuple[int, ...]]:
    """Return the name and the shape of the output for one image; vectors have no axis of height 1."""
    joints, *maps = graph.output.shape
    return (VECTORS, (joints, maps[1])) if split_of(tuple(maps), graph.input.shape[1:]) else (OUTPUT, (joints, *maps))


def to_onnx(
    module: nn.Module,
    inputs: tuple[Tensor, ...],
    *,
    dynamic: bool = False,
    sizes: bool = False,
    output: str = OUTPUT,
    opset: int = OPSET,
) -> bytes:
    """Return `module`, which should be in evaluation mode, as the content of an ONNX file.

    The input and the `output` of a network have names. With `dynamic` their batch size is dynamic, with `sizes` height
    and width are. Raises NasbenchPoseError without onnx, and for a module that cannot be exported.
    """
    installed("onnx")  # torch needs it, too
    content = io.BytesIO()
    opened = {0: "batch"} if dynamic else {}
    names: dict[str, Any] = {"input_names": [INPUT], "output_names": [output]} if len(inputs) == 1 else {}
    axes = {INPUT: opened | ({2: "height", 3: "width"} if sizes else {}), output: opened} if dynamic or sizes else None
    with warnings.catch_warnings():
        # The TorchScript exporter is deprecated and warns of that; the newer one takes ten times as long and needs
        # onnxscript. Its other warnings are checked by running the file.
        warnings.simplefilter("ignore")
        exporter: Any = torch.onnx.export  # the type annotation lacks files in memory
        try:
            exporter(module, inputs, content, dynamo=False, opset_version=opset, dynamic_axes=axes, **names)
        except (torch.onnx.errors.OnnxExporterError, RuntimeError) as error:
            raise NasbenchPoseError(f"torch cannot write this as ONNX opset {opset}: {one_line(error)[:200]}") from None
    return content.getvalue()


def in_half(content: bytes) -> bytes:
    """Return an ONNX file with float16 weights and activations; input and output remain float32.

    It is converted by the tool of ONNX Runtime. Normalisations that torch has not folded into convolutions remain
    float32, because the variances of small activations lose digits in float16.
    """
    onnx = installed("onnx")
    installed("onnxruntime")
    from onnxruntime.transformers.float16 import DEFAULT_OP_BLOCK_LIST, convert_float_to_float16
    from onnxruntime.transformers.onnx_model import OnnxModel

    blocked = [*DEFAULT_OP_BLOCK_LIST, "BatchNormalization"]
    model = OnnxModel(
        convert_float_to_float16(onnx.load_from_string(content), keep_io_types=True, op_block_list=blocked)
    )
    model.topological_sort()  # the tool appends its casts
    return bytes(model.model.SerializeToString())


def session(content: bytes | str, *, threads: int = 1, keep_memory: bool = True) -> Any:
    """Return an `onnxruntime.InferenceSession` on the CPU, whose threads sleep between runs.

    `content` is the content of an ONNX file, or its path. Without `keep_memory` memory is released after each run,
    which is slower.
    """
    runtime = installed("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.add_session_config_entry("session.force_spinning_stop", "1")
    options.enable_cpu_mem_arena = options.enable_mem_pattern = keep_memory
    options.log_severity_level = 3  # errors only
    return runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def _compare(content: bytes, images: list[Tensor], wanted: list[NDArray[np.float32]]) -> Agreement:
    """Return the difference of ONNX Runtime from torch on batches of two images, and on each image alone."""
    running = session(content)
    worst, moved, largest = 0.0, 0.0, 0.0
    for batch, both in zip(images, wanted, strict=True):
        for count in (2, 1):
            try:
                (theirs,) = running.run(None, {INPUT: batch[:count].numpy()})
            except Exception as error:  # onnxruntime raises several classes
                raise NasbenchPoseError(
                    f"The file does not run: {one_line(error)[:200]}. Nothing was written."
                ) from None
            if theirs.shape != both[:count].shape:
                raise NasbenchPoseError(f"ONNX Runtime gives {theirs.shape} for torch's {both[:count].shape}.")
            worst = np.maximum(worst, np.abs(theirs - both[:count]).max())  # NumPy's maximum keeps NaN
        moved, largest = max(moved, float(np.ptp(both, axis=0).max())), max(largest, float(np.abs(both).max()))
    return Agreement(float(worst), moved, largest)


@contextmanager
def _deployed(network: Network) -> Iterator[None]:
    """Put the network into evaluation mode without gradients, and restore its mode afterwards."""
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
    """Check a model with the checker of ONNX, and return it with metadata and the known sizes of its output."""
    onnx = installed("onnx")
    model = onnx.load_from_string(content)
    for dimension, size in zip(model.graph.output[0].type.tensor_type.shape.dim[1:], shape, strict=False):
        dimension.dim_value = size  # torch's exporter loses some of them when a tensor is flattened
    onnx.helper.set_model_props(model, about)
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())


def installed(package: str) -> Any:
    """Return an imported package; raise NasbenchPoseError, which names the extra, without it."""
    try:
        return import_module(package)
    except ImportError:
        raise NasbenchPoseError(f"This needs {package}: pip install 'nasbench-pose[onnx]'.") from None
