"""Run several counters on one module, and name the operations that explain their difference from the exact count."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from torch import nn

from nasbench_pose.cost.conventions import CONVENTIONS
from nasbench_pose.cost.counters import flop_counter, fvcore, ptflops, thop
from nasbench_pose.cost.counters.copies import Positional, expendable
from nasbench_pose.cost.counters.counter import Counter, by_rule
from nasbench_pose.cost.counters.quiet import quiet
from nasbench_pose.cost.counters.rules import CustomRule
from nasbench_pose.cost.counters.tracing import Trace, Traced, trace
from nasbench_pose.cost.inventory import Inventory, UncountedWarning
from nasbench_pose.errors import NasbenchPoseError, one_line
from nasbench_pose.plugins import Registry

COUNTERS = {
    counter.name: counter
    for counter in (fvcore.COUNTER, thop.COUNTER, flop_counter.COUNTER, ptflops.COUNTER, ptflops.ATEN)
}
"""Name -> counter."""

REGISTRY = Registry(
    "counter",
    "nasbench_pose.counters",
    COUNTERS,
    lambda _, found: found if isinstance(found, Counter) and found.name in CONVENTIONS else None,
    "a Counter whose name is that of a convention",
)


@dataclass(frozen=True)
class Reading:
    """The number of one counter for a module, and the exact count."""

    counter: str
    value: int | None
    """The tool's own number; None if it fails."""
    exact: int | None
    """Multiply-accumulates, exact; None if we cannot run the module."""
    unit: str
    macs_difference: int | None
    """The value in MACs minus the exact MACs; None if either is missing."""
    explained: dict[str, int]
    """Operation -> its part of the difference in MACs. Parts of zero are left out."""
    remainder: int
    """The part of the difference that no rule explains; 0 if the rules describe the tool completely."""
    warnings: tuple[str, ...] = ()
    """Known reasons why the value is wrong for this module."""
    error: str = ""
    """The error of the tool; empty if it has not failed."""


def compare(
    module: nn.Module,
    inputs: Sequence[Any],
    counters: Iterable[Counter],
    keywords: Mapping[str, Any] | None = None,
    *,
    rules: Mapping[str, CustomRule] | None = None,
) -> list[Reading]:
    """Run each counter on `module`, and explain its number call by call. The module does not change.

    If a counter fails, its reading has the error. If the exact count fails, the counters still run, and each reading
    has a warning. `rules` are those of `trace`. Raises NasbenchPoseError if every counter and the exact count fail.

    >>> import torch
    >>> net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8))
    >>> reading = compare(net, (torch.zeros(1, 3, 6, 6),), [COUNTERS["fvcore"]])[0]
    >>> reading.value, reading.macs_difference, reading.explained, reading.remainder
    (3712, 256, {'batch_norm': 256}, 0)
    """
    keywords, failure = keywords or {}, ""
    try:
        found = trace(module, inputs, keywords, rules=rules)
    except NasbenchPoseError as error:
        if isinstance(error.__context__, SystemExit):  # ptflops has not restored torch's functions
            raise
        found, failure = None, str(error)
    readings = []
    for counter in counters:
        value, problem = _value(counter, module, inputs, keywords)
        if found is None or value is None:
            exact = None if found is None else found.inventory.counted
            known = (failure,) if found is None else tuple(found.inventory.uncounted())
            readings.append(Reading(counter.name, value, exact, counter.convention.unit, None, {}, 0, known, problem))
        else:
            readings.append(_explain(counter, value, found))
    if failure and all(reading.value is None for reading in readings):
        raise NasbenchPoseError(failure)
    return readings


def by_rules(inventory: Inventory, counters: Iterable[Counter]) -> list[Reading]:
    """Apply the rules of each counter to an ONNX file, which the counters themselves cannot read."""
    readings = []
    for counter in counters:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UncountedWarning)  # the reading has a warning
            value, explained = inventory.count(counter.name), dict(inventory.difference(counter.name))
        unit, difference = counter.convention.unit, sum(explained.values())
        said = (BY_RULES, *_blind(counter, inventory.unseen(counter.name)), *inventory.uncounted())
        readings.append(Reading(counter.name, value, inventory.counted, unit, difference, explained, 0, said))
    return readings


BY_RULES = "counters read torch modules only; this number follows from the counter's rules, the counter has not run"
"""The warning of a reading that follows from the rules of a counter."""


def installed(counter: Counter) -> bool:
    """Return whether the counter's package is installed."""
    return find_spec(counter.needs) is not None


def _value(
    counter: Counter, module: nn.Module, inputs: Sequence[Any], keywords: Mapping[str, Any]
) -> tuple[int | None, str]:
    """Return a counter's number and an empty text, or None and the error."""
    try:
        with expendable(module, (inputs, keywords)) as private, quiet():
            plain = Positional(private, len(inputs), keywords) if keywords else private
            return counter.run(plain, (*inputs, *keywords.values())), ""
    except Exception as error:
        return None, f"{counter.name} fails on {type(module).__name__}: {one_line(error)}"


def _explain(counter: Counter, value: int, found: Trace) -> Reading:
    calls, per_mac = found.calls, counter.convention.per_mac
    explained: defaultdict[str, int] = defaultdict(int)
    unseen: defaultdict[str, int] = defaultdict(int)
    odd: defaultdict[str, set[str]] = defaultdict(set)
    for traced in calls:
        what, seen = traced.call.operation, counter.seen(traced)
        if seen != by_rule(counter.convention.rules, traced):
            odd[f"{what} {reached(traced)}"].add(traced.module.__name__)
            what = f"{what} ({reached(traced)})"
        elif traced.call.macs and not seen:
            unseen[what] += traced.call.macs
        explained[what] += seen // per_mac - traced.call.macs
    exact = found.inventory.counted
    difference = value // per_mac - exact
    remainder = difference - sum(explained.values())
    return Reading(
        counter.name,
        value,
        exact,
        counter.convention.unit,
        difference,
        {what: macs for what, macs in explained.items() if macs},
        remainder,
        (*_odd(counter, odd), *_blind(counter, unseen), *_unknown(counter, remainder), *found.inventory.uncounted()),
    )


def _odd(counter: Counter, odd: Mapping[str, set[str]]) -> list[str]:
    """Return a warning for each operation that the counter miscounts because of how it is called."""
    return [f"{counter.name} miscounts {what}: {', '.join(sorted(odd[what]))}" for what in sorted(odd)]


def _blind(counter: Counter, unseen: Mapping[str, int]) -> list[str]:
    """Return a warning for each operation that the counter has no rule for, with its MACs."""
    return [f"{counter.name} counts nothing for {what}: {macs:,} MACs" for what, macs in unseen.items()]


def _unknown(counter: Counter, remainder: int) -> list[str]:
    """Return a warning with the version of the counter that the rules describe, if they leave a remainder."""
    verified = counter.convention.verified
    return [f"{counter.name} is not explained in full; its rules are those of {verified}"] if remainder else []


def reached(traced: Traced) -> str:
    """Return how a call was made, for a call that a counter of modules miscounts.

    >>> class MyConv(nn.Conv2d):
    ...     pass
    >>> from nasbench_pose.cost.call import Call
    >>> reached(Traced(Call("conv"), MyConv, None, 1)), reached(Traced(Call("conv"), nn.Conv2d, None, 2))
    ('in a subclass', 'in a shared module')
    """
    if traced.module.__module__.startswith("torch.nn"):
        return "in a shared module" if traced.paths > 1 else "in a module it has no rule for"
    parents = (parent for parent in traced.module.__mro__[1:] if parent.__module__.startswith("torch.nn.modules"))
    return "in a subclass" if next(parents, nn.Module) not in CONTAINERS else "called as a function"


CONTAINERS = (nn.Module, nn.Sequential, nn.ModuleList, nn.ModuleDict)


def selected(names: str) -> tuple[list[Counter], list[str]]:
    """Return the counters in `names`, and a message for each missing package.

    The names are separated by commas; `all` selects the installed counters. Raises UnknownNameError for an unknown
    counter, and NasbenchPoseError if a counter is selected by name and is not installed.

    >>> [counter.name for counter in selected("torch")[0]]
    ['torch']
    """
    wanted = [name.strip() for name in names.split(",")] if names != "all" else REGISTRY.names()
    asked = [REGISTRY.resolve(name) for name in wanted]
    packages = dict.fromkeys(counter.needs for counter in asked if not installed(counter))
    missing = [f"{package} is not installed: pip install 'nasbench-pose[counters]'." for package in packages]
    if missing and names != "all":
        raise NasbenchPoseError(missing[0])
    return [counter for counter in asked if installed(counter)], missing
