"""What a failure of torch in a training step means, in one line: lack of memory, a lost device, a compiler."""

from collections.abc import Callable

import torch

from nasbench_pose.errors import MeasurementError
from nasbench_pose.network.devices import forget_cached, out_of_memory

Attempt = Callable[[int], None]
"""Computes the gradient of so many people, to see whether they fit into memory."""


def explained(
    error: RuntimeError, where: str, device: torch.device, people: tuple[int, tuple[int, int]], attempt: Attempt,
    remedy: Callable[[int], str],
) -> MeasurementError | None:  # fmt: skip
    """Return the error in one line if it is the machine's, else None.

    `where` says when it was, such as `in step 3`. `people` are the size of the batch and that of its images; of a batch
    that does not fit, the message names the largest half, quarter, … that does, and its `remedy`.
    """
    said = str(error).strip().partition("\n")[0]
    if out_of_memory(error):
        return _too_large(said, device, people, attempt, remedy)
    if isinstance(error, torch.AcceleratorError):
        return MeasurementError(f"{device} failed {where}: {said}. The last checkpoint is kept.")
    if type(error).__module__.startswith(("torch._dynamo", "torch._inductor")):
        return MeasurementError(f"torch.compile failed: {said}. Leave protocol.compile out to train without it.")
    return None


def _too_large(
    said: str, device: torch.device, people: tuple[int, tuple[int, int]], attempt: Attempt,
    remedy: Callable[[int], str],
) -> MeasurementError:  # fmt: skip
    whole, (height, width) = people
    size = whole // 2
    while size and not _fits(size, device, attempt):
        size //= 2
    if not size:
        return MeasurementError(f"Not even one person fits into the memory of {device} with this network: {said}.")
    return MeasurementError(
        f"A batch of {whole} people of {height}×{width} pixels does not fit into the memory of {device}; {size} would: "
        f"{remedy(size)}."
    )


def _fits(size: int, device: torch.device, attempt: Attempt) -> bool:
    forget_cached(device)
    try:
        attempt(size)
    except RuntimeError as error:
        if not out_of_memory(error):
            raise
        return False
    return True
