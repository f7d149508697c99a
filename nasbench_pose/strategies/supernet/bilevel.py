"""The gradient of the choices: the weights follow the choices, so the bilevel step looks one step ahead."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from nasbench_pose.strategies.supernet.elsewhere import Elsewhere
from nasbench_pose.strategies.supernet.samplers import Sample

Draw = Callable[[], Sample]
"""Returns the sample of a step, the same one at each call."""
Task = Callable[[Sample], Tensor]
"""The loss of the task on some people."""
Total = Callable[[Tensor, Sample | None], Tensor]
"""(loss of the task, the sample it is of if that may be used again) -> the loss of the choices, with their cost."""

Loss = Callable[[], Tensor]
"""Computes a loss from the present values of weights and choices; the same call gives the same loss."""

SHIFT = 0.01
"""Length of the shift of the weights in the finite difference, as in DARTS (section 2.3)."""
TINY = 1e-30
"""Lower bound of the norm, by which the shift is divided."""


def gradients(loss: Tensor, values: Sequence[Tensor]) -> list[Tensor]:
    """Return the gradient of a loss by each of `values`; zeros for what the loss does not depend on."""
    found = torch.autograd.grad(loss, values, allow_unused=True)
    return [torch.zeros_like(value) if part is None else part for value, part in zip(values, found, strict=True)]


def first_order(
    task: Task, drawn: Draw, total: Total, choices: Sequence[Tensor], there: torch.device | None
) -> tuple[Tensor, list[Tensor]]:
    """Return the loss of the task, and the gradient of the total loss by the choices.

    `there` is the device of the task, where the choices are on another one. The loss is on it.
    """
    sample = drawn()
    if there is None:
        found = task(sample)
        return found, gradients(total(found, sample), choices)
    moved = Elsewhere(sample.weights, there)
    found = task(Sample(moved.weights, sample.active))
    (slope,) = gradients(found, [moved.leaf])
    return found, gradients(total(moved.back(found, slope), sample), choices)


def look_ahead(
    train: Task, val: Task, weights: Sequence[Tensor], rate: float, drawn: Draw, total: Total,
    choices: Sequence[Tensor], there: torch.device | None,
) -> tuple[Tensor, list[Tensor]]:  # fmt: skip
    """Return what `first_order` does of `val`, one step of the weights on `train` ahead: `second_order`.

    Its equation is of the task. The cost does not depend on the weights, and is added.
    """
    if there is None:
        found, direct = second_order(weights, choices, lambda: train(drawn()), lambda: val(drawn()), rate)
        value = found.clone().requires_grad_()
        factor, *rest = gradients(total(value, None), [value, *choices])
        return found, [factor * one + other for one, other in zip(direct, rest, strict=True)]
    sample = drawn()
    moved = Elsewhere(sample.weights, there)

    def seen(task: Task) -> Tensor:
        return task(Sample(moved.weights, sample.active))

    found, (slope,) = second_order(weights, [moved.leaf], partial(seen, train), partial(seen, val), rate)
    return found, gradients(total(moved.back(found, slope), None), choices)


def second_order(
    weights: Sequence[Tensor], choices: Sequence[Tensor], train: Loss, val: Loss, rate: float
) -> tuple[Tensor, list[Tensor]]:
    """Return the loss `val` one step of the weights ahead, and its gradient by the choices α.

    DARTS, equations 7 and 8: with w' = w - ξ ∇w L_train(w, α) the gradient is ∇α L_val(w', α) - ξ ∇²αw L_train ·
    ∇w' L_val. The product with the second derivatives is a finite difference of ∇α L_train at w ± ε ∇w' L_val, of which
    ε times the norm of the gradient is `SHIFT`. `rate` is ξ. The weights are as before afterwards.
    """
    kept = [weight.detach().clone() for weight in weights]
    _move(weights, gradients(train(), weights), -rate)
    ahead = val()
    found = gradients(ahead, [*choices, *weights])
    direct, ascent = found[: len(choices)], found[len(choices) :]
    _restore(weights, kept)
    norm = torch.sqrt(sum((part.square().sum() for part in ascent), torch.zeros(())))
    shift: float | Tensor = SHIFT / norm.clamp(min=TINY)
    if norm.device.type == "cpu":  # elsewhere reading it would wait for the device
        if not norm > 0:
            return ahead.detach(), direct
        shift = float(SHIFT / norm)
    _move(weights, ascent, shift)
    above = gradients(train(), choices)
    _restore(weights, kept)
    _move(weights, ascent, -shift)
    below = gradients(train(), choices)
    _restore(weights, kept)
    factor = rate / (2 * shift)
    return ahead.detach(), [d - factor * (a - b) for d, a, b in zip(direct, above, below, strict=True)]


@torch.no_grad()
def _move(weights: Sequence[Tensor], directions: Sequence[Tensor], factor: float | Tensor) -> None:
    for weight, direction in zip(weights, directions, strict=True):
        if isinstance(factor, Tensor):
            weight.add_(direction * factor)
        else:
            weight.add_(direction, alpha=factor)


@torch.no_grad()
def _restore(weights: Sequence[Tensor], kept: Sequence[Tensor]) -> None:
    for weight, before in zip(weights, kept, strict=True):
        weight.copy_(before)
