"""Run a module and restore its state bit for bit afterwards, without a copy of it.

A forward pass can change the mode of each submodule, attributes and the containers in them, tensors that it writes to,
and random generators. Attributes are saved before the pass, tensors before the first write to them.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from operator import is_
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

CONTAINERS = (dict, list, set)
PLAIN = frozenset({bool, int, float, str, type(None)})
GENERATORS = ("get_state", "set_state"), ("getstate", "setstate")
BATCH_NORMS = frozenset({"native_batch_norm", "_native_batch_norm_legit", "cudnn_batch_norm", "miopen_batch_norm"})
"""Operations that write to arguments 3 and 4, the running statistics, if argument 5 (training) is true."""


class Snapshot:
    """The state of a module and its inputs before a pass.

    >>> module = nn.Sequential(nn.Dropout())
    >>> with unchanged(module, ()):
    ...     _ = module.eval()
    >>> module.training, module[0].training
    (True, True)
    """

    def __init__(self, module: nn.Module, inputs: Sequence[Any]) -> None:
        modules = list(module.modules())
        self.modes = [(m, m.training) for m in modules if hasattr(m, "training")]
        self.containers: dict[int, tuple[Any, Any]] = {}
        self.empty: dict[int, Any] = {}
        self.tensors: dict[int, tuple[Tensor, Tensor, bool, Tensor | None]] = {}
        self.generators: list[tuple[Callable[[Any], Any], Any]] = []
        self.storages: dict[int, Tensor] = {}
        """Address of memory -> a tensor that is stored there."""
        self.written: list[tuple[Any, Any]] = []
        """Memory that was written to, and a copy of its former content."""
        self._note([vars(m) for m in modules])
        if isinstance(module, torch.jit.ScriptModule):
            for tensor in (*module.parameters(), *module.buffers()):
                self._note_tensor(tensor)
        for leaf in tree_leaves(list(inputs)):
            self._note(leaf)

    def _note(self, root: Any) -> None:
        stack = [root]
        while stack:
            value = stack.pop()
            if type(value) in PLAIN:
                continue
            if isinstance(value, Tensor):
                self._note_tensor(value)
            elif isinstance(value, CONTAINERS):
                if not value:
                    self.empty[id(value)] = value
                elif id(value) not in self.containers:
                    self.containers[id(value)] = (value, value.copy())
                    stack.extend(value.values() if isinstance(value, dict) else value)
            elif isinstance(value, tuple):
                stack.extend(value)
            elif not isinstance(value, nn.Module):  # modules are visited on their own
                self._note_generator(value)

    def _note_tensor(self, tensor: Tensor) -> None:
        if id(tensor) in self.tensors or nn.parameter.is_lazy(tensor):
            return
        grad = tensor.grad if tensor.is_leaf else None
        self.tensors[id(tensor)] = (tensor, tensor.detach(), tensor.requires_grad, grad)
        if tensor.layout is torch.strided and tensor.device.type != "meta":
            self.storages[tensor.untyped_storage().data_ptr()] = tensor

    def _note_generator(self, value: Any) -> None:
        if isinstance(value, torch.Generator | random.Random):
            get, put = GENERATORS[isinstance(value, random.Random)]
            self.generators.append((getattr(value, put), getattr(value, get)()))

    def before_writing(self, tensor: Any) -> None:
        """Save the content of a tensor before a write, if it belongs to the module or is an input."""
        if not isinstance(tensor, Tensor) or tensor.layout is not torch.strided or tensor.device.type == "meta":
            return
        storage = tensor.untyped_storage()
        if self.storages.pop(storage.data_ptr(), None) is not None:
            self.written.append((storage, storage.clone()))  # type: ignore[no-untyped-call]

    def before(self, operation: torch._ops.OpOverload, args: Sequence[Any], kwargs: Any) -> None:
        """Save the content of the tensors that an operation writes to."""
        for place, name in written_by(operation):
            for leaf in tree_leaves(args[place] if place < len(args) else kwargs.get(name)):
                self.before_writing(leaf)
        if operation._opname in BATCH_NORMS and args[5]:
            for statistic in args[3:5]:
                self.before_writing(statistic)

    def hold_all(self) -> None:
        """Save the content of all tensors, for code whose writes are not seen."""
        for tensor in list(self.storages.values()):
            self.before_writing(tensor)

    def restore(self) -> None:
        """Restore the state."""
        for storage, held in self.written:
            if storage.nbytes() != held.nbytes():
                storage.resize_(held.nbytes())
            storage.copy_(held)
        for tensor, before, requires_grad, grad in self.tensors.values():
            _restore(tensor, before, requires_grad, grad)
        for container, before in self.containers.values():
            _refill(container, before)
        for container in self.empty.values():
            if container:
                container.clear()
        for module, mode in self.modes:
            if module.training != mode:
                module.training = mode
        for put, state in self.generators:
            put(state)


@cache
def written_by(operation: torch._ops.OpOverload) -> tuple[tuple[int, str], ...]:
    """Return the positions and names of the arguments that an operation writes to.

    >>> written_by(torch.ops.aten.add_.Tensor), written_by(torch.ops.aten.add.Tensor)
    (((0, 'self'),), ())
    """
    arguments = enumerate(operation._schema.arguments)
    return tuple(
        (place, arg.name) for place, arg in arguments if arg.alias_info is not None and arg.alias_info.is_write
    )


def _restore(tensor: Tensor, before: Tensor, requires_grad: bool, grad: Tensor | None) -> None:
    moved = tensor.layout is torch.strided and (
        tensor.data_ptr() != before.data_ptr() or tensor.shape != before.shape or tensor.stride() != before.stride()
    )
    if moved or tensor.dtype != before.dtype:
        tensor.data = before
    if tensor.is_leaf:
        if tensor.requires_grad != requires_grad:
            tensor.requires_grad_(requires_grad)
        if tensor.grad is not grad:
            tensor.grad = grad


def _refill(container: Any, before: Any) -> None:
    if isinstance(container, dict):
        if list(container) == list(before) and all(map(is_, container.values(), before.values())):
            return
        container.clear()
        container.update(before)
    elif isinstance(container, list):
        container[:] = before
    elif container != before:
        container.clear()
        container.update(before)


@contextmanager
def unchanged(module: nn.Module, inputs: Sequence[Any]) -> Iterator[Snapshot]:
    """Restore `module`, `inputs` and the random generators at the end of the block.

    Call the snapshot's `before` before each operation of torch in the block.
    """
    snapshot = Snapshot(module, inputs)
    try:
        with generators():
            yield snapshot
    finally:
        snapshot.restore()


@contextmanager
def generators() -> Iterator[None]:
    """Restore the default random generators of Python, NumPy and torch at the end of the block."""
    numpy = sys.modules["numpy"].random if "numpy" in sys.modules else None
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else None  # type: ignore[no-untyped-call]
    states = random.getstate(), torch.get_rng_state(), None if numpy is None else numpy.get_state()
    try:
        yield
    finally:
        random.setstate(states[0])
        torch.set_rng_state(states[1])
        if numpy is not None:
            numpy.set_state(states[2])
        if cuda is not None:
            torch.cuda.set_rng_state_all(cuda)
