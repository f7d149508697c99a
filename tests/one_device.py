"""A mode of torch that fails where a step leaves its device, and the devices that there are to test on."""

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

NO_GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
DEVICES = ("meta", pytest.param("cuda", marks=[pytest.mark.gpu, NO_GPU]))
"""`meta` computes shapes only, so it needs no hardware, and it fails wherever a value is read."""


class OneDevice(TorchDispatchMode):
    """Fails where a tensor of the CPU meets the device, is copied to or from it, or is made meanwhile.

    Single numbers of the CPU may stay: torch keeps the steps of its optimisers there, and passes them without waiting.
    With `draws`, so may tensors that are made and read there, such as the paths that a step draws.
    """

    def __init__(self, device: str, *, draws: bool = False) -> None:
        super().__init__()
        self._kind, self._draws = device, draws

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run an operation and look at what it read and made."""
        made = func(*args, **(kwargs or {}))
        read, written = self._kinds((args, kwargs)), self._kinds(made)
        assert "_local_scalar_dense" not in str(func) or self._kind not in read, f"{func} waits for the device"
        assert len(read | written) < 2, f"{func} reads from {read} and writes to {written}"
        assert "cpu" not in written or read or self._draws, f"{func} makes a tensor of the CPU in a step"
        return made

    @staticmethod
    def _kinds(values: Any) -> set[str]:
        return {leaf.device.type for leaf in tree_leaves(values) if isinstance(leaf, Tensor) and leaf.dim()}


class Unread(TorchDispatchMode):
    """Fails where a value of the device is read, and counts the tensors that are copied from it to the CPU.

    A copy from `meta`, which has no values, gives zeros.
    """

    def __init__(self, device: str) -> None:
        super().__init__()
        self._kind = device
        self.copied = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run an operation and look at what it reads."""
        there = any(isinstance(leaf, Tensor) and leaf.device.type == self._kind for leaf in tree_leaves((args, kwargs)))
        assert not (there and "_local_scalar_dense" in str(func)), f"{func} waits for the device"
        if there and "_to_copy" in str(func) and str((kwargs or {}).get("device")) == "cpu":
            self.copied += 1
            return torch.zeros(args[0].shape) if self._kind == "meta" else func(*args, **kwargs)
        return func(*args, **(kwargs or {}))
