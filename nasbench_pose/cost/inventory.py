"""All calls of one forward pass of any network, and their cost under any convention."""

import warnings
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Self

from nasbench_pose.cost.call import Call, of_layer
from nasbench_pose.cost.conventions import ACTIVATIONS, CONVENTIONS, Rules, measure
from nasbench_pose.errors import pick
from nasbench_pose.graph import Graph


def seen(rules: Rules, call: Call) -> int:
    """Return the count of a call under `rules`, 0 for an operation without a rule, as in the tools.

    >>> seen({"relu": {"outputs": 1}}, Call("sigmoid", outputs=10))
    0
    """
    return measure(rules, call) if call.operation in rules else 0


class Missing(NamedTuple):
    """An operation that may have products but has no rule."""

    operation: str
    where: str
    """The layer or module that it is called in."""
    times: int

    def __str__(self) -> str:
        times = "once" if self.times == 1 else f"{self.times:,} times"
        return f"{self.operation} in {self.where} ({times})"


class UncountedWarning(UserWarning):
    """A total lacks operations that could not be counted; `Inventory.uncounted` names them."""


@dataclass(frozen=True)
class Inventory:
    """The calls of one forward pass, and the parameters that they read.

    >>> inventory = Inventory((Call("conv", macs=900), Call("batch_norm", inputs=10, affine=10)), params=20)
    >>> inventory.macs, inventory.count("fvcore"), inventory.difference("fvcore")
    (900, 920, {'batch_norm': 20})
    """

    calls: tuple[Call, ...]
    params: int
    """Parameters; shared ones are counted once."""
    missing: tuple[Missing, ...] = ()
    """Operations that may have products but have no rule; no count contains them."""
    outside: tuple[str, ...] = ()
    """Modules that compute something outside of torch, for example in NumPy."""

    def __repr__(self) -> str:
        numbers = f"params={self.params:,}, macs={self.counted:,}, activations={self.activations:,}"
        return f"Inventory({len(self.calls):,} calls, {numbers}{', some uncounted' if self.uncounted() else ''})"

    @classmethod
    def of(cls, graph: Graph) -> Self:
        """Return the inventory of a graph, for counting it under several conventions."""
        calls = tuple(of_layer(layer, graph.input_shapes(layer)) for layer in graph)
        return cls(calls, sum(call.params for call in calls))

    @property
    def macs(self) -> int:
        """Multiply-accumulates, exact; 1 G = 1e9. An UncountedWarning names operations that are not counted."""
        self._warn()
        return self.counted

    @cached_property
    def counted(self) -> int:
        """The MACs without a warning, for callers that report uncounted operations themselves."""
        return sum(call.macs for call in self.calls)

    def _warn(self) -> None:
        if left_out := self.uncounted():
            warnings.warn(f"{'; '.join(left_out)}.", UncountedWarning, stacklevel=3)

    @cached_property
    def activations(self) -> int:
        """Output elements of all convolutions."""
        return sum(seen(ACTIVATIONS, call) for call in self.calls)

    def count(self, convention: str) -> int:
        """Return the count of a convention; raise UnknownNameError for an unknown name. Warns like `macs`."""
        self._warn()
        rules = pick("convention", convention, CONVENTIONS).rules
        return sum(seen(rules, call) for call in self.calls)

    def unseen(self, convention: str) -> Mapping[str, int]:
        """Return, by operation, the MACs of the calls that a convention does not count.

        >>> Inventory((Call("conv", macs=900), Call("matmul", macs=64)), params=20).unseen("thop")
        {'matmul': 64}
        """
        rules, unseen = pick("convention", convention, CONVENTIONS).rules, Counter[str]()
        for call in self.calls:
            if call.macs and not seen(rules, call):
                unseen[call.operation] += call.macs
        return dict(unseen)

    def uncounted(self) -> list[str]:
        """Return messages on uncounted operations: those without a rule, and those outside the network's library.

        >>> Inventory((), 0, (Missing("aten::_fft_r2c", "mixer", 2),)).uncounted()
        ['aten::_fft_r2c in mixer (2 times) may have products, has no cost rule or no known size, and is not counted']
        """
        missing = [
            f"{missing} may have products, has no cost rule or no known size, and is not counted"
            for missing in self.missing
        ]
        return [*missing, *(f"{outside}: what is computed there is not counted" for outside in self.outside)]

    def missing_times(self) -> dict[str, int]:
        """Return the number of calls of each uncounted operation.

        >>> Inventory((), 0, (Missing("DFT", "first", 2), Missing("DFT", "last", 1))).missing_times()
        {'DFT': 3}
        """
        times = Counter[str]()
        for missing in self.missing:
            times[missing.operation] += missing.times
        return dict(times)

    def difference(self, convention: str) -> Mapping[str, int]:
        """Return, by operation, the count of a convention less the exact MACs, without zeros."""
        rules, per_mac = pick("convention", convention, CONVENTIONS).rules, CONVENTIONS[convention].per_mac
        total = dict.fromkeys((call.operation for call in self.calls), 0)
        for call in self.calls:
            total[call.operation] += seen(rules, call) // per_mac - call.macs
        return {operation: macs for operation, macs in total.items() if macs}
