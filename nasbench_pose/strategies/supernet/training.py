"""Training of a supernet for differentiable search: weights on sampled paths, choices on mixtures of options."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from nasbench_pose.cost import table
from nasbench_pose.evaluators.batches import Tensors
from nasbench_pose.evaluators.fit import batches, loss_of
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.genotype import Genotype
from nasbench_pose.network import build_supernet, one_thread
from nasbench_pose.pose.source import load
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.supernet.relaxation import ExpectedMacs, draw, likeliest, new_logits, probabilities


class SupernetTraining:
    """A supernet, the logits of its choices and an optimiser of each, on the split `train` of a data set.

    One half of the images trains the weights, the other half the choices (the bi-level optimisation of DARTS). Choices
    trained on the same images as the weights would prefer the options that overfit them best.
    """

    def __init__(
        self,
        space: SearchSpace,
        rng: np.random.Generator,
        *,
        protocol: str,
        data: str,
        batch: int,
        cost_weight: float,
        learning_rate: float,
        choice_rate: float,
    ) -> None:
        self._space, self._protocol = space, replace(Protocol.parse(protocol), batch=batch)
        self._cost_weight = cost_weight
        seeds = rng.integers(2**31, size=4).tolist()
        people = Tensors.of(load(data, size=self._protocol.input).train)
        joints = people.joints.shape[1]
        self._supernet = build_supernet(space, joints=joints, input=self._protocol.input, seed=seeds[0])
        self._logits = new_logits(space, torch.Generator().manual_seed(seeds[1]))
        self._macs = ExpectedMacs.of(space, table(space, input=self._protocol.input, joints=joints))
        self._weights_optimizer = torch.optim.AdamW(self._supernet.parameters(), learning_rate, weight_decay=1e-2)
        self._choices_optimizer = torch.optim.Adam(
            self._logits.values(), choice_rate, betas=(0.5, 0.999), weight_decay=1e-3
        )
        self._weights_half, self._choices_half = halves(people)
        self._seeds = seeds[2:]

    def train(self, steps: int, *, heat: float, phase: int, choices_every: int | None) -> None:
        """Train the weights for `steps` steps, and the choices in every `choices_every`-th, at the temperature `heat`.

        Batches and paths depend only on the seed and on `phase`, so that a resumed search repeats them.
        """
        seeds = [seed + phase for seed in self._seeds]
        weights_batches, choices_batches = (
            batches(half, self._protocol, torch.Generator().manual_seed(seed))
            for half, seed in zip((self._weights_half, self._choices_half), seeds, strict=True)
        )
        rng = torch.Generator().manual_seed(seeds[0])
        with one_thread():
            for step in range(steps):
                if choices_every is not None and step % choices_every == 0:
                    self._choices_step(next(choices_batches), heat)
                self._weights_step(next(weights_batches), heat, rng)

    def likeliest(self, heat: float) -> Iterator[Genotype]:
        """Yield genotypes from the likeliest to the least likely at the temperature `heat`."""
        with torch.no_grad():
            mixture = {choice: p.numpy() for choice, p in probabilities(self._logits, heat).items()}
        return (self._space.decode([codes])[0] for codes in likeliest(self._space, mixture))

    def state(self) -> dict[str, Any]:
        """Return the state that later steps depend on, for `torch.save`."""
        return {name: part.state_dict() for name, part in self._parts().items()} | {"logits": self._logits}

    def load(self, saved: dict[str, Any]) -> None:
        """Restore the result of `state`."""
        for name, part in self._parts().items():
            part.load_state_dict(saved[name])
        with torch.no_grad():
            for choice, values in self._logits.items():
                values.copy_(saved["logits"][choice])

    def _parts(self) -> dict[str, Any]:
        return {"supernet": self._supernet, "weights": self._weights_optimizer, "choices": self._choices_optimizer}

    def _weights_step(self, people: Tensors, heat: float, rng: torch.Generator) -> None:
        with torch.no_grad():
            mixture = probabilities(self._logits, heat)
        path = draw(self._space, mixture, rng)
        loss = loss_of(self._supernet.path(people.images, path), people, self._protocol)
        self._weights_optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._weights_optimizer.step()

    def _choices_step(self, people: Tensors, heat: float) -> None:
        mixture = probabilities(self._logits, heat)
        task = loss_of(self._supernet(people.images, mixture), people, self._protocol)
        loss = task + self._cost_weight * self._macs(mixture).log()
        self._choices_optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._choices_optimizer.step()


def halves(people: Tensors) -> tuple[Tensors, Tensors]:
    """Return the first and the second half of the people; the halves are disjoint."""
    middle = len(people.images) // 2
    return people.take(slice(None, middle)), people.take(slice(middle, None))
