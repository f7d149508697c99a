"""Differentiable search: train a supernet and the weights of its choices in turn, then read the genotype off.

First-order DARTS (Liu et al., arXiv 1806.09055) as EfficientPose's authors published it (FNA, arXiv 2001.02525): the
choices see the mixture of all options and the cost term λ·log E[MACs]; the weights are trained one sampled path at a
time, which is as much cheaper as there are options. The temperature falls, as in FBNet (arXiv 1812.03443).
"""

import io
from collections.abc import Sequence
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
from nasbench_pose.strategies.relaxation import ExpectedMacs, draw, likeliest, new_logits, probabilities
from nasbench_pose.strategies.strategy import Exhausted, Proposal


class Darts:
    """Each `ask` trains the supernet some more and proposes the likeliest genotype that it has not proposed yet.

    Only the training people are used, half of them for the weights and half for the choices; losses that it is told
    teach it nothing. It trains on one thread, so that the same seed gives the same proposals.
    """

    def __init__(
        self,
        space: SearchSpace,
        rng: np.random.Generator,
        *,
        protocol: str,
        data: str,
        cost_weight: float = 0.01,
        batch: int = 32,
        warm_up: int = 150,
        steps: int = 40,
        choices_every: int = 4,
        temperature: float = 2.0,
        cooling: float = 0.9,
        learning_rate: float = 1e-2,
        choice_rate: float = 0.05,
    ) -> None:
        """Prepare the search of `space` on the people of `data`, with loss and augmentation of `protocol` (its JSON).

        `batch` people make a step, whatever the protocol's batch: a supernet normalises by the batch. `cost_weight` is
        λ. The first ask trains the weights alone for `warm_up` steps; each ask then trains them for `steps`, and at
        every `choices_every`th of these the choices. The temperature starts at `temperature` and is multiplied by
        `cooling` per ask.
        """
        self._space, self._protocol = space, replace(Protocol.parse(protocol), batch=batch)
        self._cost_weight, self._warm_up, self._steps, self._every = cost_weight, warm_up, steps, choices_every
        self._temperature, self._cooling = temperature, cooling
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
        self._halves = _halves(people)
        self._seeds = seeds[2:]
        self._asked = 0
        self._proposed: list[str] = []

    def ask(self) -> Proposal:
        """Train some more and propose."""
        with one_thread():
            if self._asked == 0:
                self._train(self._warm_up, phase=0)
            self._train(self._steps, phase=self._asked + 1)
        self._asked += 1
        genotype = self._derive()
        self._proposed.append(genotype.text)
        return Proposal(genotype)

    def tell(self, proposal: Proposal, losses: Sequence[float]) -> None:
        """Learn nothing: the supernet's own loss has already said what it knows."""

    def checkpoint(self) -> bytes:
        """Return everything that the next ask depends on."""
        buffer = io.BytesIO()
        torch.save({name: part.state_dict() for name, part in self._parts().items()} | self._plain(), buffer)
        return buffer.getvalue()

    def restore(self, state: bytes) -> None:
        """Go on where `checkpoint` was taken."""
        saved = torch.load(io.BytesIO(state), weights_only=True)
        for name, part in self._parts().items():
            part.load_state_dict(saved[name])
        with torch.no_grad():
            for choice, values in self._logits.items():
                values.copy_(saved["logits"][choice])
        self._asked, self._proposed = saved["asked"], saved["proposed"]

    def _parts(self) -> dict[str, Any]:
        return {"supernet": self._supernet, "weights": self._weights_optimizer, "choices": self._choices_optimizer}

    def _plain(self) -> dict[str, Any]:
        return {"logits": self._logits, "asked": self._asked, "proposed": self._proposed}

    def _heat(self) -> float:
        return self._temperature * self._cooling**self._asked

    def _train(self, steps: int, *, phase: int) -> None:
        """Train the weights and, but for phase 0, the choices; the batches depend on the seed and the phase alone."""
        weights_half, choices_half = (
            batches(half, self._protocol, torch.Generator().manual_seed(seed + phase))
            for half, seed in zip(self._halves, self._seeds, strict=True)
        )
        rng = torch.Generator().manual_seed(self._seeds[0] + phase)
        for step in range(steps):
            if phase and step % self._every == 0:
                self._choices_step(next(choices_half))
            self._weights_step(next(weights_half), rng)

    def _weights_step(self, people: Tensors, rng: torch.Generator) -> None:
        with torch.no_grad():
            mixture = probabilities(self._logits, self._heat())
        path = draw(self._space, mixture, rng)
        loss = loss_of(self._supernet.path(people.images, path), people, self._protocol)
        self._weights_optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._weights_optimizer.step()

    def _choices_step(self, people: Tensors) -> None:
        mixture = probabilities(self._logits, self._heat())
        task = loss_of(self._supernet(people.images, mixture), people, self._protocol)
        loss = task + self._cost_weight * self._macs(mixture).log()
        self._choices_optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._choices_optimizer.step()

    def _derive(self) -> Genotype:
        with torch.no_grad():
            mixture = {choice: p.numpy() for choice, p in probabilities(self._logits, self._heat()).items()}
        for codes in likeliest(self._space, mixture):
            genotype = self._space.decode([codes])[0]
            if genotype.text not in self._proposed:
                return genotype
        raise Exhausted


def _halves(people: Tensors) -> tuple[Tensors, Tensors]:
    middle = len(people.images) // 2
    return people.take(slice(None, middle)), people.take(slice(middle, None))
