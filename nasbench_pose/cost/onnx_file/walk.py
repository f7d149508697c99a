"""Going through the nodes of an ONNX file in order: what each calls, and which stored numbers it learns."""

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
from nasbench_pose.cost.onnx_file.values import FLOATS, INDICES, SMALL, Dims, Value, attributes, operator, tensor_type
from nasbench_pose.errors import InvalidFileError, printable


class Step(NamedTuple):
    """A call, and how it depends on the images that go in."""

    call: Call
    independent: int = 0
    """Equal parts into which its products fall; 0 if it has none."""
    constant: bool = False
    """Whether it is the same for every image."""
    steps_first: bool = False
    """Whether it is an RNN whose input has the time before the batch."""


class Stored(NamedTuple):
    """A tensor in the file."""

    numbers: int
    floats: bool
    scalar: bool


class Walk:
    """Everything that was seen on the way through a graph and the graphs inside it."""

    def __init__(self, inference: Inference, file: str) -> None:
        self.inference, self.file = inference, file
        self.values: ChainMap[str, Value] = ChainMap()
        self.stored: dict[str, Stored] = {}
        self.tensors: dict[str, Any] = {}
        """Name -> what the file stores; of weights in blocks, only the content says what is padding."""
        self.steps: list[Step] = []
        self.uncounted: Counter[str] = Counter()
        self.learnt: set[str] = set()
        self.packed = 0
        """Learnable numbers that are no tensors of their own."""

    @property
    def params(self) -> int:
        """Learnable numbers, shared ones once."""
        return self.packed + sum(self.stored[name].numbers for name in self.learnt)

    def start(self, graph: Any, weights: Iterable[str]) -> None:
        """Take in the inputs of the outermost graph; `weights` are those that are no images but stored elsewhere."""
        for value in graph.input:
            self.values[value.name] = Value(value.type)
            if value.name in weights:
                numbers = prod(dim.dim_value for dim in value.type.tensor_type.shape.dim)
                self.stored[value.name] = Stored(numbers, True, False)
                self.values[value.name] = Value(value.type, None, True, frozenset([value.name]))

    def run(self, graph: Any) -> None:
        """Go through a graph whose inputs are known."""
        for tensor in graph.initializer:
            self._store(tensor.name, tensor)
            self.tensors[tensor.name] = tensor
        for sparse in graph.sparse_initializer:
            self._store(sparse.values.name, sparse.values, tuple(sparse.dims))
        for node in graph.node:
            self._node(node)

    def inside(self) -> Walk:
        """Return a walk for a graph within this one, which sees all values of this one."""
        walk = Walk(self.inference, self.file)
        walk.values, walk.stored, walk.tensors = self.values.new_child(), self.stored, dict(self.tensors)
        return walk

    def absorb(self, walk: Walk, *, times: int = 1) -> None:
        """Add what was seen in a graph within this one, which runs that often."""
        self.learnt |= walk.learnt
        self.packed += walk.packed
        self.uncounted.update({name: times * count for name, count in walk.uncounted.items()})
        self.steps += [step._replace(call=_times(step.call, times)) for step in walk.steps]

    def read(self, name: str) -> Value:
        """Return what is known of a value; raise InvalidFileError if nothing makes it."""
        if name not in self.values:
            raise InvalidFileError(f"A node of {self.file} reads {printable(name)!r}, which nothing makes.")
        return self.values[name]

    def _store(self, name: str, tensor: Any, dims: Dims | None = None) -> None:
        shape, small = tuple(tensor.dims) if dims is None else dims, prod(tensor.dims) <= SMALL
        if any(size < 0 for size in (*shape, *tensor.dims)):
            raise InvalidFileError(f"{self.file} is not a sound ONNX file: {printable(name)!r} has a negative size.")
        inside = tensor.data_location == 0 and small and dims is None
        key = f"{len(self.stored)} {name}"  # graphs within others have names of their own
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
            scale = node.op_type == "DynamicQuantizeLinear" and place > 0
            self.values[name] = Value(value.type, value.content, value.constant, made, scale)
        self._count(node, inputs, outputs, constant)

    def _made_of(self, node: Any, inputs: Sequence[Value | None]) -> frozenset[str]:
        """Return the stored tensors that a constant is made of."""
        if node.op_type == "Identity" and inputs[0] is not None:
            # torch stores equal parameters once and passes them on so; tied ones it uses where they are.
            copies = {f"{key} as {node.output[0]}": self.stored[key] for key in inputs[0].stored}
            self.stored.update(copies)
            return frozenset(copies)
        places = enumerate(inputs)
        fixed = FIXED.get(operator(node), set())
        return frozenset[str]().union(*(value.stored for place, value in places if value and place not in fixed))

    def _learn(self, node: Any, inputs: Sequence[Value | None], constant: bool) -> None:
        """Note the stored numbers that meet an image here.

        Single numbers are factors and limits rather than weights, unless they stand where weights do.
        """
        name = operator(node)
        fixed, weights = FIXED.get(name, set()), WEIGHTS.get(name, set())
        stepped = any(value is not None and value.scale for value in inputs)  # the weight's step of int8
        for place, value in enumerate(inputs):
            if value is None or not value.constant or place in fixed:
                continue
            if not value.stored and place in weights and value.dims and not constant:  # filled in by ConstantOfShape
                self.stored[node.input[place]] = Stored(prod(value.dims), True, False)
                self.learnt.add(node.input[place])
            for key in value.stored:
                tensor = self.stored[key]
                sure = place in weights or (name in PRODUCTS and place > 0)
                if constant and not (name == "DequantizeLinear" and place == 0):
                    continue
                if constant:
                    self.stored[key] = tensor._replace(floats=True)  # whole numbers that stand for others
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
        if name in PRODUCTS:
            try:
                product = PRODUCTS[name](site)
            except (LookupError, ValueError, ZeroDivisionError):  # a shape or an attribute that is not there
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
        """Correct how many numbers a stored tensor has, of which the rest are padding."""
        for key in value.stored if value is not None else ():
            self.stored[key] = self.stored[key]._replace(numbers=numbers)


def _times(call: Call, times: int) -> Call:
    return call._replace(**{quantity: getattr(call, quantity) * times for quantity in QUANTITIES})


def _constant(node: Any) -> Any:
    """Return the tensor of a Constant node; None for a sparse one, or for texts."""
    from onnx import numpy_helper

    values = attributes(node)
    if "value" in values:
        return values["value"]
    numbers = {"value_float": "float32", "value_floats": "float32", "value_int": "int64", "value_ints": "int64"}
    for name, kind in numbers.items():
        if name in values:
            return numpy_helper.from_array(np.asarray(values[name], kind), node.output[0])
    return None
