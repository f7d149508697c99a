"""The gradient of the choices: the weights follow the choices, so the bilevel step looks one step ahead."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

Loss = Callable[[], Tensor]
"""Computes a loss from the present values of weights and choices; the same call gives the same loss."""

SHIFT = 0.01
"""Length of the shift of the weights in the finite difference, as in DARTS (section 2.3)."""


def gradients(loss: Tensor, values: Sequence[Tensor]) -> list[Tensor]:
    """Return the gradient of a loss by each of `values`; zeros for what the loss does not depend on."""
    found = torch.autograd.grad(loss, values, allow_unused=True)
    return [torch.zeros_like(value) if part is None else part for value, part in zip(values, found, strict=True)]


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
def _move(weights: Sequence[Tensor], directions: Sequence[Tensor], factor: float) -> None:
    for weight, direction in zip(weights, directions, strict=True):
        weight.add_(direction, alpha=factor)


@torch.no_grad()
def _restore(weights: Sequence[Tensor], kept: Sequence[Tensor]) -> None:
    for weight, before in zip(weights, kept, strict=True):
        weight.copy_(before)
