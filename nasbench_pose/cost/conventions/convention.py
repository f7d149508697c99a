"""Conventions: for each operation, how often each quantity of a call is counted."""

from collections.abc import Mapping
from dataclasses import dataclass

from nasbench_pose.cost.call import Call
from nasbench_pose.errors import NasbenchPoseError

Rule = Mapping[str, int]
"""Quantity of a `Call` -> how often it is counted; `{}` counts nothing."""
Rules = Mapping[str, Rule]
"""Operation -> rule."""


def same(rule: Rule, *operations: str) -> dict[str, Rule]:
    """Return one rule for several operations."""
    return dict.fromkeys(operations, rule)


_POINTWISE = ("batch_norm", "relu", "relu6", "sigmoid", "hardsigmoid", "hardswish", "silu", "add", "mul")
_POOLING = ("max_pool", "avg_pool", "adaptive_avg_pool")
_LAYOUT = ("input", "identity", "zero", "cat", "slice", "flatten", "pixel_shuffle", "channel_shuffle")
_RESIZING = ("upsample_nearest", "upsample_bilinear")
FREE: Rules = same({}, *_POINTWISE, *_POOLING, *_LAYOUT, *_RESIZING)
"""The operations of graphs without products; a convention counts them only if it has a rule for them."""


@dataclass(frozen=True)
class Convention:
    """A documented way of counting one forward pass on one image."""

    name: str
    unit: str
    """Name of the count in output."""
    giga: int
    """The unit G of the convention."""
    rules: Rules
    """Operation -> rule; a tool with this convention has no other rules."""
    description: str
    verified: str
    """The source whose totals the rules reproduce exactly."""
    per_mac: int = 1
    """Count of one multiply-accumulate."""


def measure(rules: Rules, call: Call) -> int:
    """Return the count of one call; raise NasbenchPoseError for an operation without a rule.

    >>> measure({"relu": {"outputs": 2}}, Call("relu", outputs=10))
    20
    """
    if (rule := rules.get(call.operation)) is None:
        raise NasbenchPoseError(f"No cost rule for the operation {call.operation!r} of layer {call.name!r}.")
    total = 0
    for (
        quantity,
        times,
    ) in rule.items():  # a loop is faster than a generator here, and populations are counted layer by layer
        total += times * getattr(call, quantity)
    return total


def spelt(rule: Rule) -> str:
    """Return a rule as readable text.

    >>> spelt({"inputs": 2, "affine": 1}), spelt({})
    ('2 inputs + affine', '0')
    """
    terms = [quantity if times == 1 else f"{times} {quantity}" for quantity, times in rule.items()]
    return " + ".join(terms).replace("+ -", "− ").replace("_", " ") or "0"
