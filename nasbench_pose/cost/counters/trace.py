"""From any torch module to the calls that one forward pass makes, and how each was reached."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules import module as hooks
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from nasbench_pose.cost.call import Call
from nasbench_pose.cost.counters.aten import describe
from nasbench_pose.cost.inventory import Inventory
from nasbench_pose.errors import NasbenchPoseError


@dataclass(frozen=True, slots=True)
class Traced:
    """One call, and how it was reached, which decides what counters that look at modules see of it."""

    call: Call
    module: type[nn.Module]
    """Class of the innermost module it was called in."""
    function: Callable[..., Any] | None
    """Function of torch that was called, e.g. `torch.nn.functional.relu`."""
    paths: int
    """In how many places of the tree of modules that module hangs."""


def own_copy(module: nn.Module) -> nn.Module:
    """Return a deep copy in evaluation mode, so that nothing done to it reaches the original.

    Raises NasbenchPoseError for a module that cannot be copied.
    """
    try:
        return copy.deepcopy(module).eval()
    except Exception as error:
        raise NasbenchPoseError(f"{type(module).__name__} cannot be copied, so it is not counted: {error}.") from None


def trace(module: nn.Module, inputs: Sequence[Any]) -> tuple[Traced, ...]:
    """Return the calls of one forward pass of a copy of `module`, in evaluation mode.

    Raises NasbenchPoseError if the pass fails, or for operations without a rule, all of them named.

    >>> net = nn.Sequential(nn.Conv2d(3, 8, 3, bias=False), nn.ReLU())
    >>> [(t.call.operation, t.call.name, t.call.macs) for t in trace(net, (torch.zeros(1, 3, 6, 6),))]
    [('conv', '0', 3456), ('relu', '1', 0)]
    """
    return tuple(_recorded(module, inputs).calls)


def inventory_of(module: nn.Module, inputs: Sequence[Any]) -> Inventory:
    """Return everything that one forward pass calls; raises as `trace` does."""
    recorder = _recorded(module, inputs)
    # Of the copy that has run: lazy layers of the original do not know their sizes yet.
    params = sum(parameter.numel() for parameter in recorder.root.parameters())
    return Inventory(tuple(traced.call for traced in recorder.calls), params)


def _recorded(module: nn.Module, inputs: Sequence[Any]) -> _Recorder:
    recorder = _Recorder(own_copy(module))
    try:
        recorder.run(inputs)
    except Exception as error:
        shapes = ", ".join("×".join(map(str, x.shape)) if isinstance(x, Tensor) else type(x).__name__ for x in inputs)
        raise NasbenchPoseError(f"{type(module).__name__} does not run on an input of {shapes}: {error}.") from None
    if recorder.unknown:
        named = ", ".join(f"{name} in {where}" for name, where in sorted(recorder.unknown))
        raise NasbenchPoseError(f"No cost rule for {named}: the cost would be too low by what they take.")
    return recorder


class _Recorder:
    def __init__(self, root: nn.Module) -> None:
        self.root = root
        self.names = {id(module): name for name, module in root.named_modules()}
        self.paths = _paths(root)
        self.inside: list[nn.Module] = [root]
        self.function: Callable[..., Any] | None = None
        self.calls: list[Traced] = []
        self.unknown: set[tuple[str, str]] = set()

    def run(self, inputs: Sequence[Any]) -> None:
        enter = hooks.register_module_forward_pre_hook(lambda module, _: self.inside.append(module))
        leave = hooks.register_module_forward_hook(self._leave, always_call=True)
        with ExitStack() as stack:
            stack.callback(enter.remove)
            stack.callback(leave.remove)
            for mode in (torch.no_grad(), _Functions(self), _Operations(self)):
                stack.enter_context(mode)
            self.root(*inputs)

    def _leave(self, *_: object) -> None:
        self.inside.pop()

    def record(self, operation: torch._ops.OpOverload, args: Sequence[Any], result: Any) -> None:
        module = self.inside[-1]
        name = self.names.get(id(module), "")
        function = getattr(self.function, "__name__", "")
        try:
            call = describe(operation, args, result, function, name)
        except KeyError as error:
            self.unknown.add((str(error.args[0]), f"{name or 'the root'} ({type(module).__name__})"))
            return
        if call is not None:
            self.calls.append(Traced(call, type(module), self.function, self.paths[id(module)]))


def _paths(root: nn.Module) -> Counter[int]:
    """Return in how many places each module hangs, by its id; a parent that holds it twice is one place."""
    places: Counter[int] = Counter()

    def walk(module: nn.Module) -> None:
        places[id(module)] += 1
        for child in module.children():
            walk(child)

    walk(root)
    return places


class _Functions(TorchFunctionMode):
    """Remembers the outermost function of torch that is running."""

    def __init__(self, recorder: _Recorder) -> None:
        super().__init__()
        self.recorder = recorder

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: Any = (),
        kwargs: Any = None,
    ) -> Any:
        outer, self.recorder.function = self.recorder.function, func
        try:
            return func(*args, **(kwargs or {}))
        finally:
            self.recorder.function = outer


class _Operations(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Records every operation that is carried out."""

    def __init__(self, recorder: _Recorder) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.recorder = recorder

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: Any = (),
        kwargs: Any = None,
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        self.recorder.record(func, args, result)
        return result
