"""A stretch of the training of a supernet in one phase, which may be continued after any of its steps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from nasbench_pose.evaluators.steps import Losses, Supply

NOISE = 1_000_003
"""Added to the seed of the batches of the choices, for the noise of the sampler."""


@dataclass(frozen=True)
class Phase:
    """What a stretch of training has in common."""

    number: int
    """Batches and paths depend on the seed and on this alone, so that a resumed search repeats them."""
    heat: float
    """Temperature."""
    progress: float = 0.0
    """From 0 at the first of the planned asks to 1 at the last."""


class Stretch:
    """What the next step depends on, besides the supernet: batches, paths, noise, and the losses so far.

    Batches and paths depend on the seeds alone, one of the weights and one of the choices.
    """

    def __init__(self, batches: Mapping[str, Supply], seeds: Sequence[int], device: torch.device) -> None:
        self.batches = batches
        """Of the weights and of the choices."""
        self.paths, self.noise = (torch.Generator().manual_seed(seed) for seed in (seeds[0], seeds[1] + NOISE))
        self.losses = {name: Losses(device) for name in batches}
        self.done = 0
        """Steps of the weights."""

    def state(self) -> dict[str, Any]:
        """Return the state after a step, for `torch.save`; it waits for the losses."""
        for losses in self.losses.values():
            losses.read_all()
        return {
            "done": self.done,
            "batches": {name: batches.state_dict() for name, batches in self.batches.items()},
            "losses": {name: torch.tensor(losses.read, dtype=torch.double) for name, losses in self.losses.items()},
            "paths": self.paths.get_state(),
            "noise": self.noise.get_state(),
        }

    def load(self, saved: Mapping[str, Any]) -> None:
        """Continue after the step at which `state` was taken."""
        self.done = saved["done"]
        for name, batches in self.batches.items():
            batches.load_state_dict(saved["batches"][name])
            self.losses[name].read = saved["losses"][name].tolist()
        self.paths.set_state(saved["paths"])
        self.noise.set_state(saved["noise"])
