"""Training a network by a protocol."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from nasbench_pose.errors import DivergedError
from nasbench_pose.evaluators.batches import Tensors, draws, normalise
from nasbench_pose.evaluators.optimizers import OPTIMIZERS, SCHEDULES
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.representation import representation
from nasbench_pose.pose.augment import augment

Watch = Callable[[int, nn.Module, float], None]
"""Called after each step with its number, the network to measure, and the loss of the step's batch."""


def fit(
    network: nn.Module,
    people: Tensors,
    protocol: Protocol,
    steps: int,
    seed: int,
    watch: Watch,
    *,
    total: int | None = None,
) -> nn.Module:
    """Train `network` in place for `steps` batches and return the network to measure, which may be its average.

    The learning-rate schedule is scaled to `total` steps, by default `steps`: with more, a training stops before its
    end. Raises DivergedError at the first loss that is not finite, and if
    weights or statistics are not finite after the last step. The same seed gives the same weights, bit for bit, on the
    same machine with one thread.
    """
    optimizer = OPTIMIZERS[protocol.optimizer](network.parameters(), protocol.learning_rate, protocol.weight_decay)
    schedule = SCHEDULES[protocol.schedule](optimizer, protocol.learning_rate, total or steps)
    averaged = _average(network, protocol.average)
    rng = torch.Generator().manual_seed(seed)
    network.train()
    for step, batch in zip(range(1, steps + 1), batches(people, protocol, rng), strict=False):
        loss = loss_of(network(batch.images), batch, protocol)
        if not torch.isfinite(loss):
            raise DivergedError(f"diverged at step {step}: the loss is {loss.item()}")
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        if averaged is not None:
            averaged.update_parameters(network)
        if step == steps:
            _check_finite(averaged or network, step)
        watch(step, averaged or network, loss.item())
    return averaged or network


def _check_finite(network: nn.Module, step: int) -> None:
    """Raise DivergedError, which names the first weight or statistic that is not finite."""
    for name, value in network.state_dict().items():
        if not torch.isfinite(value).all():
            raise DivergedError(f"diverged at step {step}: {name} is no longer finite")


def loss_of(output: Tensor, people: Tensors, protocol: Protocol) -> Tensor:
    """Return the protocol's loss of the heat maps (n, J, h, w), or SimCC's vectors, predicted for `people`.

    Raises ShapeError if the output is neither.
    """
    return representation(protocol, output.shape[2:]).loss(output, people)


def _average(network: nn.Module, decay: float) -> AveragedModel | None:
    """Return the moving average of weights and batch-normalisation statistics, None if `decay` is 0."""
    if not decay:
        return None
    mean = get_ema_multi_avg_fn(decay)  # type: ignore[no-untyped-call]
    return AveragedModel(network, multi_avg_fn=mean, use_buffers=True)


def batches(people: Tensors, protocol: Protocol, rng: torch.Generator) -> Iterator[Tensors]:
    """Yield endlessly random batches of normalised, augmented images."""
    skeleton, settings = people.skeleton, protocol.augmentation
    for index in draws(len(people.images), protocol.batch, rng):
        batch = people.take(index)
        changed = augment(normalise(batch.images), batch.joints, batch.labelled, skeleton, settings, rng)
        images, joints, labelled = changed
        yield Tensors(images.contiguous(memory_format=torch.channels_last), joints, labelled, skeleton)
