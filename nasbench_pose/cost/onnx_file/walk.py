"""Walk through the nodes of an ONNX file in order: record the calls of each and its learnt tensors."""

from __future__ import annotations

from collections import ChainMap, Counter
from collections.abc import Iterable, Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np

from nasbench_pose.cost.call import Call
from nasbench_pose.cost.onnx_file.blocked import unpadded
from nasbench_pose.cost.onnx_file.calls import QUANTITIES, calls_of, free_call
from nasbench_pose.cost.onnx_file.inference import Inference
from nasbench_pose.cost.onnx_file.operators import FIXED, RECURRENT, WEIGHTS, is_free
from nasbench_pose.cost.onnx_file.products import PRODUCTS, Site
from nasbench_pose.cost.onnx_file.soundness import check_content, check_convolution, check_size
from nasbench_pose.cost.onnx_file.values import FLOATS, INDICES, SMALL, Dims, Value, attributes, operator, tensor_type
from nasbench_pose.errors import InvalidFileError, printable


class Step(NamedTuple):
    """A call, and how it depends on the input images."""

    call: Call
    independent: int = 0
    """Number of equal, independent parts of its products; 0 without products."""
    constant: bool = False
    """Whether it is the same for every image."""
    steps_first: bool = False
    """Whether it is a recurrent operator whose input has time as its first axis."""


class Stored(NamedTuple):
    """A tensor in the file: its number of elements, whether they are floats, and whether it is a scalar."""

    numbers: int
    floats: bool
    scalar: bool


class Walk:
    """The values, calls and weights of a graph and its subgraphs."""

    def __init__(self, inference: Inference, file: str) -> None:
        self.inference, self.file = inference, file
        self.values: ChainMap[str, Value] = ChainMap()
        self.stored: dict[str, Stored] = {}
        self.tensors: dict[str, Any] = {}
        """Name -> `onnx.TensorProto`. Only the content of blocked weights shows their padding."""
        self.steps: list[Step] = []
        self.uncounted: Counter[str] = Counter()
        self.learnt: set[str] = set()
        self.packed = 0
        """Number of learnt values that are not in tensors."""

    @property
    def params(self) -> int:
        """Number of learnt values; shared ones count once."""
        return self.packed + sum(self.stored[name].numbers for name in self.learnt)

    def start(self, graph: Any, weights: Iterable[str]) -> None:
        """Add the inputs of the outermost graph; `weights` are the inputs that are weights."""
        for value in graph.input:
            self.values[value.name] = Value(value.type)
            if value.name in weights:
                numbers = prod(dim.dim_value for dim in value.type.tensor_type.shape.dim)
                self.stored[value.name] = Stored(numbers, True, False)
                self.values[value.name] = Value(value.type, None, True, frozenset([value.name]))

    def run(self, graph: Any) -> None:
        """Walk through a graph whose inputs are known."""
        for tensor in graph.initializer:
            self._store(tensor.name, tensor)
            self.tensors[tensor.name] = tensor
        for sparse in graph.sparse_initializer:
            self._store(sparse.values.name, sparse.values, tuple(sparse.dims))
        for node in graph.node:
            self._node(node)

    def inside(self) -> Walk:
        """Return a walk for a subgraph, which can read all values of this graph."""
        walk = Walk(self.inference, self.file)
        walk.values, walk.stored, walk.tensors = self.values.new_child(), self.stored, dict(self.tensors)
        return walk

    def absorb(self, walk: Walk, *, times: int = 1) -> None:
        """Add the calls and weights of a subgraph that runs `times` times."""
        self.learnt |= walk.learnt
        self.packed += walk.packed
        self.uncounted.update({name: times * count for name, count in walk.uncounted.items()})
        self.steps += [step._replace(call=_times(step.call, times)) for step in walk.steps]

    def read(self, name: str) -> Value:
        """Return the known properties of a value; raise InvalidFileError if no node makes it."""
        if name not in self.values:
            raise InvalidFileError(f"A node of {self.file} reads {printable(name)!r}, which nothing makes.")
        return self.values[name]

    def _store(self, name: str, tensor: Any, dims: Dims | None = None) -> None:
        shape, small = tuple(tensor.dims) if dims is None else dims, prod(tensor.dims) <= SMALL
        if any(size < 0 for size in (*shape, *tensor.dims)):
            raise InvalidFileError(f"{self.file} is not a sound ONNX file: {printable(name)!r} has a negative size.")
        if tensor.data_location == 0 and dims is None:
            check_content(tensor, self.file)
        inside = tensor.data_location == 0 and small and dims is None
        key = f"{len(self.stored)} {name}"  # subgraphs may use the same names
        self.stored[key] = Stored(prod(tensor.dims), tensor.data_type in FLOATS, not shape)
        made = frozenset([key]) if tensor.data_type not in INDICES else frozenset[str]()
        self.values[name] = Value(tensor_type(tensor.data_type, shape), tensor if inside else None, True, made)

    def _node(self, node: Any) -> None:
        from nasbench_pose.cost.onnx_file.control_flow import CONTROL

        if (control := CONTROL.get(operator(node))) is not None:
            control(self, node)
            return
        inputs = [self.read(name) if name else None for name in node.input]
        if node.op_type == "Constant" and (tensor := _constant(node)) is not None:
            self._store(node.output[0], tensor)
            return
        outputs = self.inference.outputs(node, inputs)
        constant = all(value is None or value.constant for value in inputs)
        self._learn(node, inputs, constant)
        made = self._made_of(node, inputs) if constant else frozenset[str]()
        for place, (name, value) in enumerate(zip(node.output, outputs, strict=True)):
            check_size(name, value.dims, self.file)
            scale = node.op_type == "DynamicQuantizeLinear" and place > 0
            self.values[name] = Value(value.type, value.content, value.constant, made, scale)
        self._count(node, inputs, outputs, constant)

    def _made_of(self, node: Any, inputs: Sequence[Value | None]) -> frozenset[str]:
        """Return the stored tensors from which a constant is computed."""
        if node.op_type == "Identity" and inputs[0] is not None:
            # torch stores equal parameters once, and copies them by Identity; it uses tied ones without a copy.
            copies = {f"{key} as {node.output[0]}": self.stored[key] for key in inputs[0].stored}
            self.stored.update(copies)
            return frozenset(copies)
        places = enumerate(inputs)
        fixed = FIXED.get(operator(node), set())
        return frozenset[str]().union(*(value.stored for place, value in places if value and place not in fixed))

    def _learn(self, node: Any, inputs: Sequence[Value | None], constant: bool) -> None:
        """Record the stored tensors that this node combines with an image as learnt.

        Scalars are factors and limits, not weights, unless they are an input for weights.
        """
        name = operator(node)
        fixed, weights = FIXED.get(name, set()), WEIGHTS.get(name, set())
        stepped = any(value is not None and value.scale for value in inputs)  # the scale of an int8 weight
        for place, value in enumerate(inputs):
            if value is None or not value.constant or place in fixed:
                continue
            if not value.stored and place in weights and value.dims and not constant:  # made by ConstantOfShape
                self.stored[node.input[place]] = Stored(prod(value.dims), True, False)
                self.learnt.add(node.input[place])
            for key in value.stored:
                tensor = self.stored[key]
                sure = place in weights or (name in PRODUCTS and place > 0)
                if constant and not (name == "DequantizeLinear" and place == 0):
                    continue
                if constant:
                    self.stored[key] = tensor._replace(floats=True)  # quantised weights
                elif sure or (tensor.floats and not tensor.scalar and not stepped):
                    self.learnt.add(key)

    def _count(self, node: Any, inputs: Sequence[Value | None], outputs: Sequence[Value], constant: bool) -> None:
        name = operator(node)
        shapes = [value.dims if value is not None else None for value in inputs]
        stored = [value is not None and bool(value.stored) for value in inputs]
        output = outputs[0].dims if outputs else None
        if name == "com.microsoft.nchwc.Conv" and node.input[1] in self.tensors and output:
            shapes[1] = real = unpadded(self.tensors[node.input[1]], attributes(node))
            output = (output[0], real[0], *output[2:])
            self._shrink(inputs[1], prod(real))
            self._shrink(inputs[2] if len(inputs) > 2 else None, real[0])
        site = Site(attributes(node), shapes, output, stored)
        label = node.name or next(iter(node.output), "")
        check_convolution(name, site, label, self.file)
        if name in PRODUCTS:
            try:
                product = PRODUCTS[name](site)
            except (LookupError, ValueError, ZeroDivisionError):  # a missing shape or attribute
                self.uncounted[name] += 1
                return
            self.packed += product.params
            first = name in RECURRENT and not site.attributes.get("layout", 0)
            made = [Step(call, product.independent, constant, first) for call in calls_of(product, site, label)]
            self.steps += made
        elif is_free(name):
            self.steps.append(Step(free_call(name, site, label, inputs), 0, constant))
        else:
            self.uncounted[name] += 1

    def _shrink(self, value: Value | None, numbers: int) -> None:
        """Set the number of values of a stored tensor without its padding."""
        for key in value.stored if value is not None else ():
            self.stored[key] = self.stored[key]._replace(numbers=numbers)


def _times(call: Call, times: int) -> Call:
    return call._replace(**{quantity: getattr(call, quantity) * times for quantity in QUANTITIES})


def _constant(node: Any) -> Any:
    """Return the tensor of a Constant node; None if it is sparse or a string."""
    from onnx import numpy_helper

    values = attributes(node)
    if "value" in values:
        return values["value"]
    numbers = {"value_float": "float32", "value_floats": "float32", "value_int": "int64", "value_ints": "int64"}
    for name, kind in numbers.items():
        if name in values:
            return numpy_helper.from_array(np.asarray(values[name], kind), node.output[0])
    return None
