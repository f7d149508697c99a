"""Optimisers and learning-rate schedules by name."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch.nn import Parameter
from torch.optim import SGD, Adam, AdamW, Optimizer
from torch.optim.lr_scheduler import CosineAnnealingLR, LRScheduler, MultiStepLR, OneCycleLR

Parameters = Sequence[Parameter]

OPTIMIZERS: Mapping[str, Callable[[Parameters, float, float], Optimizer]] = {
    "adam": lambda weights, rate, decay: Adam(weights, rate, weight_decay=decay, **_how(weights)),
    "adamw": lambda weights, rate, decay: AdamW(weights, rate, weight_decay=decay, **_how(weights)),
    "sgd": lambda weights, rate, decay: SGD(
        weights, rate, momentum=0.9, weight_decay=decay, nesterov=True, **_how(weights)
    ),
}
"""(parameters, learning rate, weight decay) -> optimiser."""

SCHEDULES: Mapping[str, Callable[[Optimizer, float, int], LRScheduler]] = {
    "one_cycle": lambda optimizer, rate, steps: OneCycleLR(optimizer, rate, total_steps=steps),
    "cosine": lambda optimizer, _, steps: CosineAnnealingLR(optimizer, steps),
    "step": lambda optimizer, _, steps: MultiStepLR(optimizer, [steps * 170 // 210, steps * 200 // 210]),
    "step_mpii": lambda optimizer, _, steps: MultiStepLR(optimizer, [steps * 150 // 200, steps * 170 // 200]),
    "step_coco": lambda optimizer, _, steps: MultiStepLR(optimizer, [steps * 170 // 240, steps * 200 // 240]),
}
"""(optimiser, maximal learning rate, total steps) -> schedule.

`step` is HRNet's: the rate is divided by 10 at 170/210 and 200/210 of the steps. `step_mpii` and `step_coco` are
EfficientPose's: at 150/200 and 170/200, and at 170/240 and 200/240.
"""


def _how(weights: Parameters) -> dict[str, Any]:
    """Return the options for a device: on CUDA one kernel for all weights, which never waits for the processor."""
    return {"fused": True} if weights[0].device.type == "cuda" else {}


class WarmUp:
    """Multiplies the learning rate of a schedule by step / `steps` in the first steps."""

    def __init__(self, optimizer: Optimizer, schedule: LRScheduler, steps: int) -> None:
        self._optimizer, self._schedule, self._steps, self._done = optimizer, schedule, steps, 0
        self._scale()

    def step(self) -> None:
        """Set the rates of the next step."""
        for group, rate in zip(self._optimizer.param_groups, self._schedule.get_last_lr(), strict=True):
            group["lr"] = rate  # a schedule may continue from the rate of the step before
        self._schedule.step()
        self._done += 1
        self._scale()

    def _scale(self) -> None:
        for group in self._optimizer.param_groups:
            group["lr"] *= min(1.0, (self._done + 1) / (self._steps + 1))

    def state_dict(self) -> dict[str, Any]:
        """Return the state of the schedule and the steps done."""
        return {"schedule": self._schedule.state_dict(), "done": self._done}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue after the step at which `state` was taken; the optimiser keeps the rates itself."""
        self._schedule.load_state_dict(state["schedule"])
        self._done = state["done"]
