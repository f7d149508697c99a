"""The importance of options by their removal: how much the supernet's loss rises without them (DARTS-PT).

Wang et al., arXiv 2108.04392: the size of a logit does not tell how much an option contributes to the supernet.
"""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from nasbench_pose.spaces import SearchSpace

Loss = Callable[[Mapping[str, Tensor]], float]
"""The supernet's loss with these weights of the options."""


def importance(
    space: SearchSpace, weights: Mapping[str, Tensor], loss: Loss, rng: torch.Generator, tune: Callable[..., None]
) -> dict[str, Tensor]:
    """Return pseudo-probabilities of the options: a softmax of how much the loss rises when an option is removed.

    The decisions are made one by one in random order: the options of its choices are removed in turn, the option whose
    removal raises the loss most is kept, and all others of the choice are removed for good. `tune(weights)` may train
    the supernet with the choices decided so far. The rises of each choice are divided by their standard deviation
    before the softmax, so that the order of further candidates does not depend on the scale of the loss.
    """
    now = {choice: share.detach().clone() for choice, share in weights.items()}
    found: dict[str, Tensor] = {}
    order = torch.randperm(len(space.decisions), generator=rng).tolist()
    for decision in (space.decisions[place] for place in order):
        rises = {}
        for choice in decision.choices:
            losses = []
            for option in range(len(now[choice])):
                without = now[choice].clone()
                without[option] = 0
                losses.append(loss({**now, choice: without}))
            rises[choice] = torch.tensor(losses)
        for choice, rise in rises.items():
            spread = float(rise.std()) if len(rise) > 1 else 0.0
            found[choice] = torch.softmax((rise - rise.mean()) / spread, 0) if spread > 0 else now[choice]
        best = decision.path(int(decision.likelihoods({c: found[c].numpy() for c in decision.choices}).argmax()))
        for choice, option in best.items():
            now[choice] = torch.zeros_like(now[choice]).index_fill_(0, torch.tensor(option), 1)
        tune(now)
    return found
