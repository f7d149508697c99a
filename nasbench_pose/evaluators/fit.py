"""Training a network by a protocol."""

from collections.abc import Callable, Sequence

import torch
from torch import nn

from nasbench_pose.errors import DivergedError, MeasurementError
from nasbench_pose.evaluators.batches import Batches, Tensors
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.steps import StepLoss, Steps
from nasbench_pose.network.devices import forget_cached, out_of_memory

Watch = Callable[[int, nn.Module, Sequence[float]], None]
"""Called after each step with its number, the network to measure, and the losses of all steps that were read."""


def fit(
    network: nn.Module,
    people: Tensors,
    protocol: Protocol,
    steps: int,
    seed: int,
    watch: Watch,
    *,
    total: int | None = None,
    loss: StepLoss | None = None,
) -> nn.Module:
    """Train `network` in place for `steps` batches and return the network to measure, which may be its average.

    Network and people are on one device. The learning-rate schedule is scaled to `total` steps, by default `steps`:
    with more, a training stops before its end. `loss` is that of Steps. Raises DivergedError at the first loss that is
    not finite, and if weights or statistics are not finite after the last step, and MeasurementError if a batch does
    not fit into the memory of the device. The same seed gives the same weights, bit for bit, on the same machine with
    one thread.
    """
    rng = torch.Generator(people.images.device).manual_seed(seed)
    training = Steps(network, Batches(people, protocol, rng), protocol, total or steps, loss)
    run(training, steps, watch)
    return training.measured


def run(training: Steps, steps: int, watch: Watch) -> None:
    """Do the steps of `training` that are left of the first `steps`; raises what `fit` raises."""
    training.network.train()
    while training.done < steps:
        try:
            training.step()
        except RuntimeError as error:
            if (explained := _explained(training, error)) is None:
                raise
            raise explained from error
        step = training.done
        if step == steps:
            training.read_losses()
            _check_finite(training.measured, step)
        watch(step, training.measured, training.losses)


def _check_finite(network: nn.Module, step: int) -> None:
    """Raise DivergedError, which names the first weight or statistic that is not finite."""
    for name, value in network.state_dict().items():
        if not torch.isfinite(value).all():
            raise DivergedError(f"diverged at step {step}: {name} is no longer finite")


def _explained(training: Steps, error: RuntimeError) -> MeasurementError | None:
    """Return what a failure of torch in a step means, if it is the machine's."""
    if out_of_memory(error):
        return _too_large(training, error)
    said = str(error).strip().partition("\n")[0]
    if isinstance(error, torch.AcceleratorError):
        return MeasurementError(
            f"{training.device} failed in step {training.done + 1}: {said}. The last checkpoint is kept."
        )
    if type(error).__module__.startswith(("torch._dynamo", "torch._inductor")):
        return MeasurementError(f"torch.compile failed: {said}. Leave protocol.compile out to train without it.")
    return None


def _too_large(training: Steps, error: Exception) -> MeasurementError:
    """Return the error of a batch that does not fit, with the largest half, quarter, … that does."""
    protocol, parts = training.protocol, training.protocol.accumulate
    whole = -(-protocol.batch // parts)
    size, fits = whole // 2, False
    while size >= 1 and not fits:
        parts = -(-protocol.batch // size)
        fits = _fits(training, size)
        size = size if fits else size // 2
    device = f"the memory of {training.device}"
    if not fits:
        return MeasurementError(f"Not even one person fits into {device} with this network: {error}.")
    return MeasurementError(
        f"A batch of {whole} people of {protocol.input[0]}×{protocol.input[1]} pixels does not fit into {device}; "
        f"{size} would: protocol.batch={size}, or --accumulate {parts}, which trains the batch of {protocol.batch} in "
        f"{parts} parts."
    )


def _fits(training: Steps, size: int) -> bool:
    forget_cached(training.device)
    try:
        training.try_batch(size)
    except RuntimeError as error:
        if not out_of_memory(error):
            raise
        return False
    return True
