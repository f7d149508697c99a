"""Processes that train one network together, each on its share of every batch, as `torchrun` starts them."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from nasbench_pose.errors import InvalidFileError, MeasurementError

PATIENCE = timedelta(days=7)
"""How long a process waits for the others, while the first one measures."""


@dataclass(frozen=True)
class Processes:
    """The place of this process among those that train together.

    >>> Processes(rank=1, count=3).share(8)
    slice(2, 5, None)
    """

    rank: int = 0
    """0 is the one that measures, prints and writes."""
    count: int = 1
    here: int = 0
    """The number of this process on its machine: that of its GPU."""
    count_here: int = 1
    """Processes on this machine."""

    @property
    def leads(self) -> bool:
        """Whether this process measures, prints and writes."""
        return self.rank == 0

    def share(self, batch: int) -> slice:
        """Return the part of a batch that this process computes: the batch is divided as `accumulate` divides it."""
        return slice(batch * self.rank // self.count, batch * (self.rank + 1) // self.count)

    def device(self, name: str) -> str:
        """Return the name of the device of this process: `cuda` is the GPU with its number."""
        several = self.count_here > 1 and (name == "cuda" or (name == "auto" and torch.cuda.is_available()))
        return f"cuda:{self.here}" if several else name

    def parallel(self, network: nn.Module) -> nn.Module:
        """Return the network whose backward pass adds up the gradients of all processes."""
        if self.count == 1:
            return network
        device = next(network.parameters()).device
        return DistributedDataParallel(network, device_ids=[device] if device.type == "cuda" else None)

    def total(self, value: Tensor) -> Tensor:
        """Return the sum of a value of each process; nothing waits for a device."""
        if self.count > 1:
            dist.all_reduce(value)
        return value

    def agreed(self, reason: str) -> str:
        """Return the first reason that a process has to stop, the same one in all of them, or nothing."""
        if self.count == 1:
            return reason
        flag = torch.tensor(int(bool(reason)))  # on the CPU: nothing waits for a GPU
        dist.all_reduce(flag)
        return (reason or "a signal to another process") if flag else ""


ALONE = Processes()


@contextmanager
def together(environment: Mapping[str, str] | None = None) -> Iterator[Processes]:
    """Connect the processes that `torchrun` has started, and yield the place of this one; ALONE outside of it.

    `environment` defaults to that of the process. Raises InvalidFileError for variables that do not fit, and
    MeasurementError if another process is lost.
    """
    given = os.environ if environment is None else environment
    places = (("RANK", 0), ("WORLD_SIZE", 1), ("LOCAL_RANK", 0), ("LOCAL_WORLD_SIZE", 1))
    rank, count, here, count_here = (_number(given, name, default) for name, default in places)
    if count == 1:
        yield ALONE
        return
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    dist.init_process_group(backend, rank=rank, world_size=count, timeout=PATIENCE)
    try:
        yield Processes(rank, count, here, count_here)
    except RuntimeError as error:
        if isinstance(error, dist.DistError) or "gloo" in str(error):
            raise MeasurementError(
                "Another process of this command has ended, so this one cannot go on. The last checkpoint is kept; the "
                "same command continues."
            ) from error
        raise
    finally:
        dist.destroy_process_group()


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, str(default))
    if not text.isdecimal():
        raise InvalidFileError(f"The variable {name} is {text!r}; torchrun sets it to a whole number.")
    return int(text)
