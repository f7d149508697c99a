"""Perturbed choices for the weights: weights that suit a neighbourhood of the choices (SmoothDARTS, arXiv 2002.05283).

The weights of the options, which sum to one, are moved within ±size, at random (SDARTS-RS) or to where the training
loss is largest (SDARTS-ADV, projected gradient ascent).
"""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

Shares = Mapping[str, Tensor]
Loss = Callable[[Shares], Tensor]
"""The training loss of a mixture."""

ASCENTS = 7
"""Steps of the ascent, as in the authors' code."""


def at_random(shares: Shares, size: float, rng: torch.Generator, _: Loss) -> dict[str, Tensor]:
    """Return the shares, each moved by a uniform number within ±`size`.

    >>> moved = at_random({"a": torch.tensor([0.5, 0.5])}, 0.1, torch.Generator(), lambda _: torch.zeros(()))
    >>> bool((moved["a"] - 0.5).abs().max() <= 0.1)
    True
    """
    return {
        choice: share + size * (2 * torch.rand(share.shape, generator=rng, dtype=share.dtype) - 1)
        for choice, share in shares.items()
    }


def adversarial(shares: Shares, size: float, rng: torch.Generator, loss: Loss) -> dict[str, Tensor]:
    """Return the shares, moved within ±`size` to where `loss` is larger, from a random start by sign steps."""
    moved = at_random(shares, size, rng, loss)
    for _ in range(ASCENTS):
        trial = {choice: share.detach().requires_grad_() for choice, share in moved.items()}
        found = torch.autograd.grad(loss(trial), list(trial.values()), allow_unused=True)
        for (choice, share), slope in zip(shares.items(), found, strict=True):
            if slope is not None:
                up = trial[choice].detach() + 2 * size / ASCENTS * slope.sign()
                moved[choice] = torch.clamp(up, share - size, share + size)
    return moved


PERTURBATIONS: Mapping[str, Callable[[Shares, float, torch.Generator, Loss], dict[str, Tensor]]] = {
    "random": at_random,
    "adversarial": adversarial,
}
"""Perturbations by name: (shares, size, generator, training loss) -> perturbed shares."""
