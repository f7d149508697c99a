"""The search of EfficientPose, its derived networks and their trainings (Zhang et al., arXiv:2012.07086).

What the paper does not say is FNA's (Fang et al., arXiv:2001.02525) or ours: see docs/reproduce.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from nasbench_pose.cost import count
from nasbench_pose.errors import InvalidFileError, pick
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.train import TrainEvaluator
from nasbench_pose.genotype import Genotype
from nasbench_pose.hashing import short_sha256
from nasbench_pose.network.checkpoint import read
from nasbench_pose.network.remapping import remapped
from nasbench_pose.spaces import find, load
from nasbench_pose.strategies.differentiable.efficientpose import Efficientpose
from nasbench_pose.strategies.registry import make

TEMPLATES: Mapping[str, tuple[str, ...]] = {
    "efficientpose_small": ("A",),
    "efficientpose_large": ("B", "C"),
}
"""Space -> the networks that are derived from its searches."""

WITHOUT_SIC = "nosic"
"""Ending of the spaces and the names of networks whose head has no SIC module."""

SIC = {"both": ("", WITHOUT_SIC), "with": ("",), "without": (WITHOUT_SIC,)}
"""Choice -> the endings of the networks that are trained."""

ASKS = 10
"""Parts of the second half of a search; the choices are recorded after each."""


@dataclass(frozen=True)
class Search:
    """A search of the backbone, and the networks that are derived from it."""

    name: str
    """Of its files."""
    space: str
    networks: tuple[str, ...]
    weight: float | None = None
    """λ, the weight of the cost in the loss; the likeliest network is derived. None: FNA's λ, and each network is the
    likeliest that costs no more than the published one of its name."""


@dataclass(frozen=True)
class Plan:
    """What is reproduced: the data, the recipe of the trainings, and the length of the searches."""

    evaluator: TrainEvaluator
    data: str
    """The data set with its folder."""
    search_steps: int
    """Steps of the weights in each search, rounded down to a multiple of 2 · ASKS; the choices move in the second half,
    once in five steps."""
    seed: int = 0
    networks: tuple[str, ...] = ("A", "B", "C")
    """Those to derive; raises UnknownNameError for others."""
    weights: Mapping[str, float] = field(default_factory=dict)
    """Network -> λ of a search of its own, for networks that are derived by λ and not by a limit."""
    sic: str = "both"
    """A name of SIC: whether heads have the SIC module."""
    mobilenet: Path | None = None
    """Weights of an ImageNet MobileNetV2, with torchvision's names, from which searches and trainings start by FNA's
    remapping; None: from drawn ones."""

    def __post_init__(self) -> None:
        known = dict.fromkeys(name for names in TEMPLATES.values() for name in names)
        for name in self.networks:
            pick("network of EfficientPose", name, known)
        for name, weight in self.weights.items():
            pick("network with a λ of its own", name, dict.fromkeys(self.networks))
            if weight < 0:
                raise InvalidFileError(
                    f"λ of {name} is {weight:g}, which rewards cost; expected a number of at least 0."
                )
        whole = 2 * ASKS
        if self.search_steps < whole:
            raise InvalidFileError(f"A search of {self.search_steps} steps is too short; expected at least {whole}.")
        object.__setattr__(self, "search_steps", self.search_steps // whole * whole)

    @property
    def searches(self) -> list[Search]:
        """The searches for the wanted networks: one of each template for those with a limit, one for each λ."""
        found = []
        for space, names in TEMPLATES.items():
            limited = tuple(name for name in names if name in self.networks and name not in self.weights)
            found += [Search(space, space, limited)] if limited else []
            found += [
                Search(f"{space}_{name}", space, (name,), self.weights[name]) for name in names if name in self.weights
            ]
        return found

    def trained(self, networks: Mapping[str, Genotype]) -> dict[str, Genotype]:
        """Return the networks to train by name: those that were found, with and without SIC as is wanted."""
        return {
            "-".join(filter(None, (name, ending))): Genotype(
                "_".join(filter(None, (genotype.space, ending))), genotype.genes
            )
            for name, genotype in networks.items()
            for ending in SIC[self.sic]
        }

    @property
    def protocol(self) -> Protocol:
        """The protocol of the trainings."""
        return self.evaluator.protocol

    @cached_property
    def joints(self) -> int:
        """The number of joints."""
        return len(self.evaluator.splits.train.skeleton.joints)

    @property
    def search_protocol(self) -> Protocol:
        """The protocol of the searches, each of which one process does."""
        return replace(self.protocol, processes=1, sync_batch_norm=False)

    def limit(self, name: str) -> int:
        """Return the multiply-accumulates of the published network `EfficientPose-{name}`."""
        genotype = find(f"EfficientPose-{name}")
        graph = load(genotype.space).graph(genotype, input=self.protocol.input, joints=self.joints)
        return count(graph).macs

    def strategy(self, search: Search) -> Efficientpose:
        """Return a search before its first step, with FNA's settings."""
        settings: dict[str, Any] = {
            "protocol": self.search_protocol.text_here,
            "data": self.data,
            "batch": self.protocol.batch,
            "warm_up": 0,
            "asks": ASKS,
            "steps": self.search_steps // 2 // ASKS,
            "recompute": True,
        }
        settings |= {} if search.weight is None else {"cost_weight": search.weight}
        found = make("efficientpose", load(search.space), self.seed, settings)
        assert isinstance(found, Efficientpose)
        supernet = found.training.supernet
        supernet.load_state_dict(self._remapped(search.space, supernet), strict=False)
        return found

    def starting(self, genotype: Genotype) -> TrainEvaluator:
        """Return the evaluator of the training of a found network; raise InvalidFileError for other weights."""
        start = self._remapped(genotype.space, self.evaluator.network(genotype, self.seed))
        return replace(self.evaluator, protocol=replace(self.protocol, init=self._digest), start=start)

    @cached_property
    def _digest(self) -> str:
        return "" if self.mobilenet is None else short_sha256(self.mobilenet.read_bytes())

    def _remapped(self, space: str, network: nn.Module) -> dict[str, Tensor]:
        if self.mobilenet is None:
            return {}
        held = read(self.mobilenet).held
        weights = held.get("state_dict", held) if isinstance(held, Mapping) else {}
        return remapped(weights, load(space), network.state_dict())

    def identity(self, search: Search) -> dict[str, str]:
        """Return what must be equal for a search to continue."""
        return {
            "networks": ",".join(search.networks),
            "λ": "FNA's" if search.weight is None else str(search.weight),
            "space": load(search.space).digest,
            "protocol": self.search_protocol.text,
            "steps": str(self.search_steps),
            "seed": str(self.seed),
            "mobilenet": self._digest or "none",
        }
