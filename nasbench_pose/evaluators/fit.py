"""Training a network by a protocol."""

from collections.abc import Callable, Sequence

import torch
from torch import nn

from nasbench_pose.errors import DivergedError, MeasurementError
from nasbench_pose.evaluators.batches import Batches, Tensors
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.step_failures import explained
from nasbench_pose.evaluators.steps import StepLoss, Steps

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
    protocol = training.protocol
    whole = -(-protocol.batch // protocol.accumulate)

    def remedy(size: int) -> str:
        parts = -(-protocol.batch // size)
        return (
            f"protocol.batch={size}, or --accumulate {parts}, which trains the batch of {protocol.batch} in {parts} "
            "parts"
        )

    where = f"in step {training.done + 1}"
    return explained(error, where, training.device, (whole, protocol.input), training.try_batch, remedy)
