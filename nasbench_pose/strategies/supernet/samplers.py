"""Samplers: from the logits of the choices to the weights of the options in one forward pass.

A sampler draws nothing (softmax, sigmoid), noise (Gumbel, Dirichlet) or options (straight-through Gumbel, two paths).
The weights that it returns are differentiable in the logits. The noise depends on the generator alone: a generator in
the same state gives the same noise.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.distributions import Dirichlet

Logits = Mapping[str, Tensor]
"""Choice -> one logit per option."""
Shares = dict[str, Tensor]
"""Choice -> one weight per option."""


@dataclass(frozen=True)
class Sample:
    """What a forward pass of the supernet takes."""

    weights: Shares
    active: dict[str, tuple[int, ...]] | None = None
    """The options that are computed; None: all."""


@dataclass(frozen=True)
class Sampler:
    """A way to relax choices."""

    shares: Callable[[Logits, float], Shares]
    """(logits, temperature) -> the probability of each option; they sum to one. Costs and derivation use them."""
    draw: Callable[[Logits, float, torch.Generator], Sample]
    exact: bool = False
    """Whether the weights of a draw are the probabilities themselves."""
    rescales: bool = False
    """Whether a step moves the drawn options against each other only, see `keep_share`."""

    def drawn_pairs(
        self, logits: Logits, temperature: float, rng: torch.Generator, state: Tensor
    ) -> dict[str, tuple[int, ...]]:
        """Return the options that are drawn from a state of the generator."""
        rng.set_state(state)
        return self.draw(logits, temperature, rng).active or {}


def probabilities(logits: Logits, temperature: float) -> Shares:
    """Return softmax(logits / temperature) of each choice: uniform at high temperature, one-hot at low temperature.

    >>> probabilities({"a": torch.tensor([1.0, 1.0])}, temperature=0.1)["a"]
    tensor([0.5000, 0.5000])
    """
    return {choice: torch.softmax(values / temperature, dim=0) for choice, values in logits.items()}


def uniform(like: Tensor, rng: torch.Generator) -> Tensor:
    """Return uniform numbers above 0 and below 1 of the shape of `like`."""
    drawn = torch.rand(like.shape, generator=rng, dtype=like.dtype)
    tiny = torch.finfo(like.dtype).tiny
    return drawn.clamp(tiny, 1 - torch.finfo(like.dtype).eps)


def gumbel_noise(like: Tensor, rng: torch.Generator) -> Tensor:
    """Return standard Gumbel noise of the shape of `like`."""
    return -torch.log(-torch.log(uniform(like, rng)))


def softmax(logits: Logits, temperature: float, _: torch.Generator) -> Sample:
    """Return the mixture of all options by their probabilities (DARTS, arXiv 1806.09055)."""
    return Sample(probabilities(logits, temperature))


def gumbel(logits: Logits, temperature: float, rng: torch.Generator) -> Sample:
    """Return softmax((log p + Gumbel noise) / temperature): SNAS (arXiv 1812.09926), FBNet (arXiv 1812.03443).

    A low temperature makes it a sample of one option by the softmax of the logits.
    """
    noisy = {choice: torch.log_softmax(values, 0) + gumbel_noise(values, rng) for choice, values in logits.items()}
    return Sample(probabilities(noisy, temperature))


def straight_through(logits: Logits, temperature: float, rng: torch.Generator) -> Sample:
    """Return one option per choice, with the gradient of the relaxed sample (GDAS, arXiv 1910.04465).

    The option is the largest of the noisy logits. Its weight is 1 in the forward pass; the gradient is that of the
    relaxed sample. Only this option is computed.
    """
    relaxed = gumbel(logits, temperature, rng).weights
    taken = {choice: int(share.argmax()) for choice, share in relaxed.items()}
    return Sample(
        {choice: _hard(share, taken[choice]) for choice, share in relaxed.items()},
        {choice: (option,) for choice, option in taken.items()},
    )


def dirichlet(logits: Logits, _: float, rng: torch.Generator) -> Sample:
    """Return weights drawn from Dirichlet(elu(logits) + 1), with the pathwise gradient (DrNAS, arXiv 2006.10355)."""
    seed = int(torch.randint(2**31, (1,), generator=rng))
    with torch.random.fork_rng(devices=[]):  # `rsample` takes no generator
        torch.manual_seed(seed)
        return Sample({choice: Dirichlet(_concentration(values)).rsample() for choice, values in logits.items()})


def _concentration(values: Tensor) -> Tensor:
    return torch.nn.functional.elu(values) + 1


def sigmoid(logits: Logits, _: float, __: torch.Generator) -> Sample:
    """Return the sigmoid of every logit: options do not compete (Fair DARTS, arXiv 1911.12126)."""
    return Sample({choice: torch.sigmoid(values) for choice, values in logits.items()})


def two_paths(logits: Logits, temperature: float, rng: torch.Generator) -> Sample:
    """Return two drawn options per choice, one of them open (ProxylessNAS, arXiv 1812.00332, section 3.2.1).

    Two options are drawn by their probabilities, without replacement, and renormalised; one of the two is drawn to have
    weight 1, the other 0. The gradient of the binary gates is passed on to the two probabilities.
    """
    weights, active = {}, {}
    for choice, values in logits.items():
        share = torch.softmax(values.detach() / temperature, 0)
        pair = torch.multinomial(share, min(2, len(values)), generator=rng).sort().values
        both = torch.softmax(values[pair] / temperature, 0)
        gate = _hard(both, int(torch.multinomial(both.detach(), 1, generator=rng)))
        weights[choice] = torch.zeros_like(values).index_add(0, pair, gate)
        active[choice] = tuple(pair.tolist())
    return Sample(weights, active)


def _hard(share: Tensor, option: int) -> Tensor:
    """Return the one-hot vector of an option, with the gradient of `share`."""
    one_hot = torch.zeros_like(share)
    one_hot[option] = 1
    return one_hot - share.detach() + share


def keep_share(values: Tensor, before: Tensor, pair: tuple[int, ...]) -> None:
    """Shift the logits of a `pair` in place so that the two keep the probability that they had `before` together.

    So a step moves the two options against each other, and leaves the others as they are (ProxylessNAS).
    """
    index = list(pair)
    with torch.no_grad():
        values[index] += before[index].logsumexp(0) - values[index].logsumexp(0)


def zero_one(logits: Logits) -> Tensor:
    """Return the zero-one loss of Fair DARTS: minus the mean of (sigmoid - 0.5)², which drives sigmoids to 0 or 1.

    >>> zero_one({"a": torch.tensor([0.0, 0.0])}), zero_one({"a": torch.tensor([30.0, -30.0])})
    (tensor(-0.), tensor(-0.2500))
    """
    every = torch.cat(list(logits.values()))
    return -(torch.sigmoid(every) - 0.5).square().mean()


def _normalised(weights: Shares) -> Shares:
    return {choice: values / values.sum() for choice, values in weights.items()}


SAMPLERS: Mapping[str, Sampler] = {
    "softmax": Sampler(probabilities, softmax, exact=True),
    "gumbel": Sampler(lambda logits, _: probabilities(logits, 1.0), gumbel),
    "straight_through": Sampler(lambda logits, _: probabilities(logits, 1.0), straight_through),
    "dirichlet": Sampler(
        lambda logits, _: _normalised({choice: _concentration(values) for choice, values in logits.items()}), dirichlet
    ),
    "sigmoid": Sampler(
        lambda logits, _: _normalised({choice: torch.sigmoid(values) for choice, values in logits.items()}), sigmoid
    ),
    "two_paths": Sampler(probabilities, two_paths, rescales=True),
}
"""Samplers by name."""


def entropy(shares: Mapping[str, Tensor]) -> float:
    """Return the mean over choices of the entropy of their options, as a share of the largest: 1 is undecided.

    >>> round(entropy({"a": torch.tensor([0.5, 0.5]), "b": torch.tensor([1.0, 0.0])}), 6)
    0.5
    """
    found = [
        float(torch.special.entr(share.detach()).sum()) / math.log(len(share))
        for share in shares.values()
        if len(share) > 1
    ]
    return sum(found) / len(found) if found else 0.0
