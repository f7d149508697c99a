"""Statically known properties of a value in an ONNX file."""

from dataclasses import dataclass
from typing import Any

Dims = tuple[int, ...]

FLOATS = frozenset({1, 10, 11, 16})
"""Element types of learnt tensors by their onnx number: float, float16, double and bfloat16."""
INDICES = frozenset({7, 8, 9})
"""Element types that no weight has: int64, string and bool."""

SMALL = 4096
"""Maximum number of elements of a constant whose content is tracked: shapes and indices, not weights."""


@dataclass(frozen=True)
class Value:
    """A value: its type and shape, and the content of a small constant."""

    type: Any = None
    """`onnx.TypeProto`; None if nothing is known."""
    content: Any = None
    """`onnx.TensorProto` of a small constant."""
    constant: bool = False
    """Whether it is the same for every input of the network."""
    stored: frozenset[str] = frozenset()
    """Names of the stored tensors from which it is computed."""
    scale: bool = False
    """Whether it is the scale of a dynamic quantisation."""

    @property
    def dims(self) -> Dims | None:
        """The shape if it is complete, else None."""
        if self.type is None or not self.type.HasField("tensor_type") or not self.type.tensor_type.HasField("shape"):
            return None
        dims = self.type.tensor_type.shape.dim
        return tuple(dim.dim_value for dim in dims) if all(dim.HasField("dim_value") for dim in dims) else None


def tensor_type(element: int, dims: Dims) -> Any:
    """Return the `onnx.TypeProto` of a tensor."""
    from onnx.helper import make_tensor_type_proto

    return make_tensor_type_proto(element, dims)


def attributes(node: Any) -> dict[str, Any]:
    """Return a node's attributes by name; strings are `str`."""
    from onnx.helper import get_attribute_value

    found = {attribute.name: get_attribute_value(attribute) for attribute in node.attribute}
    return {
        name: value.decode(errors="replace") if isinstance(value, bytes) else value for name, value in found.items()
    }


def operator(node: Any) -> str:
    """Return the name of a node's operator, with its domain unless it is an operator of ONNX.

    >>> from onnx.helper import make_node
    >>> operator(make_node("Relu", ["x"], ["y"])), operator(make_node("Gelu", ["x"], ["y"], domain="com.microsoft"))
    ('Relu', 'com.microsoft.Gelu')
    """
    return node.op_type if node.domain in ("", "ai.onnx") else f"{node.domain}.{node.op_type}"
