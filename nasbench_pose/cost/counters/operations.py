"""Describe each operation that torch runs by its calls: name, multiply-accumulates and elements."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import torch
from torch import Tensor

from nasbench_pose.cost.call import Call
from nasbench_pose.cost.counters.free import Operation, decomposed, free_by_types, marked_free
from nasbench_pose.cost.counters.products import PRODUCTS, Rule, UncoveredError, elements
from nasbench_pose.cost.counters.rules import CustomRules

NAMES = {
    "native_batch_norm": "batch_norm",
    "_native_batch_norm_legit": "batch_norm",
    "_native_batch_norm_legit_no_training": "batch_norm",
    "cudnn_batch_norm": "batch_norm",
    "miopen_batch_norm": "batch_norm",
    "native_layer_norm": "layer_norm",
    "native_group_norm": "group_norm",
    "_fused_rms_norm": "rms_norm",
    "_softmax": "softmax",
    "_safe_softmax": "softmax",
    "_log_softmax": "log_softmax",
    "_prelu_kernel": "prelu",
}
"""Name of an operation in torch -> in conventions. Other operations keep their name without the number of axes."""

FAMILIES = re.compile(
    r"_?(?P<pool>(?:adaptive_)?(?:max|avg)_pool)[123]d(?:_with_indices)?"
    r"|_?(?P<upsample>upsample_(?:nearest|linear|bilinear|bicubic|trilinear))(?:_exact)?[123]d(?:_aa)?"
    r"|(?P<sampler>grid_sampler)_[23]d"
)
"""Operations of which torch has a variant for each number of axes."""

RECURRENT = ("lstm", "gru", "rnn_tanh", "rnn_relu")
BY_FUNCTION = {
    ("matmul", "linear"): "linear",
    ("mean", "adaptive_avg_pool1d"): "adaptive_avg_pool",
    ("mean", "adaptive_avg_pool2d"): "adaptive_avg_pool",
    ("mean", "adaptive_avg_pool3d"): "adaptive_avg_pool",
    ("batch_norm", "instance_norm"): "instance_norm",
    **{("matmul", layer): "recurrent" for layer in RECURRENT},
    **{("matmul", f"{layer}_cell"): "recurrent_cell" for layer in RECURRENT},
}
"""(operation, function of torch that was called) -> name in conventions, where it depends on the function."""

SCALES = {"batch_norm": 1, "layer_norm": 2, "group_norm": 1, "prelu": 1, "rms_norm": 2}
"""Operation -> index of the argument that is the learnt scale. The next argument is the shift, if there is one."""


FREE: dict[Operation, str | None] = {}
"""Operation without multiply-accumulates -> name in conventions, None for a view. A cache, filled by `Operations`."""


class Operations:
    """Describes operations. Whether one has multiply-accumulates is decided once and cached.

    >>> x, weight = torch.zeros(2, 3), torch.zeros(3, 5)
    >>> torch_mm = torch.ops.aten.mm.default
    >>> [call.macs for call in Operations(CustomRules()).describe(torch_mm, (x, weight), {}, x @ weight)]
    [30]
    """

    def __init__(self, custom: CustomRules) -> None:
        self.custom = custom

    def describe(self, operation: Operation, args: Sequence[Any], kwargs: Mapping[str, Any], result: Any) -> list[Call]:
        """Return the calls of one operation; none for a view of its input or a constant.

        Raises KeyError, with the operation's name, if it may have multiply-accumulates and has no rule.
        """
        schema = operation._schema.name
        if operation in FREE and schema not in self.custom.own:
            name = FREE[operation]
            return [] if name is None else _plain(name, args, result)
        plain = schema.removeprefix("aten::")
        if (custom := self.custom.of(schema)) is not None:
            return [custom(_bound(operation, args, kwargs), result)]
        if (products := PRODUCTS.get(plain) or PRODUCTS.get(plain.rstrip("_"))) is not None:
            return [_described(schema, products, _bound(operation, args, kwargs), result)]
        if not any(isinstance(arg, Tensor) for arg in _flat((*args, *kwargs.values()))):
            return []  # it makes a tensor, or computes with integers of Python
        known = _known(plain.rstrip("_"))
        if marked_free(operation) or known in KNOWN or free_by_types(operation, args, kwargs, result):
            views = operation.is_view or torch.Tag.inplace_view in operation.tags
            return self._settled(operation, None if views else known, args, result)
        return self._by_parts(operation, known, args, kwargs, result)

    def has_rule(self, operation: Operation) -> bool:
        """Return whether an operation is counted as a whole, even if torch can decompose it."""
        name = operation._schema.name
        return name.removeprefix("aten::") in PRODUCTS or self.custom.of(name) is not None

    def _by_parts(
        self, operation: Operation, known: str, args: Sequence[Any], kwargs: Mapping[str, Any], result: Any
    ) -> list[Call]:
        steps = decomposed(operation, args, kwargs)
        if steps is None:
            raise KeyError(operation._schema.name)
        parts = [call for step in steps for call in self.describe(*step)]
        if not any(call.macs for call in parts):
            return self._settled(operation, known, args, result)
        return [call for call in parts if call.macs]

    @staticmethod
    def _settled(operation: Operation, name: str | None, args: Sequence[Any], result: Any) -> list[Call]:
        FREE[operation] = name
        return [] if name is None else _plain(name, args, result)


def named(calls: Sequence[Call], function: str, where: str) -> list[Call]:
    """Return calls with the names that follow from the called function of torch, and the module `where` they ran."""
    found = []
    for operation, _, *quantities in calls:
        found.append(Call(BY_FUNCTION.get((operation, function), operation), where, *quantities))
    return found


def _known(plain: str) -> str:
    if (family := FAMILIES.fullmatch(plain)) is not None:
        return next(name for name in family.groups() if name is not None)
    return NAMES.get(plain, plain)


KNOWN = frozenset({*NAMES.values(), *(f"{kind}_pool" for kind in ("max", "avg", "adaptive_max", "adaptive_avg"))}) | {
    f"upsample_{mode}" for mode in ("nearest", "linear", "bilinear", "bicubic", "trilinear")
}
"""Names of conventions for operations without multiply-accumulates."""


def _bound(operation: Operation, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any]:
    """Return all arguments in the order of the schema, with defaults for missing ones."""
    late = _defaults(operation)[len(args) :]
    return [*args, *(kwargs.get(name, default) for name, default in late)]


@cache
def _defaults(operation: Operation) -> tuple[tuple[str, Any], ...]:
    arguments = operation._schema.arguments
    return tuple((arg.name, arg.default_value if arg.has_default_value() else None) for arg in arguments)


def _described(schema: str, rule: Rule, args: Sequence[Any], result: Any) -> Call:
    try:
        return rule(args, result)
    except UncoveredError as error:
        raise KeyError(f"{schema} {error}") from None


def _flat(args: Sequence[Any]) -> list[Any]:
    return [item for arg in args for item in (arg if isinstance(arg, list | tuple) else (arg,))]


def _plain(operation: str, args: Sequence[Any], result: Any) -> list[Call]:
    tensors = [arg for arg in _flat(args) if isinstance(arg, Tensor)]
    place = SCALES.get(operation)
    learnt = [arg for arg in args[place : place + 2] if isinstance(arg, Tensor)] if place else []
    inputs = tensors[0].numel() if tensors else 0
    if operation == "hardtanh" and [float(limit) for limit in args[1:3]] == [0, 6]:
        operation = "relu6"  # torch has no operation of this name: nn.ReLU6 is a hardtanh
    call = Call(
        operation,
        inputs=inputs,
        outputs=elements(result),
        affine=inputs if learnt else 0,
        rows=inputs // max(tensors[0].shape[args[1]], 1) if operation in ("softmax", "log_softmax") and inputs else 0,
        params=sum(tensor.numel() for tensor in learnt),
    )
    return [call]
