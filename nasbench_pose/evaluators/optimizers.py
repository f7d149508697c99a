"""Optimisers and learning-rate schedules by name."""

from collections.abc import Callable, Iterable, Mapping

from torch.nn import Parameter
from torch.optim import SGD, Adam, AdamW, Optimizer
from torch.optim.lr_scheduler import CosineAnnealingLR, LRScheduler, MultiStepLR, OneCycleLR

Parameters = Iterable[Parameter]

OPTIMIZERS: Mapping[str, Callable[[Parameters, float, float], Optimizer]] = {
    "adam": lambda weights, rate, decay: Adam(weights, rate, weight_decay=decay),
    "adamw": lambda weights, rate, decay: AdamW(weights, rate, weight_decay=decay),
    "sgd": lambda weights, rate, decay: SGD(weights, rate, momentum=0.9, weight_decay=decay, nesterov=True),
}
"""(parameters, learning rate, weight decay) -> optimiser."""

SCHEDULES: Mapping[str, Callable[[Optimizer, float, int], LRScheduler]] = {
    "one_cycle": lambda optimizer, rate, steps: OneCycleLR(optimizer, rate, total_steps=steps),
    "cosine": lambda optimizer, _, steps: CosineAnnealingLR(optimizer, steps),
    "step": lambda optimizer, _, steps: MultiStepLR(optimizer, [steps * 170 // 210, steps * 200 // 210]),
}
"""(optimiser, maximal learning rate, total steps) -> schedule. `step` is HRNet's: divided by 10 at 170/210, 200/210."""
