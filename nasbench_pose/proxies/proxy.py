"""The interface of zero-cost proxies, the batch they see, and their registry."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.evaluators.batches import Tensors
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.steps import loss_of
from nasbench_pose.network import Network
from nasbench_pose.plugins import Registry, instance_of


@dataclass(frozen=True)
class Probe:
    """A batch of people, and the training loss on them."""

    people: Tensors
    """Normalised, not augmented."""
    protocol: Protocol
    seed: int
    """Seed of the proxy's own random numbers."""

    @property
    def images(self) -> Tensor:
        """Normalised images (n, 3, h, w)."""
        return self.people.images

    def loss(self, output: Tensor) -> Tensor:
        """Return the protocol's loss of the output, heat maps or vectors, for all people of the batch."""
        return loss_of(output, self.people, self.protocol)

    def halves(self) -> tuple["Probe", "Probe"]:
        """Return the probe's people in two batches, for proxies that compare batches."""
        middle = len(self.images) // 2
        first, second = (self.people.take(part) for part in (slice(None, middle), slice(middle, None)))
        return Probe(first, self.protocol, self.seed), Probe(second, self.protocol, self.seed)

    def rng(self) -> torch.Generator:
        """Return a new generator with the probe's seed."""
        return torch.Generator().manual_seed(self.seed)


@dataclass(frozen=True)
class Proxy:
    """A score of untrained networks: higher is better. Raises InvalidFileError if `score` cannot be called.

    >>> depth = Proxy("depth", lambda network, probe: len(network.graph), "no paper", "Number of layers.")
    """

    name: str
    score: Callable[[Network, Probe], float]
    """(network, probe) -> score. The function may change the network; a score that is not finite is a failure."""
    cite: str
    """The paper."""
    about: str
    """One line on what it measures."""
    version: int = 1
    """Counts changes of the scores: those of another version are other results."""

    def __post_init__(self) -> None:
        if not callable(self.score):
            raise InvalidFileError(
                f"The score of the proxy {self.name!r} is a {type(self.score).__name__}; expected a function of "
                "network and probe: Proxy(name, score, cite, about)."
            )


PROXIES = {
    name: f"nasbench_pose.proxies.{module}:{name.upper()}"
    for module, names in {
        "size": ("params", "macs"),
        "gradients": ("grad_norm", "snip", "grasp", "fisher"),
        "flow": ("synflow",),
        "kernels": ("naswot", "jacob_cov"),
        "zen": ("zen",),
        "zico": ("zico",),
    }.items()
    for name in names
}
"""Name -> `module:attribute`, imported on first use."""

REGISTRY = Registry("proxy", "nasbench_pose.proxies", PROXIES, instance_of(Proxy), "a Proxy")


def resolve(name: str) -> Proxy:
    """Return a built-in proxy, one of another package by its entry point, or one by its path `module:attribute`.

    Raises UnknownNameError for a name that cannot be found or imported, InvalidFileError for an object of another type.

    >>> resolve("synflow").cite[:13]
    'Tanaka et al.'
    >>> resolve("sinflow")
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.UnknownNameError: No proxy named 'sinflow'; known: fisher, ... Did you mean 'synflow'?
    """
    return REGISTRY.resolve(name)
