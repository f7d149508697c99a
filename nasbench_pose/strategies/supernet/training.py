"""Training of a supernet for differentiable search: the weights on one half of the people, the choices on the other."""

import math
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nasbench_pose.errors import DataError, DivergedError
from nasbench_pose.evaluators.batches import Batches, Tensors
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.steps import Losses, loss_of
from nasbench_pose.network import build_supernet
from nasbench_pose.network.devices import device_of, precise, reproducible
from nasbench_pose.oneshot.paths import extreme_paths, random_path
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.supernet.bilevel import gradients, second_order
from nasbench_pose.strategies.supernet.cost_term import CostTerm
from nasbench_pose.strategies.supernet.curvature import dominant_eigenvalue
from nasbench_pose.strategies.supernet.expected_cost import ExpectedCost
from nasbench_pose.strategies.supernet.gene_costs import gene_costs
from nasbench_pose.strategies.supernet.importance import importance
from nasbench_pose.strategies.supernet.people import batches_of, halves, moved, people_of
from nasbench_pose.strategies.supernet.perturbation import PERTURBATIONS
from nasbench_pose.strategies.supernet.relaxation import draw, new_edges, new_logits, with_edges
from nasbench_pose.strategies.supernet.samplers import SAMPLERS, Sample, Shares, keep_share, zero_one
from nasbench_pose.strategies.supernet.settings import Settings

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


class SupernetTraining:
    """A supernet, the logits of its choices and an optimiser of each, on the split `train` of a data set.

    One half of the images trains the weights, the other half the choices (the bi-level optimisation of DARTS). Choices
    trained on the same images as the weights would prefer the options that overfit them best. People and supernet are
    on the device of the protocol. The choices, a few hundred numbers, stay on the CPU, where paths are drawn.
    """

    def __init__(self, space: SearchSpace, rng: np.random.Generator, settings: Settings) -> None:
        self._space, self._settings = space, settings
        self._protocol = replace(Protocol.parse(settings.protocol), batch=settings.batch)
        seeds = rng.integers(2**31, size=4).tolist()
        self._device = device_of(self._protocol.device)
        people = people_of(settings.data, self._protocol, self._device)
        if len(people) < 4:
            raise DataError(f"{len(people)} people are too few: each half of them needs two for a batch.")
        joints = len(people.skeleton.joints)
        self.supernet = build_supernet(
            space, joints=joints, input=self._protocol.input, seed=seeds[0], recompute=settings.recompute,
            partial=settings.partial,
        ).to(self._device)  # fmt: skip
        generator = torch.Generator().manual_seed(seeds[1])
        self.logits = new_logits(space, generator)
        self.edges = new_edges(space, generator) if settings.edges else {}
        self.costs = gene_costs(space, settings.cost, input=self._protocol.input, joints=joints)
        self.expected_cost = ExpectedCost.of(space, self.costs)
        self.weights_optimizer = torch.optim.AdamW(
            self.supernet.parameters(), settings.learning_rate, weight_decay=1e-2
        )
        self.choices_optimizer = torch.optim.Adam(
            self._choices, settings.choice_rate, betas=(0.5, 0.999), weight_decay=settings.choice_decay
        )
        self.weights_half, self.choices_half = halves(people)
        self._sampler = SAMPLERS[settings.sampler]
        self._cost_term = CostTerm(settings.cost_form, settings.cost_weight, settings.cost_power, settings.limit)
        self._seeds = seeds[2:]
        self.seed: int = seeds[1]
        """For whoever draws genotypes."""

    @property
    def _choices(self) -> list[Tensor]:
        return [*self.logits.values(), *self.edges.values()]

    def train(self, steps: int, phase: Phase, *, choices_every: int | None) -> tuple[list[float], list[float]]:
        """Train the weights for `steps` steps, and the choices in every `choices_every`-th; None: never.

        Returns the losses of both, without the cost term. Raises DivergedError at a loss that is not finite.
        """
        seeds = [seed + phase.number for seed in self._seeds]
        weights_batches, choices_batches = (
            batches_of(half, self._protocol, seed, self._device)
            for half, seed in zip((self.weights_half, self.choices_half), seeds, strict=True)
        )
        paths, noise = (torch.Generator().manual_seed(seed) for seed in (seeds[0], seeds[1] + NOISE))
        losses = {"weights": Losses(self._device), "choices": Losses(self._device)}
        with reproducible(self._device):
            for step in range(steps):
                if choices_every is not None and step % choices_every == 0:
                    for _ in range(self._settings.choices_steps):
                        ahead = next(weights_batches) if self._settings.order == 2 else None
                        losses["choices"].add(self._choices_step(next(choices_batches), ahead, phase, noise))
                losses["weights"].add(self._weights_step(next(weights_batches), phase, paths))
                if step + 1 == steps or not self._finite():
                    for each in losses.values():
                        each.read_all()
                self._check({what: each.read for what, each in losses.items()}, phase, choices_every or 1)
        return losses["weights"].read, losses["choices"].read

    def _finite(self) -> bool:
        """Return whether all choices are finite; they are on the CPU, so nothing waits for a device."""
        return all(bool(values.isfinite().all()) for values in self._choices)

    def _check(self, losses: Mapping[str, Sequence[float]], phase: Phase, every: int) -> None:
        """Raise DivergedError if a loss is not finite; the choices are trained in every `every`-th step."""
        for what, read in losses.items():
            if read and not math.isfinite(read[-1]):
                first = next(number for number, loss in enumerate(read) if not math.isfinite(loss))
                step = first if what == "weights" else first // self._settings.choices_steps * every
                raise DivergedError(
                    f"The supernet diverged: in step {step + 1} of phase {phase.number} the loss of the {what} "
                    f"is {read[first]}; a learning_rate below {self._settings.learning_rate:g} may help."
                )

    def shares(self, heat: float) -> Shares:
        """Return the probability of each option, with the weights of edges; differentiable."""
        return with_edges(self._space, self._sampler.shares(self.logits, heat), self.edges)

    def eigenvalue(self, phase: Phase) -> float:
        """Return the dominant eigenvalue of the Hessian of the choices' loss by the logits, on one of their batches."""
        seed = self._seeds[1] + phase.number
        people = next(batches_of(self.choices_half, self._protocol, seed, self._device))
        with reproducible(self._device):
            mixture = with_edges(self._space, self._sampler.shares(self.logits, phase.heat), self.edges)
            return dominant_eigenvalue(self._loss(people, Sample(mixture), phase), self.logits)

    def importance(self, phase: Phase) -> Shares:
        """Return pseudo-probabilities by the removal of options; the weights are as before afterwards."""
        seeds = [seed + phase.number for seed in self._seeds]
        rng = torch.Generator().manual_seed(seeds[1])
        if isinstance(self.choices_half, Tensors) and self._device.type == "cpu":
            people = next(Batches(self.choices_half, self._protocol, rng))
        else:
            people = next(batches_of(self.choices_half, self._protocol, seeds[1], self._device))
        training = batches_of(self.weights_half, self._protocol, seeds[0], self._device)
        parts: tuple[Any, ...] = (self.supernet, self.weights_optimizer)
        kept = [deepcopy(part.state_dict()) for part in parts] if self._settings.tune else []

        def loss(weights: Mapping[str, Tensor]) -> float:
            with torch.no_grad():
                return float(self._loss(people, Sample(dict(weights)), phase))

        def tune(weights: Mapping[str, Tensor]) -> None:
            for _ in range(self._settings.tune):
                self._step_weights(self._loss(next(training), Sample(dict(weights)), phase))

        with reproducible(self._device):
            found = importance(self._space, self.shares(phase.heat), loss, rng, tune)
        for part, state in zip(parts, kept, strict=False):
            part.load_state_dict(state)
        return found

    def state(self) -> dict[str, Any]:
        """Return the state that later steps depend on, for `torch.save`."""
        named = {name: part.state_dict() for name, part in self._parts.items()}
        return named | {"logits": self.logits, "edges": self.edges}

    def load(self, saved: dict[str, Any]) -> None:
        """Restore the result of `state`."""
        for name, part in self._parts.items():
            part.load_state_dict(saved[name])
        with torch.no_grad():
            for mine, theirs in ((self.logits, saved["logits"]), (self.edges, saved.get("edges", {}))):
                for choice, values in mine.items():
                    values.copy_(theirs[choice])

    @cached_property
    def _parts(self) -> dict[str, Any]:
        return {"supernet": self.supernet, "weights": self.weights_optimizer, "choices": self.choices_optimizer}

    def _loss(self, people: Tensors, sample: Sample, phase: Phase) -> Tensor:
        auxiliary = self._settings.auxiliary * (1 - phase.progress)
        weights = moved(sample.weights, self._device)
        with precise(self._device, self._protocol.precision):
            maps = self.supernet(people.images, weights, active=sample.active, auxiliary=auxiliary)
        return loss_of(maps, people, self._protocol)

    def _draw(self, phase: Phase, rng: torch.Generator) -> Sample:
        drawn = self._sampler.draw(self.logits, phase.heat, rng)
        return Sample(with_edges(self._space, drawn.weights, self.edges), drawn.active)

    def _weights_step(self, people: Tensors, phase: Phase, rng: torch.Generator) -> Tensor:
        with torch.no_grad():
            mixture = self.shares(phase.heat)
        see = WEIGHTS_SEE[self._settings.weights_see]
        return self._step_weights(see(self, people, mixture, phase, rng))

    def _step_weights(self, loss: Tensor) -> Tensor:
        self.weights_optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.weights_optimizer.step()
        return loss

    def _path_loss(self, people: Tensors, path: Mapping[str, int]) -> Tensor:
        with precise(self._device, self._protocol.precision):
            maps = self.supernet.path(people.images, path)
        return loss_of(maps, people, self._protocol)

    def _mixture_loss(self, people: Tensors, mixture: Shares, phase: Phase, rng: torch.Generator) -> Tensor:
        """Return the loss of the mixture, whose weights are perturbed if the settings say so."""
        perturb = PERTURBATIONS.get(self._settings.perturb)
        if perturb is not None:
            size = self._settings.perturb_size * phase.progress
            moved = perturb(mixture, size, rng, lambda shares: self._loss(people, Sample(dict(shares)), phase))
            mixture = moved
        return self._loss(people, Sample(mixture), phase)

    def _choices_step(self, people: Tensors, ahead: Tensors | None, phase: Phase, rng: torch.Generator) -> Tensor:
        """Move the choices on `people`; `ahead` are people of the weights, for the look ahead of second order.

        Returns the loss of the task, on the device. The choices wait there for their gradient, and for nothing else.
        """
        before = {choice: values.detach().clone() for choice, values in self.logits.items()}
        state = rng.get_state()

        def drawn() -> Sample:
            rng.set_state(state)  # all losses of a step are of one draw
            return self._draw(phase, rng)

        if ahead is None:
            sample = drawn()
            task = self._loss(people, sample, phase)
            shares = sample.weights if self._sampler.exact else self.shares(phase.heat)
            found = gradients(self._total(task, shares), self._choices)
        else:
            # equation 7 of DARTS is of the task; the cost does not depend on the weights, and is added to it
            task, direct = second_order(
                list(self.supernet.parameters()), self._choices, lambda: self._loss(ahead, drawn(), phase),
                lambda: self._loss(people, drawn(), phase), self._settings.learning_rate,
            )  # fmt: skip
            value = task.cpu().clone().requires_grad_()
            factor, *rest = gradients(self._total(value, self.shares(phase.heat)), [value, *self._choices])
            found = [factor * one + other for one, other in zip(direct, rest, strict=True)]
        for choice, slope in zip(self._choices, found, strict=True):
            choice.grad = slope
        self.choices_optimizer.step()
        if self._sampler.rescales:
            for gene, pair in drawn_pairs(self._sampler.draw, before, phase, rng, state).items():
                keep_share(self.logits[gene], before[gene], pair)
        return task

    def _total(self, task: Tensor, shares: Shares) -> Tensor:
        """Return the loss of the choices, from that of the task."""
        total = self._cost_term(task, self.expected_cost(shares))
        return total + self._settings.zero_one * zero_one(self.logits) if self._settings.zero_one else total


def drawn_pairs(
    draw_sample: Callable[..., Sample], logits: Mapping[str, Tensor], phase: Phase, rng: torch.Generator, state: Tensor
) -> dict[str, tuple[int, ...]]:
    """Return the options that a sampler draws from a state of the generator."""
    rng.set_state(state)
    return draw_sample(logits, phase.heat, rng).active or {}


def _sampled(training: SupernetTraining, people: Tensors, _: Shares, phase: Phase, rng: torch.Generator) -> Tensor:
    with torch.no_grad():  # a gradient of the choices would be copied from the device for nothing
        sample = training._draw(phase, rng)
    return training._loss(people, sample, phase)


def _sandwich(training: SupernetTraining, people: Tensors, mixture: Shares, _: Phase, rng: torch.Generator) -> Tensor:
    space = training._space
    paths = [*extreme_paths(space), draw(space, mixture, rng), draw(space, mixture, rng)]
    return torch.stack([training._path_loss(people, path) for path in paths]).mean()


WeightsSee = Callable[[SupernetTraining, Tensors, Shares, Phase, torch.Generator], Tensor]

WEIGHTS_SEE: Mapping[str, WeightsSee] = {
    "path": lambda t, people, mixture, _, rng: t._path_loss(people, draw(t._space, mixture, rng)),
    "even_path": lambda t, people, _, __, rng: t._path_loss(people, random_path(t._space, rng)),
    "sample": _sampled,
    "mixture": lambda t, people, mixture, phase, rng: t._mixture_loss(people, mixture, phase, rng),
    "sandwich": _sandwich,
}
"""What a step of the weights sees: (training, people, probabilities, phase, generator) -> loss."""
