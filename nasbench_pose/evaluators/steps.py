"""The steps of a training: everything that the next step depends on, as one value that can be saved."""

import math
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from itertools import pairwise
from typing import Any
from typing import Protocol as Interface

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from nasbench_pose.errors import DivergedError
from nasbench_pose.evaluators.batches import Tensors
from nasbench_pose.evaluators.optimizers import OPTIMIZERS, SCHEDULES, WarmUp
from nasbench_pose.evaluators.processes import ALONE, Processes
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.representation import representation
from nasbench_pose.evaluators.teaching import Teacher, taught
from nasbench_pose.network.devices import precise


class Supply(Interface):
    """Endless batches of normalised, augmented people on the device of the training."""

    def __next__(self) -> Tensors:
        """Return the next batch."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """Return what the batches that follow depend on."""
        ...

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue after the batch at which `state` was taken."""
        ...


StepLoss = Callable[[Tensors], Tensor]
"""The loss of a batch; it runs the network as the step needs it."""

READ_EVERY = 50
"""Losses of another device than the CPU are read this many at a time: reading waits for the device."""


class Losses:
    """The losses of a training, read from the device many at a time; on the CPU each at once."""

    def __init__(self, device: torch.device) -> None:
        self.read: list[float] = []
        """The losses that were read, in order."""
        self._every = 1 if device.type == "cpu" else READ_EVERY
        self._unread: list[Tensor] = []

    def add(self, loss: Tensor) -> list[float]:
        """Add a loss and return those that were read now, which may be none."""
        self._unread.append(loss.detach())
        return self.read_all() if len(self._unread) == self._every else []

    def read_all(self) -> list[float]:
        """Read and return the losses that were not read yet."""
        found: list[float] = torch.stack(self._unread).tolist() if self._unread else []
        self.read.extend(found)
        self._unread = []
        return found


class Steps:
    """A network, its optimiser, schedule, average and batches. A step waits for nothing that the device computes."""

    def __init__(
        self,
        network: nn.Module,
        batches: Supply,
        protocol: Protocol,
        total: int,
        loss: StepLoss | None = None,
        processes: Processes = ALONE,
        teacher: Teacher | None = None,
    ) -> None:
        """Prepare a training of `total` steps by `protocol`; `network` is on the device that trains.

        `loss` replaces the protocol's loss of the network's output, in steps that run a network several times; only
        one process can train by it. The batches are this process's part of those of all `processes`.
        """
        self.network, self.batches, self.protocol, self.processes = network, batches, protocol, processes
        parallel, self._teacher = processes.parallel(network), teacher
        self._apart = parallel.no_sync if isinstance(parallel, DistributedDataParallel) else nullcontext
        self._trained: nn.Module = torch.compile(parallel) if protocol.compile else parallel  # type: ignore[assignment]
        self.weights = list(network.parameters())
        self.device = self.weights[0].device
        self._own_loss = loss
        self.done = 0
        """Steps that were done."""
        self._losses = Losses(self.device)
        self._optimizer = OPTIMIZERS[protocol.optimizer](self.weights, protocol.learning_rate, protocol.weight_decay)
        schedule = SCHEDULES[protocol.schedule](self._optimizer, protocol.learning_rate, total)
        self._schedule = WarmUp(self._optimizer, schedule, protocol.warm_up) if protocol.warm_up else schedule
        self._averaged = _average(network, protocol.average)
        scaled = protocol.precision == "fp16" and self.device.type != "meta"
        self._scaler = torch.amp.GradScaler(self.device.type, enabled=scaled)  # small gradients would be 0 in 16 bits

    @property
    def losses(self) -> list[float]:
        """The losses that were read."""
        return self._losses.read

    @property
    def measured(self) -> nn.Module:
        """The network to measure: the average if the protocol has one."""
        return self._averaged or self.network

    def step(self) -> None:
        """Train on the next batch; raise DivergedError for a loss that was read and is not finite."""
        batch = next(self.batches)
        self._optimizer.zero_grad()
        loss = self.processes.total(self._gradients(batch, self.protocol.accumulate, self._trained))
        if self.protocol.clip:
            self._scaler.unscale_(self._optimizer)
            nn.utils.clip_grad_norm_(self.weights, self.protocol.clip)
        self._scaler.step(self._optimizer)
        self._scaler.update()
        self._schedule.step()
        if self._averaged is not None:
            self._averaged.update_parameters(self.network)
        self.done += 1
        self._check(self._losses.add(loss))

    def read_losses(self) -> None:
        """Read all losses; raise DivergedError for the first that is not finite."""
        self._check(self._losses.read_all())

    def _check(self, new: list[float]) -> None:
        first = len(self.losses) - len(new) + 1
        for number, loss in enumerate(new, start=first):
            if not math.isfinite(loss):
                raise DivergedError(f"diverged at step {number}: the loss is {loss}")

    def try_batch(self, size: int) -> None:
        """Compute the gradients of `size` people in this process alone, to see whether they fit into memory."""
        shared = [module for module in self.network.modules() if isinstance(module, nn.SyncBatchNorm)]
        for module in shared:
            module.eval()  # it would wait for the other processes
        self._optimizer.zero_grad()
        self._gradients(next(self.batches).take(slice(0, size)), 1, self.network)
        self._optimizer.zero_grad()
        for module in shared:
            module.train()

    def _gradients(self, batch: Tensors, parts: int, network: nn.Module) -> Tensor:
        """Add up the gradients of the parts of a batch, and return its loss, of several processes its share."""
        losses, count = [], self.processes.count
        whole = len(batch.images) if count == 1 else self.protocol.batch
        divided = list(_divided(batch, parts))
        for number, part in enumerate(divided, start=1):
            with self._apart() if number < len(divided) else nullcontext():  # processes exchange what was added up
                loss = self._loss(network, part)
                if parts * count > 1:
                    loss = loss * (len(part.images) / whole)
                shared = loss * count if count > 1 else loss  # DDP divides the sum by the number
                self._scaler.scale(shared).backward()  # type: ignore[no-untyped-call]
            losses.append(loss.detach())
        return losses[0] if parts == 1 else torch.stack(losses).sum()

    def _loss(self, network: nn.Module, people: Tensors) -> Tensor:
        if self._own_loss is not None:
            return self._own_loss(people)
        with precise(self.device, self.protocol.precision):
            output = network(people.images)
        loss = loss_of(output, people, self.protocol)
        if self._teacher is None:
            return loss
        return taught(loss, output, self._teacher.maps(people.images, self.protocol), self.protocol)

    def state_dict(self) -> dict[str, Any]:
        """Return everything that later steps depend on, for `torch.save`."""
        self.read_losses()
        parts = {name: part.state_dict() for name, part in self._parts.items()}
        return parts | {"done": self.done, "losses": torch.tensor(self.losses, dtype=torch.double)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue after the step at which `state` was taken."""
        for name, part in self._parts.items():
            part.load_state_dict(state[name])
        self.done, self._losses.read = state["done"], state["losses"].tolist()

    @property
    def _parts(self) -> dict[str, Any]:
        average = {} if self._averaged is None else {"average": self._averaged}
        trained = {"network": self.network, "optimizer": self._optimizer, "schedule": self._schedule}
        return trained | {"scaler": self._scaler, "batches": self.batches} | average


def loss_of(output: Tensor, people: Tensors, protocol: Protocol) -> Tensor:
    """Return the protocol's loss of the heat maps (n, J, h, w), or SimCC's vectors, predicted for `people`.

    Raises ShapeError if the output is neither.
    """
    exact = output.float() if output.element_size() < 4 else output
    return representation(protocol, output.shape[2:]).loss(exact, people)


def _divided(batch: Tensors, parts: int) -> Iterator[Tensors]:
    n = len(batch.images)
    edges = [n * part // parts for part in range(parts + 1)]
    return (batch.take(slice(low, high)) for low, high in pairwise(edges) if low < high)


def _average(network: nn.Module, decay: float) -> AveragedModel | None:
    """Return the moving average of weights and batch-normalisation statistics, None if `decay` is 0."""
    if not decay:
        return None
    mean = get_ema_multi_avg_fn(decay)  # type: ignore[no-untyped-call]
    return AveragedModel(network, multi_avg_fn=mean, use_buffers=True)
