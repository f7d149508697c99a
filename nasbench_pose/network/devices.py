"""The device and the precision that networks compute with."""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from time import thread_time

import torch
from torch import nn

from nasbench_pose.errors import NoDeviceError, pick
from nasbench_pose.network.threads import one_thread

PRECISIONS: Mapping[str, torch.dtype | None] = {"fp32": None, "bf16": torch.bfloat16, "fp16": torch.float16}
"""Name -> type of the products inside a network; weights, losses and decoded joints stay in 32 bits."""

_OUT_OF_MEMORY = ("out of memory", "not enough memory", "allocate memory")


def device_of(name: str) -> torch.device:
    """Return the device `cpu`, `cuda`, `cuda:1`, `mps` or `meta`, or the fastest one of this machine for `auto`.

    Raises NoDeviceError for a device that is not there.

    >>> device_of("cpu")
    device(type='cpu')
    >>> device_of("gpu")
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.NoDeviceError: No device named 'gpu'; this machine has auto, cpu.
    """
    there = [*(f"cuda:{number}" for number in range(torch.cuda.device_count())), *["mps"] * _has_mps(), "cpu"]
    if name == "auto":
        return torch.device(there[0])
    if name not in ("meta", *there, *["cuda"] * torch.cuda.is_available()):
        raise NoDeviceError(f"No device named {name!r}; this machine has {', '.join(['auto', *there])}.")
    return torch.device(name)


def device_named(name: str) -> str:
    """Return the name of a device, which need not be one of this machine; `auto` is the fastest that is here.

    Raises NoDeviceError for what is a device of no machine.

    >>> device_named("cuda:1"), device_named("cpu")
    ('cuda:1', 'cpu')
    """
    return name if re.fullmatch(r"cpu|mps|meta|cuda(:\d+)?", name) else str(device_of(name))


def _has_mps() -> bool:
    return torch.backends.mps.is_available()


def home_of(network: nn.Module) -> torch.device:
    """Return the device of a network's weights; the CPU if it has none."""
    first = next(chain(network.parameters(), network.buffers()), None)
    return torch.device("cpu") if first is None else first.device


def model_of(device: torch.device) -> str:
    """Return the model name of a device; nothing for the CPU."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return "Apple GPU" if device.type == "mps" else ""


@contextmanager
def reproducible(device: torch.device) -> Iterator[None]:
    """Let torch compute so that the same inputs give the same bits on the same machine and device.

    One thread, because the order of sums depends on their number; and on CUDA only deterministic convolutions.
    """
    with one_thread(), torch.backends.cudnn.flags(benchmark=False, deterministic=True, allow_tf32=True):
        if device.type == "cuda":
            with torch.cuda.device(device):
                yield
        else:
            yield


@contextmanager
def precise(device: torch.device, precision: str) -> Iterator[None]:
    """Let torch multiply in `precision`, a name of PRECISIONS; raise UnknownNameError for another one.

    >>> with precise(torch.device("cpu"), "bf16"):
    ...     (torch.ones(2, 2) @ torch.ones(2, 2)).dtype
    torch.bfloat16
    """
    dtype = pick("precision", precision, PRECISIONS)
    if dtype is None or device.type == "meta":
        yield
        return
    with torch.autocast(device.type, dtype):
        yield


def clock(device: torch.device) -> Callable[[], float]:
    """Return the clock of what computes on `device`: seconds of this thread's processor, or of the device.

    Seconds of a device are those of the wall, read when it has finished.
    """
    if device.type in ("cpu", "meta"):
        return thread_time

    def seconds() -> float:
        wait(device)
        return time.perf_counter()

    return seconds


class Stopwatch:
    """Seconds of what computes on a device, since it was made, and `before` that in another process."""

    def __init__(self, device: torch.device) -> None:
        self.before = 0.0
        self._now = clock(device)
        self._started = self._now()

    def seconds(self) -> float:
        """Return the seconds until now."""
        return self.before + self._now() - self._started


def wait(device: torch.device) -> None:
    """Return when everything that was started on `device` has finished."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def out_of_memory(error: BaseException) -> bool:
    """Return whether an error of torch means lack of memory; on the CPU torch has no class for it.

    >>> out_of_memory(RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes"))
    True
    """
    known = isinstance(error, torch.OutOfMemoryError | MemoryError)
    return known or (isinstance(error, RuntimeError) and any(words in str(error) for words in _OUT_OF_MEMORY))


def forget_cached(device: torch.device) -> None:
    """Give memory that torch keeps for later back to the device."""
    if device.type in ("cuda", "mps"):
        {"cuda": torch.cuda.empty_cache, "mps": torch.mps.empty_cache}[device.type]()
