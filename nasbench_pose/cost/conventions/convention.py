"""What a convention is: for each operation, how often each quantity of a call is counted."""

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
"""The operations of our graphs that have no products; a convention that counts them says so."""


@dataclass(frozen=True)
class Convention:
    """A documented way of counting one forward pass on one image."""

    name: str
    unit: str
    """What the number counts, as printed."""
    giga: int
    """What the convention's own "G" divides by."""
    rules: Rules
    """What is counted; a tool that counts by a convention has no more rules than these."""
    description: str
    verified: str
    """What the rules were held against, to the last unit."""
    per_mac: int = 1
    """How much a multiply-accumulate counts."""


def measure(rules: Rules, call: Call) -> int:
    """Return what `rules` say of one call; raise NasbenchPoseError for an operation they do not name.

    >>> measure({"relu": {"outputs": 2}}, Call("relu", outputs=10))
    20
    """
    if (rule := rules.get(call.operation)) is None:
        raise NasbenchPoseError(f"No cost rule for the operation {call.operation!r} of layer {call.name!r}.")
    total = 0
    for quantity, times in rule.items():  # a loop: populations are counted layer by layer, and a generator is slower
        total += times * getattr(call, quantity)
    return total


def spelt(rule: Rule) -> str:
    """Return a rule as a person reads it.

    >>> spelt({"inputs": 2, "affine": 1}), spelt({})
    ('2 inputs + affine', '0')
    """
    terms = [quantity if times == 1 else f"{times} {quantity}" for quantity, times in rule.items()]
    return " + ".join(terms).replace("+ -", "− ").replace("_", " ") or "0"
