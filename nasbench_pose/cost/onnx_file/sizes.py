"""The shapes of a file's inputs: fixed by the file or set by the user, with a batch of one."""

import re
from collections.abc import Mapping
from typing import Any

from nasbench_pose.cost.onnx_file.operators import MAYBE_WEIGHTS, WEIGHTS
from nasbench_pose.cost.onnx_file.reading import graphs
from nasbench_pose.cost.onnx_file.values import FLOATS, Dims, attributes, operator
from nasbench_pose.errors import InvalidFileError, ShapeError, UnknownNameError, nearest, printable

SEQUENCE = re.compile(r"seq|time|len|token|frame|step|^t$|^l$", re.IGNORECASE)
"""Names of a dynamic first dimension that is not a batch."""
SAME_PLACES = frozenset({"Identity", "Cast", "QuantizeLinear", "DequantizeLinear", "Sub", "Div", "Add", "Mul"})
"""Operators that do not change the order of an image's dimensions."""


def settle(
    model: Any, name: str, size: tuple[int, int] | None, said: Mapping[str, Dims]
) -> tuple[dict[str, Dims], frozenset[str]]:
    """Write a complete shape into every input of a model; return the inputs' shapes, and the inputs that are weights.

    `size` is the (height, width) of every image; `said` has complete shapes by name. A dynamic batch becomes 1. Raises
    ShapeError for a size that is missing or contradicts the file, UnknownNameError for an unknown input.
    """
    weights = _weights(model)
    stored = {tensor.name for tensor in model.graph.initializer}
    data = {value.name: value for value in model.graph.input if value.name not in weights | stored}
    if unknown := [wanted for wanted in said if wanted not in data]:
        known = ", ".join(map(printable, data)) or "none"
        raise UnknownNameError(f"{name} has no input {unknown[0]!r}; it has {known}.{nearest(unknown[0], data)}")
    symbols: dict[str, int] = {}
    for wanted, dims in said.items():
        _fill(data[wanted], dims, symbols, name)
    changed = bool(said)
    for value in data.values():
        if value.name not in said:
            changed |= _complete(model, value, size, symbols, name)
    if changed:  # inner shapes in the file may be those of another input size
        del model.graph.value_info[:]
        for value in model.graph.output:
            if value.type.HasField("tensor_type"):
                value.type.tensor_type.ClearField("shape")
    shapes = {value.name: tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim) for value in data.values()}
    return shapes, weights


def _fill(value: Any, dims: Dims, symbols: dict[str, int], name: str) -> None:
    """Set the shape of an input to that of the user, and record the sizes of its symbolic dimensions."""
    shape = _tensor(value, name).shape
    known = tuple(shape.dim) if value.type.tensor_type.HasField("shape") else None
    if known is None:
        for size in dims:
            shape.dim.add().dim_value = size
        return
    fits = len(known) == len(dims) and all(
        dim.dim_value in (size, 0, -1) for dim, size in zip(known, dims, strict=True)
    )
    if not fits:
        fixed = "×".join(str(dim.dim_value) if dim.dim_value > 0 else printable(dim.dim_param) or "?" for dim in known)
        asked = "x".join(map(str, dims))
        raise ShapeError(f"Input {printable(value.name)!r} of {name} is {fixed}; {asked} does not fit.")
    for dim, size in zip(known, dims, strict=True):
        if dim.dim_param and symbols.setdefault(dim.dim_param, size) != size:
            raise ShapeError(
                f"{name}: {printable(dim.dim_param)!r} cannot be both {symbols[dim.dim_param]} and {size}."
            )
        dim.dim_value = size


def _complete(model: Any, value: Any, size: tuple[int, int] | None, symbols: Mapping[str, int], name: str) -> bool:
    """Complete the shape of an input with the image size and a batch of one; return whether it was dynamic."""
    tensor = _tensor(value, name)
    label, example = repr(printable(value.name)), _example(value)
    if not tensor.HasField("shape"):
        raise ShapeError(f"{name} has no shape for {label}; set it, e.g. --input {example}.")
    dims = list(tensor.shape.dim)
    wanted = _wanted(model, value, dims, size)
    if wanted is None:
        raise ShapeError(
            f"Input {label} of {name} has {len(dims)} dimensions and is not an image; set it: --input {example}."
        )
    batch = 1 if dims and _is_sequence(model, value, dims) else 0
    opened = False
    for place, dim in enumerate(dims):
        want = wanted.get(place)
        if dim.dim_value > 0:
            if want not in (None, dim.dim_value):
                height, width = (dims[spot].dim_value for spot in wanted)
                raise ShapeError(f"{name} was exported for {height}×{width} pixels only.")
            continue
        opened = True
        if want is None:
            want = symbols.get(dim.dim_param) if dim.dim_param else None
        if want is None and place == batch:
            want = 1
        if want is None:
            short = "" if len(dims) != 4 or place < 2 else " or 256x192"
            raise ShapeError(f"{name} leaves the size of {label} open; set it, e.g. --input {example}{short}.")
        dim.dim_value = want
    return opened


def _wanted(model: Any, value: Any, dims: list[Any], size: tuple[int, int] | None) -> dict[int, int] | None:
    """Return the axes of height and width with their sizes; None if `size` cannot apply to the input."""
    if size is None or len(dims) < 3:
        return {}
    if len(dims) > 4:
        return None
    first = 1 if len(dims) == 3 or _channels_last(model, value, dims) else 2
    return {first: size[0], first + 1: size[1]}


def _channels_last(model: Any, value: Any, dims: list[Any]) -> bool:
    """Return whether an image is (n, height, width, channels): the file transposes it, or its last axis is short."""
    names = {value.name}
    for node in model.graph.node:
        if not names.intersection(node.input):
            continue
        if node.op_type == "Transpose":
            return list(attributes(node).get("perm", ())) == [0, 3, 1, 2]
        if node.op_type in ("Conv", "QLinearConv", "ConvInteger"):
            return False
        if node.op_type in SAME_PLACES:
            names.update(node.output[:1])
    channels, last = dims[1].dim_value, dims[3].dim_value
    return 0 < last <= 4 and not 0 < channels <= 4


def _is_sequence(model: Any, value: Any, dims: list[Any]) -> bool:
    """Return whether the first dimension is time: a recurrent operator reads it step by step, or its name says so."""
    for node in model.graph.node:
        if node.op_type in ("LSTM", "GRU", "RNN") and node.input and node.input[0] == value.name:
            return not attributes(node).get("layout", 0)
    return len(dims) > 1 and bool(SEQUENCE.search(dims[0].dim_param))


def _tensor(value: Any, name: str) -> Any:
    if not value.type.HasField("tensor_type"):
        kind = value.type.WhichOneof("value")
        what = kind.removesuffix("_type") if kind else "without a type"
        raise InvalidFileError(f"Input {printable(value.name)!r} of {name} is no tensor ({what}), and is not counted.")
    return value.type.tensor_type


def _example(value: Any) -> str:
    """Return an example of the option that sets the shape of an input."""
    usual = {1: (1,), 2: (1, 128), 3: (1, 128, 256), 4: (1, 3, 256, 192), 5: (1, 3, 16, 112, 112)}
    tensor = value.type.tensor_type
    dims = tensor.shape.dim if tensor.HasField("shape") else [None] * 4
    sizes = usual.get(len(dims), (1,) * len(dims))
    known = (
        dim.dim_value if dim is not None and dim.dim_value > 0 else size for dim, size in zip(dims, sizes, strict=True)
    )
    return f"{printable(value.name)}={'x'.join(map(str, known))}"


def _weights(model: Any) -> frozenset[str]:
    """Return the inputs that are weights, as in files without stored parameters."""
    stored = {tensor.name for tensor in model.graph.initializer}
    every = [node for graph in graphs(model.graph) for node in graph.node]
    tensors = [*model.graph.initializer, *(a.t for node in every if node.op_type == "Constant" for a in node.attribute)]
    empty = not any(tensor.data_type in FLOATS and tensor.dims for tensor in tensors)
    places: dict[str, list[tuple[bool, bool]]] = {}
    for node in every:
        sure, maybe = WEIGHTS.get(operator(node), set()), MAYBE_WEIGHTS.get(operator(node), set())
        for place, name in enumerate(node.input):
            places.setdefault(name, []).append((place in sure, place in sure or (empty and place in maybe)))
    data = [value for value in model.graph.input if value.name not in stored]
    fixed = {value.name: dims for value in data if (dims := _fixed_floats(value))}
    sure_ones = {name for name in fixed if name in places and all(certain for certain, _ in places[name])}
    rest = [value for value in data if value.name not in sure_ones]
    # A possible weight does not have the batch size of the first input.
    batch = fixed.get(rest[0].name, (0,))[0] if rest else 0
    maybe_ones = {
        value.name
        for value in rest[1:]
        if value.name in fixed and value.name in places and all(possible for _, possible in places[value.name])
    }
    return frozenset(sure_ones | {name for name in maybe_ones if fixed[name][0] != batch})


def _fixed_floats(value: Any) -> Dims:
    tensor = value.type.tensor_type
    dims = tuple(dim.dim_value for dim in tensor.shape.dim)
    return dims if tensor.elem_type in FLOATS and all(size > 0 for size in dims) else ()
