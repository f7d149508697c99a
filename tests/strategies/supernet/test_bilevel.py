"""The second-order step, beside the exact derivative of a tiny bilevel problem."""

import pytest
import torch
from torch import Tensor

from nasbench_pose.strategies.supernet.bilevel import second_order

RATE = 3.0


def problem(seed: int) -> tuple[list[Tensor], list[Tensor], Tensor, Tensor]:
    """Two layers of weights, the logits of three options, and two sets of numbers to fit."""
    rng = torch.Generator().manual_seed(seed)

    def drawn(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=rng, dtype=torch.double)

    weights = [drawn(3, 4).requires_grad_(), drawn(4).requires_grad_()]
    return weights, [drawn(3).requires_grad_(), drawn(2).requires_grad_()], drawn(6, 3), drawn(6, 3)


def loss(weights: list[Tensor], choices: list[Tensor], inputs: Tensor) -> Tensor:
    mixed = inputs * torch.softmax(choices[0], 0)
    out = torch.tanh(mixed @ weights[0]) @ weights[1] * torch.sigmoid(choices[1]).prod()
    return (out - inputs.sum(dim=1).sin()).square().mean()


@pytest.mark.parametrize("seed", range(4))
def test_it_is_the_gradient_through_one_step_of_the_weights(seed: int) -> None:
    weights, choices, train, val = problem(seed)
    kept = [weight.detach().clone() for weight in weights]
    down = torch.autograd.grad(loss(weights, choices, train), weights, create_graph=True)
    ahead = loss([w - RATE * d for w, d in zip(weights, down, strict=True)], choices, val)
    exact = torch.autograd.grad(ahead, choices)

    value, found = second_order(
        weights, choices, lambda: loss(weights, choices, train), lambda: loss(weights, choices, val), RATE
    )
    assert value.item() == pytest.approx(ahead.item())
    for one, other in zip(found, exact, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)
    for weight, before in zip(weights, kept, strict=True):
        assert torch.equal(weight, before)


def test_it_differs_from_first_order_and_meets_it_at_a_rate_of_zero() -> None:
    weights, choices, train, val = problem(0)
    first = torch.autograd.grad(loss(weights, choices, val), choices)

    def at(rate: float) -> list[Tensor]:
        return second_order(
            weights, choices, lambda: loss(weights, choices, train), lambda: loss(weights, choices, val), rate
        )[1]

    torch.testing.assert_close(at(0.0), list(first))
    assert (at(RATE)[0] - first[0]).norm() > 0.1 * first[0].norm()
