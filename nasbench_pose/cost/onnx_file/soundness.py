"""Checks of an ONNX file that shape inference does not make; each raises InvalidFileError."""

from collections import Counter
from math import prod
from typing import Any

from nasbench_pose.cost.onnx_file.products import Site
from nasbench_pose.cost.onnx_file.values import Dims
from nasbench_pose.errors import InvalidFileError, printable

CONVOLUTIONS = {"Conv": 1, "ConvInteger": 1, "QLinearConv": 3, "com.microsoft.FusedConv": 1, "ConvTranspose": 1}
"""Operator -> the input that is its weight: (out, in / groups, ...), of a transposed one (in, out / groups, ...)."""
PADDINGS = ("NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID")
PACKED = {21: 4, 22: 4, 23: 4, 25: 2, 26: 2}
"""Element type by its onnx number -> bits, of those with several elements in a byte."""
IN_FIELDS = {1: "float_data", 7: "int64_data", 11: "double_data"}
"""Element type by its onnx number -> the field with one entry for each element."""


def check_versions(model: Any, file: str) -> None:
    """Raise for a version of ONNX's operators that the installed onnx does not know."""
    import onnx

    newest = onnx.defs.onnx_opset_version()
    for opset in model.opset_import:
        if opset.domain in ("", "ai.onnx") and not 1 <= opset.version <= newest:
            raise InvalidFileError(
                f"{file} uses operators of opset {opset.version}; onnx {onnx.__version__} knows 1 to {newest}."
            )


def check_outputs(graph: Any, file: str) -> None:
    """Raise if two nodes of a graph write one value."""
    for name, times in Counter(name for node in graph.node for name in node.output if name).items():
        if times > 1:
            raise InvalidFileError(
                f"{times} outputs of nodes in {file} are called {printable(name)!r}; names are unique."
            )


def check_content(tensor: Any, file: str) -> None:
    """Raise for a stored tensor with more or less content than its shape. One without any content passes."""
    from onnx.helper import tensor_dtype_to_np_dtype

    numbers, what = prod(tensor.dims), f"{printable(tensor.name)!r} in {file}"
    if tensor.raw_data:
        bits = PACKED.get(tensor.data_type) or 8 * tensor_dtype_to_np_dtype(tensor.data_type).itemsize
        if (needed := -(-numbers * bits // 8)) != len(tensor.raw_data):
            raise InvalidFileError(f"{what} has {len(tensor.raw_data):,} bytes; its shape needs {needed:,}.")
    elif (field := IN_FIELDS.get(tensor.data_type)) and (there := len(getattr(tensor, field))) not in (0, numbers):
        raise InvalidFileError(f"{what} has {there:,} numbers; its shape needs {numbers:,}.")


def check_size(name: str, dims: Dims | None, file: str) -> None:
    """Raise for a value of negative size, such as the output of a kernel that is larger than the image."""
    if dims is not None and any(size < 0 for size in dims):
        raise InvalidFileError(
            f"{printable(name)!r} in {file} has the size {'×'.join(map(str, dims))}; the input is too small."
        )


def check_convolution(operator: str, site: Site, label: str, file: str) -> None:
    """Raise for attributes of a convolution that contradict the shapes of its image and its weight."""
    if (place := CONVOLUTIONS.get(operator)) is None or not (site.has(0) and site.has(place)):
        return
    image, weight, known = site[0], site[place], site.attributes
    groups, kernel = known.get("group", 1), known.get("kernel_shape")
    padding = known.get("auto_pad") or "NOTSET"
    transposed = operator == "ConvTranspose"
    wrong = ""
    if groups < 1 or weight[0] % groups:
        wrong = f"{weight[0]} channels of the weight cannot be split into {groups} groups"
    elif image[1] != (weight[0] if transposed else groups * weight[1]):
        wrong = f"its image has {image[1]} channels, its weight {weight[0] if transposed else groups * weight[1]}"
    elif kernel and tuple(kernel) != weight[2:]:
        wrong = f"kernel_shape is {'×'.join(map(str, kernel))}, that of its weight {'×'.join(map(str, weight[2:]))}"
    elif padding not in PADDINGS:
        wrong = f"auto_pad is {printable(padding)!r}; known: {', '.join(PADDINGS)}"
    if wrong:
        raise InvalidFileError(f"The {operator} {printable(label)!r} in {file} is wrong: {wrong}.")
