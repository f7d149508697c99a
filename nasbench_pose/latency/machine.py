"""The machine that a latency belongs to, and pinning to some of its cores."""

import os
import platform
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from nasbench_pose.errors import NasbenchPoseError

GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
THREADS = Path("/proc/self/task")


@dataclass(frozen=True, slots=True)
class Machine:
    """The hardware and software that a latency depends on: latencies of two machines never share an axis."""

    cpu: str
    """Model name of the processor."""
    cores: int
    """All cores of the machine, used or not."""
    governor: str
    """Linux's policy for the clock rate, such as performance; `unknown` on systems without one."""
    libraries: tuple[tuple[str, str], ...]
    """(name, version) of the libraries that compute."""


def this_machine(*libraries: str) -> Machine:
    """Describe this machine and the installed versions of `libraries`.

    >>> this_machine("numpy").libraries[0][0]
    'numpy'
    """
    return Machine(cpu_model(), os.cpu_count() or 1, _governor(), tuple((name, version(name)) for name in libraries))


def cores() -> list[int]:
    """Return the numbers of the cores that this process may use, in order."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(os.cpu_count() or 1))


@contextmanager
def pinned(threads: int) -> Iterator[None]:
    """Pin every thread of this process to the first `threads` cores it may use; restore the cores at the end.

    Threads started inside inherit the cores. Where the system cannot pin (macOS, Windows), nothing is pinned.
    Raises NasbenchPoseError if there are fewer cores.

    >>> with pinned(1):
    ...     len(cores())
    1
    """
    allowed = cores()
    if not 1 <= threads <= len(allowed):
        raise NasbenchPoseError(f"{threads} threads do not fit: this process may use {len(allowed)} cores.")
    before = {thread: os.sched_getaffinity(thread) for thread in _threads()}
    _pin(before, allowed[:threads])
    try:
        yield
    finally:
        _pin(_threads(), allowed)
        for thread, where in before.items():
            _pin([thread], where)


def _threads() -> list[int]:
    """Return the numbers of this process's threads; none where they cannot be pinned."""
    return [int(thread.name) for thread in THREADS.iterdir()] if THREADS.exists() else []


def _pin(threads: Iterable[int], where: Iterable[int]) -> None:
    for thread in threads:
        try:
            os.sched_setaffinity(thread, where)
        except ProcessLookupError:  # the thread has ended meanwhile
            continue


def cpu_model() -> str:
    """Return the model name of the processor.

    >>> len(cpu_model()) > 0
    True
    """
    described = Path("/proc/cpuinfo")
    lines = described.read_text().splitlines() if described.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def _governor() -> str:
    try:
        return GOVERNOR.read_text().strip()
    except OSError:
        return "unknown"
