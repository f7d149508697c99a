"""The continuous relaxation of a space: one logit per option of each choice, and one per edge into a node of a cell."""

from collections.abc import Mapping

import torch
from torch import Tensor

from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.supernet.expected_cost import Probabilities, shares


def new_logits(space: SearchSpace, generator: torch.Generator) -> dict[str, Tensor]:
    """Return trainable logits near zero (1e-3 times a standard normal number, as in DARTS)."""
    sizes = {choice: len(options) for choice, options in space.choices.items()}
    return {choice: (1e-3 * torch.randn(size, generator=generator)).requires_grad_() for choice, size in sizes.items()}


def new_edges(space: SearchSpace, generator: torch.Generator) -> dict[str, Tensor]:
    """Return trainable logits of the choices that are decided together: one for each edge into a node of a cell.

    The key is the first of these choices. Spaces whose choices are decided one by one have none.
    """
    together = [list(decision.choices) for decision in space.decisions if len(decision.choices) > 1]
    return {
        choices[0]: (1e-3 * torch.randn(len(choices), generator=generator)).requires_grad_() for choices in together
    }


def with_edges(space: SearchSpace, weights: Mapping[str, Tensor], edges: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights of the options, each times the softmax weight of its edge (PC-DARTS, arXiv 1907.05737)."""
    scaled = dict(weights)
    for decision in space.decisions:
        choices = list(decision.choices)
        if choices[0] in edges:
            for choice, share in zip(choices, torch.softmax(edges[choices[0]], 0), strict=True):
                scaled[choice] = weights[choice] * share
    return scaled


def draw(space: SearchSpace, probability: Probabilities, rng: torch.Generator) -> dict[str, int]:
    """Draw a path through the supernet, decision by decision: choice -> index of its option."""
    path: dict[str, int] = {}
    for decision in space.decisions:
        path |= decision.path(int(torch.multinomial(shares(decision, probability), 1, generator=rng)))
    return path
