"""Record the calls of one forward pass of a torch module, and how each call was made."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules import module as hooks
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from nasbench_pose.cost.call import Call
from nasbench_pose.cost.counters.copies import copied
from nasbench_pose.cost.counters.free import is_composite, taken_apart
from nasbench_pose.cost.counters.operations import Operations, named
from nasbench_pose.cost.counters.parameters import is_lazy, parameters
from nasbench_pose.cost.counters.products import attention
from nasbench_pose.cost.counters.rules import CustomRule, CustomRules
from nasbench_pose.cost.counters.skipping import ValuesMatterError, check_function, without_values
from nasbench_pose.cost.counters.torchscript import undispatched
from nasbench_pose.cost.counters.unchanged import BATCH_NORMS, Snapshot, unchanged, written_by
from nasbench_pose.cost.inventory import Inventory, Missing
from nasbench_pose.errors import NasbenchPoseError, one_line


@dataclass(frozen=True, slots=True)
class Traced:
    """One call, and how it was made, which decides what counters of modules see of it."""

    call: Call
    module: type[nn.Module]
    """Class of the innermost module that made the call."""
    function: Callable[..., Any] | None
    """Function of torch that was called, e.g. `torch.nn.functional.relu`."""
    paths: int
    """Number of places in the module tree where that module is registered."""


@dataclass(frozen=True)
class Trace:
    """The calls of one forward pass, and the operations that could not be counted."""

    calls: tuple[Traced, ...]
    inventory: Inventory


def trace(
    module: nn.Module,
    inputs: Sequence[Any],
    keywords: Mapping[str, Any] | None = None,
    *,
    rules: Mapping[str, CustomRule] | None = None,
) -> Trace:
    """Return the calls of one forward pass of `module` in evaluation mode. The module does not change by a bit.

    `rules` count operations that torch does not have. Raises NasbenchPoseError if the pass fails. Only modules with
    lazy layers are copied, because running changes the class of such layers.

    >>> net = nn.Sequential(nn.Conv2d(3, 8, 3, bias=False), nn.ReLU())
    >>> [(t.call.operation, t.call.name, t.call.macs) for t in trace(net, (torch.zeros(1, 3, 6, 6),)).calls]
    [('conv', '0', 3456), ('relu', '1', 0)]
    """
    keywords = keywords or {}
    if is_lazy(module):
        module = copied(module)
    found = _attempt(module, inputs, keywords, rules, skipping=True)
    if found is None:
        found = _attempt(module, inputs, keywords, rules, skipping=False)
    assert found is not None  # a pass that skips nothing returns or raises
    return found


def _attempt(
    module: nn.Module,
    inputs: Sequence[Any],
    keywords: Mapping[str, Any],
    rules: Mapping[str, CustomRule] | None,
    *,
    skipping: bool,
) -> Trace | None:
    """Return the calls of one forward pass; None if it skips products and then needs their values."""
    with unchanged(module, (inputs, keywords)) as snapshot:
        recorder = _Recorder(module, snapshot, CustomRules(rules), skipping=skipping)
        try:
            recorder.run(inputs, keywords)
        except ValuesMatterError:
            return None
        except (Exception, SystemExit) as error:
            if skipping:  # it may fail because of the zeros
                return None
            if isinstance(error, NasbenchPoseError):
                raise
            shapes = shapes_of(inputs, keywords)
            raise NasbenchPoseError(f"{type(module).__name__} does not run on {shapes}: {one_line(error)}.") from None
        params = parameters(module)
        recorder.missing.update({(name, "TorchScript"): times for name, times in undispatched(module).items()})
    unread = tuple(f"the weights of {where} are read by no operation of torch" for where in recorder.unread())
    calls = tuple(recorder.calls)
    missing = tuple(Missing(operation, where, times) for (operation, where), times in sorted(recorder.missing.items()))
    inventory = Inventory(tuple(traced.call for traced in calls), params, missing, (*recorder.left, *unread))
    return Trace(calls, inventory)


def inventory_of(
    module: nn.Module,
    inputs: Sequence[Any],
    keywords: Mapping[str, Any] | None = None,
    *,
    rules: Mapping[str, CustomRule] | None = None,
) -> Inventory:
    """Return the inventory of one forward pass; the arguments are those of `trace`."""
    return trace(module, inputs, keywords, rules=rules).inventory


def shapes_of(inputs: Sequence[Any], keywords: Mapping[str, Any]) -> str:
    """Return the shapes of inputs as text.

    >>> shapes_of((torch.zeros(1, 3, 6, 6),), {"mask": None})
    'an input of 1×3×6×6, mask=NoneType'
    """
    named = [f"{name}={_shape(value)}" for name, value in keywords.items()]
    return f"an input of {', '.join([*map(_shape, inputs), *named]) or 'nothing'}"


def _shape(value: Any) -> str:
    return "×".join(map(str, value.shape)) or "one number" if isinstance(value, Tensor) else type(value).__name__


class _Recorder:
    def __init__(self, root: nn.Module, snapshot: Snapshot, custom: CustomRules, *, skipping: bool) -> None:
        self.skipping = skipping
        self.root, self.snapshot = root, snapshot
        self.operations = Operations(custom)
        self.names = {id(module): name for name, module in root.named_modules()}
        self.paths = _paths(root)
        self.inside: list[nn.Module] = [root]
        self.function: Callable[..., Any] | None = None
        self.calls: list[Traced] = []
        self.missing: Counter[tuple[str, str]] = Counter()
        self.left: list[str] = []
        self.entered: set[int] = set()
        self.read: set[int] = set()
        """`id` of the objects that operations have read."""

    def run(self, inputs: Sequence[Any], keywords: Mapping[str, Any]) -> None:
        with suppress(NotImplementedError):  # the mode of an exported program is fixed
            self.root.eval()
        enter = hooks.register_module_forward_pre_hook(self._enter)
        leave = hooks.register_module_forward_hook(self._leave, always_call=True)
        with ExitStack() as stack:
            stack.callback(enter.remove)
            stack.callback(leave.remove)
            if "torch._dynamo" in sys.modules:  # compiled modules run as plain Python
                stack.enter_context(torch.compiler.set_stance("force_eager"))
            for mode in (torch.no_grad(), _Functions(self), _Dispatched(self)):
                stack.enter_context(mode)
            self.root(*inputs, **keywords)

    def _enter(self, module: nn.Module, _: object) -> None:
        self.inside.append(module)
        self.entered.add(id(module))

    def _leave(self, *_: object) -> None:
        self.inside.pop()

    def where(self) -> str:
        return self._title(self.inside[-1])

    def _title(self, module: nn.Module) -> str:
        return f"{self.names.get(id(module), '') or 'the root'} ({type(module).__name__})"

    def record(self, operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any], result: Any) -> None:
        try:
            calls = self.operations.describe(operation, args, kwargs, result)
        except KeyError as error:
            self.missing[str(error.args[0]), self.where()] += 1
            return
        self.add(calls)

    def add(self, calls: Sequence[Call]) -> None:
        if calls:
            module, function = self.inside[-1], getattr(self.function, "__name__", "")
            for call in named(calls, function, self.names.get(id(module), "")):
                self.calls.append(Traced(call, type(module), self.function, self.paths[id(module)]))

    def unread(self) -> list[str]:
        """Return the modules that ran, but whose weights no operation of torch has read."""
        own = {m: [id(p) for p in m._parameters.values() if p is not None] for m in self.root.modules()}
        return [self._title(m) for m, ids in own.items() if ids and id(m) in self.entered and self.read.isdisjoint(ids)]


def _paths(root: nn.Module) -> Counter[int]:
    """Return the number of places where each module is registered, by its id; each parent counts once."""
    places: Counter[int] = Counter()

    def walk(module: nn.Module) -> None:
        places[id(module)] += 1
        for child in module.children():
            walk(child)

    walk(root)
    return places


LEAVING = frozenset({"numpy", "__array__", "__dlpack__"})
"""Methods of tensors that pass their values to another library."""


class _Functions(TorchFunctionMode):
    """Tracks the outermost function of torch that is running."""

    def __init__(self, recorder: _Recorder) -> None:
        super().__init__()
        self.recorder = recorder

    def __torch_function__(self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None) -> Any:
        recorder = self.recorder
        if recorder.skipping:
            check_function(func)
        outer, recorder.function = recorder.function, func
        if (name := getattr(func, "__name__", "")) in LEAVING:
            recorder.snapshot.before_writing(args[0])
            left = f"{name.strip('_')} in {recorder.where()} leaves torch"
            if left not in recorder.left:
                recorder.left.append(left)
        try:
            return func(*args, **(kwargs or {}))
        finally:
            recorder.function = outer


class _Dispatched(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Records every operation that runs."""

    supports_higher_order_operators = True

    def __init__(self, recorder: _Recorder) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.recorder = recorder

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs, recorder = kwargs or {}, self.recorder
        if isinstance(func, torch._ops.HigherOrderOperator):
            return self._control_flow(func, args, kwargs)
        if is_composite(func) and not recorder.operations.has_rule(func):
            with self:  # inference mode does not decompose such operations
                return taken_apart(func, args, kwargs)
        if written_by(func) or func._opname in BATCH_NORMS:
            recorder.snapshot.before(func, args, kwargs)
        for arg in args:
            recorder.read.update(map(id, arg)) if isinstance(arg, list | tuple) else recorder.read.add(id(arg))
        result = without_values(func, args, kwargs) if recorder.skipping else func(*args, **kwargs)
        recorder.record(func, args, kwargs, result)
        return result

    def _control_flow(self, func: Any, args: Any, kwargs: Any) -> Any:
        """Run and record the taken branch of a condition, and count attention; report other operations as missing."""
        if self.recorder.skipping:
            raise ValuesMatterError
        if func is torch.ops.higher_order.cond:
            predicate, true_branch, false_branch, operands = args
            with self:
                return (true_branch if bool(predicate) else false_branch)(*operands)
        result, name = func(*args, **kwargs), str(func)
        if name == "flex_attention":  # all pairs count, masked ones too, as in torch's own counter
            self.recorder.add([attention(args, result)])
        else:
            self.recorder.missing[name, self.recorder.where()] += 1
        return result
