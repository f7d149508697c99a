"""Which members of a supernet a training step trains, and on what."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from nasbench_pose.evaluators.batches import Batches, Tensors
from nasbench_pose.evaluators.fit import run
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.steps import StepLoss, Steps, loss_of
from nasbench_pose.network import Supernet
from nasbench_pose.oneshot.distillation import distillation
from nasbench_pose.oneshot.members import output_of
from nasbench_pose.oneshot.paths import Options, extreme_paths, random_path
from nasbench_pose.oneshot.shrinking import ProgressiveShrinking
from nasbench_pose.spaces import SearchSpace

Begin = Callable[[Supernet, SearchSpace, Protocol, torch.Generator, int], StepLoss]
"""(supernet, space, protocol, generator, steps) -> the loss of each step of a training."""


@dataclass(frozen=True)
class Sampling:
    """A rule that says which members a training step trains."""

    description: str
    batches: int
    """The batches of the protocol's size that a step takes."""
    begin: Begin


def single_path(space: SearchSpace, rng: torch.Generator, paths: int = 1) -> Iterator[list[Options]]:
    """Yield endlessly so many uniformly drawn paths (Guo et al., Single Path One-Shot, arXiv 1904.00420)."""
    while True:
        yield [random_path(space, rng) for _ in range(paths)]


def sandwich(space: SearchSpace, rng: torch.Generator) -> Iterator[list[Options]]:
    """Yield endlessly the smallest, the largest and two drawn paths (Yu & Huang, arXiv 1903.05134)."""
    ends = extreme_paths(space)
    while True:
        yield [*ends, random_path(space, rng), random_path(space, rng)]


def _each_its_batch(draw: Callable[[SearchSpace, torch.Generator], Iterator[list[Options]]]) -> Begin:
    """Return the rule in which each member of a step learns the labels of a batch of its own."""

    def begin(supernet: Supernet, space: SearchSpace, protocol: Protocol, rng: torch.Generator, _: int) -> StepLoss:
        paths = draw(space, rng)

        def loss(people: Tensors) -> Tensor:
            drawn = next(paths)
            parts = torch.tensor_split(people.images, len(drawn))
            outputs = [output_of(supernet, part, path, protocol) for part, path in zip(parts, drawn, strict=True)]
            return loss_of(torch.cat(outputs), people, protocol)

        return loss

    return begin


def _distilled(supernet: Supernet, space: SearchSpace, protocol: Protocol, rng: torch.Generator, _: int) -> StepLoss:
    """Return the loss of BigNAS: the largest learns the labels, the others what the largest says of the same batch.

    Yu et al., arXiv 2003.11142, sections 3.1 and 3.2. The losses of the four are summed.
    """
    paths = sandwich(space, rng)

    def loss(people: Tensors) -> Tensor:
        smallest, largest, *drawn = next(paths)
        taught = output_of(supernet, people.images, largest, protocol)
        total = loss_of(taught, people, protocol)
        for path in (smallest, *drawn):
            output = output_of(supernet, people.images, path, protocol)
            total = total + distillation(output, taught, people, protocol)
        return total

    return loss


SAMPLINGS: Mapping[str, Sampling] = {
    "single_path": Sampling("one member, drawn uniformly", 1, _each_its_batch(single_path)),
    "four_paths": Sampling("four members, drawn uniformly", 4, _each_its_batch(partial(single_path, paths=4))),
    "sandwich": Sampling("the largest, the smallest and two drawn ones", 4, _each_its_batch(sandwich)),
    "distilled_sandwich": Sampling("a sandwich on one batch, in which the largest teaches the others", 1, _distilled),
    "progressive": Sampling("the largest at first, then one of more and more members", 1, ProgressiveShrinking),
}


class OneShotTraining:
    """The training of a supernet in place, which may be continued after any of its steps, bit for bit."""

    def __init__(
        self,
        supernet: Supernet,
        space: SearchSpace,
        people: Tensors,
        protocol: Protocol,
        sampling: str,
        steps: int,
        seed: int,
    ) -> None:
        """Prepare `steps` steps; `sampling` is a name in SAMPLINGS. The seed draws batches and members.

        No moving average of weights is taken, which is defined for one network only.
        """
        rule = SAMPLINGS[sampling]
        of_step = replace(protocol, batch=rule.batches * protocol.batch, average=0.0)
        self._paths = torch.Generator().manual_seed(seed)
        self._loss = rule.begin(supernet, space, of_step, self._paths, steps)
        batches = Batches(people, of_step, torch.Generator(people.images.device).manual_seed(seed))
        self._training = Steps(supernet, batches, of_step, steps, self._loss)
        self._total = steps

    def run(self, after_step: Callable[[], None] = lambda: None) -> None:
        """Do the steps that are left; `state_dict` may be called in `after_step`. Raises what `fit` raises."""
        run(self._training, self._total, lambda *_: after_step())

    def state_dict(self) -> dict[str, Any]:
        """Return everything that later steps depend on, for `torch.save`."""
        rule = self._loss.state_dict() if isinstance(self._loss, ProgressiveShrinking) else {}
        return {"training": self._training.state_dict(), "paths": self._paths.get_state(), "rule": rule}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue after the step at which `state` was taken."""
        self._training.load_state_dict(state["training"])
        self._paths.set_state(state["paths"])
        if isinstance(self._loss, ProgressiveShrinking):
            self._loss.load_state_dict(state["rule"])


def train_supernet(
    supernet: Supernet, space: SearchSpace, people: Tensors, protocol: Protocol, sampling: str, steps: int, seed: int
) -> None:
    """Train a supernet in place for `steps` steps, see OneShotTraining; raises DivergedError as `fit` does."""
    OneShotTraining(supernet, space, people, protocol, sampling, steps, seed).run()
