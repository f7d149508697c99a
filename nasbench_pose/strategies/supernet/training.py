"""Training of a supernet for differentiable search: the weights on one half of the people, the choices on the other."""

import math
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nasbench_pose.errors import DataError, DivergedError
from nasbench_pose.evaluators.batches import Batches, Tensors
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.steps import loss_of
from nasbench_pose.network import build_supernet
from nasbench_pose.network.devices import device_of, precise, reproducible
from nasbench_pose.oneshot.paths import extreme_paths, random_path
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.supernet.bilevel import first_order, look_ahead
from nasbench_pose.strategies.supernet.cost_term import CostTerm
from nasbench_pose.strategies.supernet.curvature import dominant_eigenvalue
from nasbench_pose.strategies.supernet.elsewhere import moved
from nasbench_pose.strategies.supernet.expected_cost import ExpectedCost
from nasbench_pose.strategies.supernet.gene_costs import gene_costs
from nasbench_pose.strategies.supernet.importance import importance
from nasbench_pose.strategies.supernet.people import batches_of, halves, people_of
from nasbench_pose.strategies.supernet.perturbation import PERTURBATIONS
from nasbench_pose.strategies.supernet.relaxation import draw, new_edges, new_logits, with_edges
from nasbench_pose.strategies.supernet.samplers import SAMPLERS, Sample, Shares, keep_share, zero_one
from nasbench_pose.strategies.supernet.settings import Settings
from nasbench_pose.strategies.supernet.stretch import Phase, Stretch


class SupernetTraining:
    """A supernet, the logits of its choices and an optimiser of each, on the split `train` of a data set.

    One half of the images trains the weights, the other half the choices (the bi-level optimisation of DARTS). Choices
    trained on the same images as the weights would prefer the options that overfit them best. People and supernet are
    on the device of the protocol. The choices, a few hundred numbers, stay on the CPU, where paths are drawn.
    """

    def __init__(self, space: SearchSpace, rng: np.random.Generator, settings: Settings) -> None:
        self._space, self._settings = space, settings
        self.protocol = replace(Protocol.parse(settings.protocol), batch=settings.batch)
        seeds = rng.integers(2**31, size=4).tolist()
        self.device = device_of(self.protocol.device)
        people = people_of(settings.data, self.protocol, self.device)
        if len(people) < 2:
            raise DataError(f"{len(people)} people are too few: one half trains the weights, the other the choices.")
        joints = len(people.skeleton.joints)
        self.supernet = build_supernet(
            space, joints=joints, input=self.protocol.input, seed=seeds[0], recompute=settings.recompute,
            partial=settings.partial,
        ).to(self.device)  # fmt: skip
        generator = torch.Generator().manual_seed(seeds[1])
        self.logits = new_logits(space, generator)
        self.edges = new_edges(space, generator) if settings.edges else {}
        self.costs = gene_costs(space, settings.cost, input=self.protocol.input, joints=joints)
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
        self.stretch: Stretch | None = None
        """The phase that is under way."""
        self._phase, self._saved = 0, dict[str, Any]()
        self.after_step: Callable[[], None] = lambda: None
        """Called after each step; `state` may be taken there."""
        self.seed: int = seeds[1]
        """For whoever draws genotypes."""

    @property
    def _choices(self) -> list[Tensor]:
        return [*self.logits.values(), *self.edges.values()]

    def train(self, steps: int, phase: Phase, *, choices_every: int | None) -> tuple[list[float], list[float]]:
        """Train the weights for `steps` steps, and the choices in every `choices_every`-th; None: never.

        Returns the losses of both, without the cost term. Raises DivergedError at a loss that is not finite.
        """
        stretch = self.stretch = self._begun(phase)
        batches, losses = stretch.batches, stretch.losses
        with reproducible(self.device):
            while stretch.done < steps:
                if choices_every is not None and stretch.done % choices_every == 0:
                    for _ in range(self._settings.choices_steps):
                        ahead = next(batches["weights"]) if self._settings.order == 2 else None
                        people = next(batches["choices"])
                        losses["choices"].add(self._choices_step(people, ahead, phase, stretch.noise))
                losses["weights"].add(self._weights_step(next(batches["weights"]), phase, stretch.paths))
                stretch.done += 1
                if stretch.done == steps or not self._finite():
                    for each in losses.values():
                        each.read_all()
                self._check({what: each.read for what, each in losses.items()}, phase, choices_every or 1)
                self.after_step()
        self.stretch = None
        return losses["weights"].read, losses["choices"].read

    def _begun(self, phase: Phase) -> Stretch:
        """Return the stretch of a phase before its first step, or where it was when the state was saved."""
        seeds = [seed + phase.number for seed in self._seeds]
        halves = {"weights": self.weights_half, "choices": self.choices_half}
        batches = {
            name: batches_of(half, self.protocol, seed, self.device)
            for (name, half), seed in zip(halves.items(), seeds, strict=True)
        }
        stretch = Stretch(batches, seeds, self.device)
        if self._saved.get("phase") == phase.number:
            stretch.load(self._saved)
            self._saved = {}
        self._phase = phase.number
        return stretch

    def try_batch(self, size: int) -> None:
        """Compute the gradient of the mixture on `size` people, to see whether they fit into memory."""
        people = next(batches_of(self.choices_half, self.protocol, 0, self.device)).take(slice(0, size))
        self._loss(people, Sample(self.shares(1.0)), Phase(0, 1.0)).backward()  # type: ignore[no-untyped-call]

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
        people = next(batches_of(self.choices_half, self.protocol, seed, self.device))
        with reproducible(self.device):
            mixture = with_edges(self._space, self._sampler.shares(self.logits, phase.heat), self.edges)
            return dominant_eigenvalue(self._loss(people, Sample(mixture), phase), self.logits)

    def importance(self, phase: Phase) -> Shares:
        """Return pseudo-probabilities by the removal of options; the weights are as before afterwards."""
        seeds = [seed + phase.number for seed in self._seeds]
        rng = torch.Generator().manual_seed(seeds[1])
        if isinstance(self.choices_half, Tensors) and self.device.type == "cpu":
            people = next(Batches(self.choices_half, self.protocol, rng))
        else:
            people = next(batches_of(self.choices_half, self.protocol, seeds[1], self.device))
        training = batches_of(self.weights_half, self.protocol, seeds[0], self.device)
        parts: tuple[Any, ...] = (self.supernet, self.weights_optimizer)
        kept = [deepcopy(part.state_dict()) for part in parts] if self._settings.tune else []

        def loss(weights: Mapping[str, Tensor]) -> float:
            with torch.no_grad():
                return float(self._loss(people, Sample(dict(weights)), phase))

        def tune(weights: Mapping[str, Tensor]) -> None:
            for _ in range(self._settings.tune):
                self._step_weights(self._loss(next(training), Sample(dict(weights)), phase))

        with reproducible(self.device):
            found = importance(self._space, self.shares(phase.heat), loss, rng, tune)
        for part, state in zip(parts, kept, strict=False):
            part.load_state_dict(state)
        return found

    def state(self) -> dict[str, Any]:
        """Return the state that later steps depend on, for `torch.save`."""
        named = {name: part.state_dict() for name, part in self._parts.items()}
        begun = {} if self.stretch is None else {"stretch": self.stretch.state() | {"phase": self._phase}}
        return named | {"logits": self.logits, "edges": self.edges} | begun

    def load(self, saved: dict[str, Any]) -> None:
        """Restore the result of `state`."""
        for name, part in self._parts.items():
            part.load_state_dict(saved[name])
        with torch.no_grad():
            for mine, theirs in ((self.logits, saved["logits"]), (self.edges, saved.get("edges", {}))):
                for choice, values in mine.items():
                    values.copy_(theirs[choice])
        self._saved = saved.get("stretch", {})

    @cached_property
    def _parts(self) -> dict[str, Any]:
        return {"supernet": self.supernet, "weights": self.weights_optimizer, "choices": self.choices_optimizer}

    def _loss(self, people: Tensors, sample: Sample, phase: Phase) -> Tensor:
        auxiliary = self._settings.auxiliary * (1 - phase.progress)
        weights = moved(sample.weights, self.device)
        with precise(self.device, self.protocol.precision):
            maps = self.supernet(people.images, weights, active=sample.active, auxiliary=auxiliary)
        return loss_of(maps, people, self.protocol)

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
        with precise(self.device, self.protocol.precision):
            maps = self.supernet.path(people.images, path)
        return loss_of(maps, people, self.protocol)

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

        Returns the loss of the task, on the device. The choices wait there for one copy: their gradient, on which the
        next path depends.
        """
        before = {choice: values.detach().clone() for choice, values in self.logits.items()}
        state = rng.get_state()

        def drawn() -> Sample:
            rng.set_state(state)  # all losses of a step are of one draw
            return self._draw(phase, rng)

        def total(task: Tensor, sample: Sample | None) -> Tensor:
            return self._total(task, sample.weights if sample and self._sampler.exact else self.shares(phase.heat))

        def task(seen: Tensors) -> Callable[[Sample], Tensor]:
            return lambda sample: self._loss(seen, sample, phase)

        there = None if self.device.type == "cpu" else self.device
        if ahead is None:
            loss, found = first_order(task(people), drawn, total, self._choices, there)
        else:
            weights, rate = list(self.supernet.parameters()), self._settings.learning_rate
            loss, found = look_ahead(task(ahead), task(people), weights, rate, drawn, total, self._choices, there)
        for choice, slope in zip(self._choices, found, strict=True):
            choice.grad = slope
        self.choices_optimizer.step()
        if self._sampler.rescales:
            for gene, pair in self._sampler.drawn_pairs(before, phase.heat, rng, state).items():
                keep_share(self.logits[gene], before[gene], pair)
        return loss

    def _total(self, task: Tensor, shares: Shares) -> Tensor:
        """Return the loss of the choices, from that of the task."""
        total = self._cost_term(task, self.expected_cost(shares))
        return total + self._settings.zero_one * zero_one(self.logits) if self._settings.zero_one else total


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
