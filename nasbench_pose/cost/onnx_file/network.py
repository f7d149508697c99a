"""Read an ONNX file and count one run of its network on one image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from nasbench_pose.cost.call import Call
from nasbench_pose.cost.inventory import Inventory, Missing
from nasbench_pose.cost.onnx_file.inference import Inference
from nasbench_pose.cost.onnx_file.reading import in_order, read
from nasbench_pose.cost.onnx_file.sizes import settle
from nasbench_pose.cost.onnx_file.values import Dims
from nasbench_pose.cost.onnx_file.walk import Step, Walk
from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, one_line, printable

PER_IMAGE = ("macs", "macs_at_output", "biased", "inputs", "outputs", "affine", "rows")
"""Quantities of a call that grow with the batch."""
NOTHING: Mapping[str, Dims] = MappingProxyType({})


@dataclass(frozen=True)
class OnnxNetwork:
    """A network in an ONNX file with its inventory."""

    inputs: Mapping[str, Dims]
    """Name -> shape, from the file or from the user."""
    batch: int
    """Images in a batch. The inventory is of one image."""
    inventory: Inventory


def inventory_of(
    path: Path, *, input: tuple[int, int] | None = None, inputs: Mapping[str, Dims] = NOTHING
) -> Inventory:
    """Return the inventory of one run of an ONNX file on one image; see `network_of`."""
    return network_of(path, input=input, inputs=inputs).inventory


def network_of(
    path: Path, *, input: tuple[int, int] | None = None, inputs: Mapping[str, Dims] = NOTHING
) -> OnnxNetwork:
    """Return the network of an ONNX file with the inventory of one run on one image.

    `input` is the (height, width) of images whose size is dynamic in the file; `inputs` has complete shapes by name.
    A dynamic batch size becomes 1; counts of a larger batch are divided by it. Exporters may have folded normalisation
    into convolutions, which then have a bias. Operators that cannot be counted are in the inventory's `missing`, with
    the number of times that they run.

    Raises InvalidFileError for a malformed file, ShapeError for a size that is missing or contradicts the file,
    UnknownNameError for an unknown input.
    """
    path = Path(path)
    model = read(path)
    try:
        model = in_order(model, path)
        shapes, weights = settle(model, path.name, input, inputs)
        walk = Walk(Inference(model, path), path.name)
        walk.start(model.graph, weights)
        walk.run(model.graph)
    except (NasbenchPoseError, OSError, MemoryError):
        raise
    except Exception as error:  # a malformed file fails in many places
        raise InvalidFileError(f"{path} is not a sound ONNX file: {_wrong(model, error)}.") from None
    batch = _batch(shapes, walk.steps)
    calls = tuple(_for_one(step, batch) for step in walk.steps)
    missing = tuple(Missing(name, path.name, times) for name, times in sorted(walk.uncounted.items()))
    return OnnxNetwork(shapes, batch, Inventory(calls, walk.params, missing))


def _wrong(model: Any, error: Exception) -> str:
    """Return the error of onnx's checker for a model, or `error` if it finds none."""
    from onnx.checker import check_model

    if isinstance(error, UnicodeDecodeError):
        return "a name in it is no UTF-8"
    try:
        check_model(model)
    except Exception as said:
        error = said
    return printable(one_line(error)).rstrip(".")


def _batch(shapes: Mapping[str, Dims], steps: list[Step]) -> int:
    """Return the batch size: the first dimension of all inputs, or the second one for recurrent networks.

    The MACs of every call must be a multiple of it; this is not so for attention over the first dimension, for example.
    """
    products = [step for step in steps if step.independent and not step.constant]
    long = [dims for dims in shapes.values() if len(dims) > 1]
    for place in (1, 0) if any(step.steps_first for step in steps) else (0, 1):
        sizes = {dims[place] for dims in long}
        if len(sizes) != 1:
            continue
        (size,) = sizes
        if size and all(step.independent % size == 0 for step in products):
            return size if products else 1
    return 1


def _for_one(step: Step, batch: int) -> Call:
    if batch == 1 or step.constant:
        return step.call
    return step.call._replace(**{quantity: getattr(step.call, quantity) // batch for quantity in PER_IMAGE})
