"""Infer shapes and small constants of a node's outputs, with onnx, or with ONNX Runtime for its own operators."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import prod
from pathlib import Path
from typing import Any

from nasbench_pose.cost.onnx_file.values import SMALL, Dims, Value, operator, tensor_type
from nasbench_pose.errors import InvalidFileError, printable

SHRINKING = frozenset({"NonZero", "Unique", "Compress", "NonMaxSuppression"})
"""Operators whose output shape depends on values, but is no larger than their input."""
EQUATION = re.compile(r"(?:[A-Za-z, ]|\.\.\.)+(?:->(?:[A-Za-z ]|\.\.\.)*)?")
"""The syntax of an Einsum's equation."""
RANDOM = frozenset(
    {"RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Bernoulli", "Multinomial"}
)
"""Operators whose outputs are not constants."""


class Inference:
    """Infers the outputs of the nodes of a model, one by one. The shapes of the model's inputs are complete."""

    def __init__(self, model: Any, path: Path) -> None:
        self.model, self.path = model, path
        self.opsets = {opset.domain: opset.version for opset in model.opset_import}
        self.said = {value.name: value.type for value in (*model.graph.value_info, *model.graph.output)}
        self._runtime: dict[str, Any] | None = None

    def outputs(self, node: Any, inputs: Sequence[Value | None]) -> list[Value]:
        """Return the known types and constants of a node's outputs. Raises InvalidFileError if shapes do not match."""
        types, wrong = self._types(node, inputs)
        constant = all(value is None or value.constant for value in inputs) and node.op_type not in RANDOM
        if node.op_type in ("Shape", "Size") and inputs[0] is not None and inputs[0].dims is not None:
            constant, inputs = True, [_blank(inputs[0].dims)]  # the shape of an image does not depend on its pixels
        contents = self._contents(node, inputs, types) if constant else {}
        made = []
        if wrong and (node.op_type == "Einsum" or not all(self._elsewhere(name) for name in node.output if name)):
            raise InvalidFileError(f"The shapes in {self.path.name} do not fit together at {wrong}.")
        for name in node.output:
            known = Value(types.get(name), contents.get(name), constant)
            if known.content is not None:
                known = Value(tensor_type(known.content.data_type, tuple(known.content.dims)), known.content, True)
            elif name and known.dims is None:
                known = Value(self._elsewhere(name) or known.type, None, constant)
            made.append(known)
        return made

    def _types(self, node: Any, inputs: Sequence[Value | None]) -> tuple[Mapping[str, Any], str]:
        """Return the types of the outputs that onnx infers, and its error if the types of the inputs do not match."""
        import onnx

        domain = "" if node.domain == "ai.onnx" else node.domain
        known = {name: value for name, value in zip(node.input, inputs, strict=True) if value is not None}
        if any(value.type is None for value in known.values()):
            return {}, ""
        try:
            schema = onnx.defs.get_schema(node.op_type, self.opsets.get(domain, 1), domain)
        except Exception:  # this version of onnx does not have the operator
            return {}, ""
        imported = [onnx.helper.make_opsetid(name, version) for name, version in self.opsets.items()]
        types = {name: value.type for name, value in known.items()}
        data = {name: value.content for name, value in known.items() if value.content is not None}
        equation = next((a.s.decode(errors="replace") for a in node.attribute if a.name == "equation"), "")
        if node.op_type == "Einsum" and not EQUATION.fullmatch(equation):  # onnx would not end
            return {}, f"{printable(node.name or node.output[0])!r}: {printable(equation)!r} is not an equation"
        try:
            return onnx.shape_inference.infer_node_outputs(schema, node, types, data, opset_imports=imported), ""
        except Exception as error:
            return {}, f"{printable(node.name or node.output[0])!r}: {printable(error)}"

    def _contents(self, node: Any, inputs: Sequence[Value | None], types: Mapping[str, Any]) -> Mapping[str, Any]:
        """Compute a node with small constant inputs by onnx's reference implementation."""
        import numpy as np
        from onnx import numpy_helper
        from onnx.reference import ReferenceEvaluator

        given = [value for value in inputs if value is not None]
        shapes = [Value(types.get(name)).dims for name in node.output]
        small = all(shape is not None and prod(shape) <= SMALL for shape in shapes) or node.op_type in SHRINKING
        if operator(node) != node.op_type or not small or any(value.content is None for value in given):
            return {}
        try:
            feeds = {
                name: value.content if isinstance(value.content, np.ndarray) else numpy_helper.to_array(value.content)
                for name, value in zip(node.input, inputs, strict=True)
                if value is not None
            }
            with np.errstate(all="ignore"):
                results = ReferenceEvaluator(node, opsets=self.opsets).run(None, feeds)
            # It makes an array of one element where the result is a scalar.
            sized = [
                np.reshape(result, np.shape(result) if shape is None or prod(shape) != np.size(result) else shape)
                for result, shape in zip(results, shapes, strict=True)
            ]
            return {
                name: numpy_helper.from_array(np.asarray(result), name)
                for name, result in zip(node.output, sized, strict=True)
                if name and np.size(result) <= SMALL
            }
        except Exception:  # without a reference implementation, the constant is unknown
            return {}

    def _elsewhere(self, name: str) -> Any:
        """Return a type with a complete shape from ONNX Runtime, or from the file; None if neither has one."""
        if self._runtime is None:
            self._runtime = _known_to_runtime(self.model, self.path)
        for found in (self._runtime.get(name), self.said.get(name)):
            if Value(found).dims is not None:
                return found
        return None


def _blank(dims: Dims) -> Value:
    """Return a value of the shape whose content takes no memory."""
    import numpy as np

    return Value(tensor_type(1, dims), np.broadcast_to(np.float32(0), dims), True)


def _known_to_runtime(model: Any, path: Path) -> dict[str, Any]:
    """Return the types of a model's values from ONNX Runtime; none if it cannot load the model."""
    try:
        import onnx
        import onnxruntime
    except ImportError:
        return {}
    every = onnx.ModelProto.FromString(model.SerializeToString())
    names = {value.name for value in every.graph.output}
    made = {name: None for node in every.graph.node for name in node.output if name and name not in names}
    every.graph.output.extend(onnx.ValueInfoProto(name=name) for name in made)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # nothing
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(path.parent))
    try:
        session = onnxruntime.InferenceSession(every.SerializeToString(), options, providers=["CPUExecutionProvider"])
    except Exception:  # it does not have an operator of the model, either
        return {}
    elements = {f"tensor({name})": number for name, number in _ELEMENTS.items()}
    known = {}
    for value in session.get_outputs():
        sizes = value.shape  # [] of a scalar, and of an unknown rank
        if value.type in elements and sizes and all(isinstance(size, int) and size >= 0 for size in sizes):
            known[value.name] = tensor_type(elements[value.type], tuple(sizes))
    return known


_ELEMENTS = {"float": 1, "uint8": 2, "int8": 3, "uint16": 4, "int16": 5, "int32": 6, "int64": 7, "bool": 9}
_ELEMENTS |= {"float16": 10, "double": 11, "uint32": 12, "uint64": 13, "bfloat16": 16}
