"""From an ONNX file to everything that one run of it calls. Needs the package onnx, which comes with an extra."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

from nasbench_pose.cost.call import Call
from nasbench_pose.cost.inventory import Inventory
from nasbench_pose.cost.onnx_nodes import FREE, OPTIONAL, describe
from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, ShapeError

PARAMETERS = {"Conv": 3, "ConvTranspose": 3, "Gemm": 3, "MatMul": 2, "BatchNormalization": 3, "PRelu": 2}
"""Operator -> how many of its first inputs can be learnt; of a batch normalisation, all but the running statistics."""
LEARNT_EVERYWHERE = frozenset({"Add", "Mul", "LayerNormalization", "InstanceNormalization", "GroupNormalization"})


def inventory_of(path: Path, *, input: tuple[int, int] | None = None) -> Inventory:
    """Return the calls of one run of an ONNX file on one image.

    `input`, (height, width), settles what the file leaves open; an open batch becomes 1. Exporters may have folded
    normalisation into convolutions, which then have a bias. Raises InvalidFileError for a file that is none, ShapeError
    for a size that is missing or not the file's, NasbenchPoseError for operators without a rule, all of them named.
    """
    model = _settled(_load(path), path, input)
    stored = _stored(model)
    shapes = {**_shapes(model, path), **stored}
    calls, unknown = [], set()
    for node in model.graph.node:
        try:
            calls.append(_call(node, shapes, stored, path))
        except KeyError as error:
            unknown.add(str(error.args[0]))
    if unknown:
        raise NasbenchPoseError(f"No cost rule for {', '.join(sorted(unknown))} in {path.name}.")
    return Inventory(tuple(calls), sum(prod(stored[name]) for name in _parameters(model, stored)))


def _load(path: Path) -> Any:
    try:
        import onnx
    except ImportError:
        raise NasbenchPoseError("ONNX files need onnx: pip install 'nasbench-pose[onnx]'.") from None
    try:
        model = onnx.load(path, load_external_data=False)
    except OSError:
        raise
    except Exception as error:  # protobuf's own DecodeError, of one class or another
        raise InvalidFileError(f"{path} is not an ONNX file: {error}.") from None
    if not model.graph.node:
        raise InvalidFileError(f"{path} is not an ONNX file, or holds no network.")
    return model


def _settled(model: Any, path: Path, size: tuple[int, int] | None) -> Any:
    """Give every input a whole shape, and forget the shapes inside, which may have been worked out for another."""
    stored = {tensor.name for tensor in model.graph.initializer}
    for value in model.graph.input:
        if value.name in stored:
            continue
        dims = value.type.tensor_type.shape.dim
        wanted = [1, None, *size] if size is not None and len(dims) == 4 else [1]
        for place, dim in enumerate(dims):
            want = wanted[place] if place < len(wanted) else None
            if dim.dim_value > 0:
                if place and want not in (None, dim.dim_value):
                    raise ShapeError(
                        f"{path.name} was exported for {dims[2].dim_value}×{dims[3].dim_value} pixels only."
                    )
            elif want is None:
                raise ShapeError(f"{path.name} leaves the size of {value.name!r} open; say it, e.g. --input 256x192.")
            else:
                dim.dim_value = want
    del model.graph.value_info[:]
    return model


def _shapes(model: Any, path: Path) -> Mapping[str, tuple[int, ...]]:
    """Work out the shape of every value; those that stay open are left out."""
    import onnx

    for value in model.graph.output:
        value.type.tensor_type.ClearField("shape")
    try:
        inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True).graph
    except Exception as error:
        raise InvalidFileError(f"The shapes in {path.name} do not fit together: {error}.") from None
    values = (*inferred.input, *inferred.value_info, *inferred.output)
    dims = {value.name: value.type.tensor_type.shape.dim for value in values}
    whole = {name: tuple(dim.dim_value for dim in known) for name, known in dims.items()}
    return {name: shape for name, shape in whole.items() if all(shape)}


def _stored(model: Any) -> dict[str, tuple[int, ...]]:
    """Return the shapes of what the file stores; exporters store equal values once, and pass them on by Identity."""
    stored = {tensor.name: tuple(tensor.dims) for tensor in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Identity" and node.input[0] in stored:
            stored[node.output[0]] = stored[node.input[0]]
    return stored


def _call(node: Any, shapes: Mapping[str, tuple[int, ...]], stored: Mapping[str, tuple[int, ...]], path: Path) -> Call:
    names = [name for name in node.input if name][: OPTIONAL.get(node.op_type)]
    open_ones = [name for name in (*names, node.output[0]) if name not in shapes]
    if open_ones and node.op_type not in FREE:
        raise InvalidFileError(f"The shape of {open_ones[0]!r} in {path.name} cannot be worked out.")
    inputs = [shapes.get(name, ()) for name in names]
    return describe(node, inputs, shapes.get(node.output[0], ()), weights=[name in stored for name in names])


def _parameters(model: Any, stored: Mapping[str, tuple[int, ...]]) -> set[str]:
    """Return the names of stored values that can be learnt: not statistics, shapes or sizes."""
    learnt: set[str] = set()
    for node in model.graph.node:
        count = len(node.input) if node.op_type in LEARNT_EVERYWHERE else PARAMETERS.get(node.op_type, 0)
        learnt.update(name for name in list(node.input)[:count] if name in stored)
    return learnt
