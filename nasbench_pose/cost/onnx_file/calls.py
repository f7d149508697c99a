"""Describe a node as a `Call` with the quantities that conventions count."""

from collections.abc import Sequence
from math import prod

from nasbench_pose.cost.call import Call
from nasbench_pose.cost.onnx_file.operators import NAMES
from nasbench_pose.cost.onnx_file.products import Product, Site
from nasbench_pose.cost.onnx_file.values import Value

QUANTITIES = ("macs", "macs_at_output", "biased", "inputs", "outputs", "affine", "rows")
"""Quantities of a call that grow with the number of times its node runs."""


def calls_of(product: Product, site: Site, label: str) -> list[Call]:
    """Return the call of a node with multiply-accumulates, and that of an activation fused into it."""
    read, made = prod(site.shapes[0] or ()), prod(site.output or ())
    at_output = product.macs if product.macs_at_output is None else product.macs_at_output
    calls = [Call(product.operation, label, product.macs, at_output, product.biased, read, made)]
    activation = site.attributes.get("activation")
    if isinstance(activation, str) and activation:
        calls.append(Call(_called(activation), label, inputs=made, outputs=made))
    return calls


def free_call(operator: str, site: Site, label: str, inputs: Sequence[Value | None]) -> Call:
    """Return the call of a node without multiply-accumulates."""
    name, first = _called(operator), site.shapes[0] if site.shapes else None
    read, rows = prod(first) if first is not None else 0, 0
    if operator in ("Resize", "Upsample"):
        mode = {"nearest": "upsample_nearest", "linear": "upsample_bilinear", "cubic": "upsample_bicubic"}
        name = mode.get(site.attributes.get("mode", "nearest"), "resize")
    elif operator == "Clip" and _limits(site, inputs) == (0.0, 6.0):
        name = "relu6"
    elif name in ("softmax", "logsoftmax") and first:
        axis = site.attributes.get("axis", -1)
        rows = read // first[axis] if read and -len(first) <= axis < len(first) else 0
    affine = read if name.endswith("_norm") else 0
    return Call(name, label, inputs=read, outputs=prod(site.output or ()), affine=affine, rows=rows)


def _called(operator: str) -> str:
    return NAMES.get(operator, operator.rpartition(".")[2].lower())


def _limits(site: Site, inputs: Sequence[Value | None]) -> tuple[float, ...]:
    """Return the two limits of a Clip: inputs, or attributes in old files."""
    from onnx import numpy_helper

    old = site.attributes.get("min"), site.attributes.get("max")
    known = [value.content if value is not None else None for value in inputs[1:3]]
    new = [float(numpy_helper.to_array(content).reshape(-1)[0]) for content in known if content is not None]
    return tuple(new) if len(new) == 2 else tuple(float(limit) for limit in old if limit is not None)
