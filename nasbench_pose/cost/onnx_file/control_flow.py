"""Nodes with subgraphs: If, Loop and Scan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nasbench_pose.cost.onnx_file.values import Value, attributes, tensor_type
from nasbench_pose.errors import InvalidFileError

if TYPE_CHECKING:
    from nasbench_pose.cost.onnx_file.walk import Walk

ROUNDS = 64
"""Iterations of a loop that are counted one by one. The shapes in a longer loop must be constant by then."""
BOOL, INT64 = 9, 7


def branch(walk: Walk, node: Any) -> None:
    """Count an If: the branch that runs if the condition is constant; else either branch, if their costs are equal."""
    known = attributes(node)
    branches = [known["then_branch"], known["else_branch"]]
    condition = _number(walk.read(node.input[0]))
    if condition is not None:
        branches = branches[:1] if condition else branches[1:]
    walks = [_inner(walk, graph, ()) for graph in branches]
    results = [[inner.read(value.name) for value in graph.output] for inner, graph in zip(walks, branches, strict=True)]
    costs = {sum(step.call.macs for step in inner.steps) for inner in walks}
    if len(costs) == 1:
        walk.absorb(walks[0])
    else:
        walk.uncounted["If"] += 1
    for inner in walks:
        walk.learnt |= inner.learnt
    for name, *values in zip(node.output, *results, strict=False):
        first = values[0]
        same = all(value.dims == first.dims for value in values)
        walk.values[name] = first if len(values) == 1 else Value(first.type if same else None)


def loop(walk: Walk, node: Any) -> None:
    """Count a Loop: its body times its iterations, if they are constant. A body with products is else uncounted."""
    body = attributes(node)["body"]
    limit = _number(walk.read(node.input[0])) if node.input[0] else None
    if limit is not None and limit < 0:
        raise InvalidFileError(f"A Loop in {walk.file} has {limit} iterations; a number of 0 or more is needed.")
    going = _number(walk.read(node.input[1])) if len(node.input) > 1 and node.input[1] else True
    carried = [walk.read(name) for name in node.input[2:]]
    scanned: list[Value] = []
    done, certain = 0, going is not None
    while certain and going and done != limit:
        inner = _inner(walk, body, [_scalar(INT64, done), _scalar(BOOL, True), *carried])
        results = [inner.read(value.name) for value in body.output]
        going = _number(results[0])
        before, carried, scanned = carried, results[1 : len(carried) + 1], results[len(carried) + 1 :]
        settled = done >= ROUNDS and [value.dims for value in before] == [value.dims for value in carried]
        rounds = limit - done if settled and limit is not None else 1
        if going is None or (done >= ROUNDS and not (settled and limit)):
            certain = False
            break
        walk.absorb(inner, times=rounds)
        done += rounds
    if not certain:
        unknown = [Value(value.type) for value in carried]
        inner = _inner(walk, body, [_scalar(INT64, None), _scalar(BOOL, None), *unknown])
        walk.learnt |= inner.learnt
        if any(step.call.macs for step in inner.steps) or inner.uncounted:
            walk.uncounted["Loop"] += 1
        carried = [Value() for _ in carried]
    for name, value in zip(node.output, carried, strict=False):
        walk.values[name] = value
    for place, name in enumerate(node.output[len(carried) :]):
        known = scanned[place].dims if certain and place < len(scanned) else None
        made = tensor_type(scanned[place].type.tensor_type.elem_type, (done, *known)) if known is not None else None
        walk.values[name] = Value(made)


def scan(walk: Walk, node: Any) -> None:
    """Count a Scan: its body once for each slice of its scanned inputs."""
    known = attributes(node)
    body, count = known["body"], known["num_scan_inputs"]
    inputs = [walk.read(name) if name else Value() for name in node.input]
    states, slices = inputs[: len(inputs) - count], inputs[len(inputs) - count :]
    axes = known.get("scan_input_axes") or [0] * count
    cut, lengths = [], set()
    for value, axis in zip(slices, axes, strict=True):
        dims = list(value.dims or ())
        if not dims or len(inputs) != len(body.input):  # before opset 9, a Scan has a batch and sequence lengths
            walk.uncounted["Scan"] += 1
            _unknown(walk, node)
            return
        lengths.add(dims.pop(axis))
        cut.append(Value(tensor_type(value.type.tensor_type.elem_type, tuple(dims))))
    inner = _inner(walk, body, [*(Value(value.type) for value in states), *cut])
    length = min(lengths)
    walk.absorb(inner, times=length)
    results = [inner.read(value.name) for value in body.output]
    out_axes = known.get("scan_output_axes") or [0] * (len(results) - len(states))
    for place, (name, value) in enumerate(zip(node.output, results, strict=False)):
        if place >= len(states) and value.dims is not None:
            axis = out_axes[place - len(states)] % (len(value.dims) + 1)
            whole = (*value.dims[:axis], length, *value.dims[axis:])
            value = Value(tensor_type(value.type.tensor_type.elem_type, whole))
        walk.values[name] = value


def sequence_map(walk: Walk, node: Any) -> None:
    """Report a SequenceMap as uncounted: sequences have no shapes."""
    walk.uncounted["SequenceMap"] += 1
    _unknown(walk, node)


CONTROL: dict[str, Callable[[Walk, Any], None]] = {
    "If": branch,
    "Loop": loop,
    "Scan": scan,
    "SequenceMap": sequence_map,
}
"""Operator -> the function that counts its subgraphs."""


def _inner(walk: Walk, graph: Any, inputs: Sequence[Value]) -> Walk:
    """Walk through a subgraph of a node."""
    inner = walk.inside()
    if len(inputs) != len(graph.input):
        raise InvalidFileError(f"A subgraph of a node in {walk.file} has {len(graph.input)} inputs, not {len(inputs)}.")
    for value, given in zip(graph.input, inputs, strict=True):
        inner.values[value.name] = given if given.type is not None else Value(value.type)
    inner.run(graph)
    return inner


def _unknown(walk: Walk, node: Any) -> None:
    for name in node.output:
        walk.values[name] = Value()


def _scalar(element: int, content: int | None) -> Value:
    from onnx import numpy_helper

    kind = np.bool_ if element == BOOL else np.int64
    tensor = numpy_helper.from_array(np.asarray(content, kind)) if content is not None else None
    return Value(tensor_type(element, ()), tensor, tensor is not None)


def _number(value: Value) -> Any:
    """Return the value of a scalar constant; None if it is unknown."""
    from onnx import numpy_helper

    if value.content is None:
        return None
    numbers = numpy_helper.to_array(value.content).reshape(-1)
    return numbers[0].item() if len(numbers) else None
