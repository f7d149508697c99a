"""The engine of all differentiable searches; a method is a declaration and some defaults."""

import inspect
import io
import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.genotype import Genotype
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.declaration import Declaration
from nasbench_pose.strategies.strategy import Exhausted, Proposal
from nasbench_pose.strategies.supernet.held_genes import check_supernet, holding
from nasbench_pose.strategies.supernet.settings import Settings, signature

if TYPE_CHECKING:
    from nasbench_pose.strategies.supernet.record import Ask
    from nasbench_pose.strategies.supernet.stretch import Phase

COLDEST = 1e-6
"""Lower bound of the temperature, which divides the logits and must not become 0."""
COLLAPSED = 0.8
"""Share of skips from which choices are said to have collapsed, where at least `FEWEST` choices can be skipped."""
FEWEST = 3

_LOG = logging.getLogger(__name__)


class DifferentiableSearch:
    """Each `ask` continues the training of the supernet and proposes a genotype not proposed before.

    Only the split `train` is used: one half for the weights, the other half for the choices. The losses passed to
    `tell` are ignored. Training uses one thread, so that the same seed gives the same proposals. `history` has what
    was recorded at each ask; it is part of the checkpoint.
    """

    declaration: ClassVar[Declaration]
    defaults: ClassVar[Mapping[str, Any]] = {}
    """The settings in which the method differs from `Settings`."""
    __signature__: ClassVar[inspect.Signature]

    def __init_subclass__(cls) -> None:
        cls.__signature__ = signature(cls.defaults)

    def __init__(self, space: SearchSpace, rng: np.random.Generator, **settings: Any) -> None:
        """Prepare the search of `space`; raise NasbenchPoseError for settings that contradict each other."""
        # imported here: listing the strategies must not load torch
        from nasbench_pose.strategies.supernet.training import SupernetTraining

        self.settings = Settings(**{**self.defaults, **settings})
        self._name = type(self).__name__
        self.check(space, settings)
        self._space = holding(space, self.settings.held)
        self.training: SupernetTraining = SupernetTraining(self._space, rng, self.settings)
        self.history: tuple[Ask, ...] = ()
        self._asked, self._steps = 0, 0
        self._proposed: list[str] = []
        self._stopped = False
        self._warned = False

    @classmethod
    def check(cls, space: SearchSpace, settings: Mapping[str, Any]) -> None:
        """Raise NasbenchPoseError if a space has no supernet, or if settings contradict each other."""
        found = Settings(**{**cls.defaults, "protocol": "", "data": "", **settings})
        check_supernet(space, found.held)
        if found.perturb != "none" and found.weights_see != "mixture":
            raise InvalidFileError(f"perturb={found.perturb} moves a mixture; it needs weights_see=mixture.")
        if found.cost_form == "hinge" and not found.limit:
            raise InvalidFileError("cost_form=hinge needs a limit, such as limit=4e6.")
        if found.cost_form == "power" and not found.cost_weight:
            raise InvalidFileError("cost_form=power multiplies the loss by cost_weight; 0 is no loss, 0.2 would do.")

    @property
    def warm_up(self) -> int:
        """Steps of the weights alone before the first proposal."""
        s = self.settings
        return max(s.warm_up, round(s.warm_up_share / (1 - s.warm_up_share) * s.asks * s.steps))

    @property
    def done(self) -> int:
        """Steps of the weights that were done."""
        stretch = self.training.stretch
        return self._steps + (0 if stretch is None else stretch.done)

    @property
    def after_step(self) -> Callable[[], None]:
        """Called after each step; `checkpoint` may be called there."""
        return self.training.after_step

    @after_step.setter
    def after_step(self, call: Callable[[], None]) -> None:
        self.training.after_step = call

    @property
    def heat(self) -> float:
        """The temperature of the next ask."""
        return max(COLDEST, self.settings.temperature * self.settings.cooling**self._asked)

    def ask(self) -> Proposal:
        """Continue the training, unless it was stopped, and propose a genotype that is new."""
        from nasbench_pose.strategies.supernet.stretch import Phase

        progress = min(1.0, self._asked / max(1, self.settings.asks - 1))
        phase = Phase(self._asked + 1, self.heat, progress)
        if not self._stopped:
            if self._asked == self._steps == 0:
                self._train(self.warm_up, Phase(0, phase.heat), None)
                self._steps += self.warm_up
            losses = self._train(self.settings.steps, phase, self.settings.choices_every)
            self._steps += self.settings.steps
            shares = self._shares(phase)
            genotype = self._new(shares)
            self._record(phase, shares, losses, genotype)
            self._stop()
        else:
            shares = {choice: np.array(values) for choice, values in self._last.shares.items()}
            genotype = self._new(shares)
        self._asked += 1
        self._proposed.append(genotype.text)
        return Proposal(genotype)

    def tell(self, proposal: Proposal, losses: Sequence[float]) -> None:
        """Ignore the losses: the strategy follows the loss of the supernet."""

    def checkpoint(self) -> bytes:
        """Return the state that the next `ask` depends on, or the rest of the one under way, and the history."""
        import torch

        buffer = io.BytesIO()
        history = json.dumps([asdict(ask) for ask in self.history])
        own = {"asked": self._asked, "proposed": self._proposed, "history": history, "steps": self._steps}
        torch.save(self.training.state() | own, buffer)
        return buffer.getvalue()

    def restore(self, state: bytes) -> None:
        """Restore the state of `checkpoint`; one of an older version has no history."""
        import torch

        from nasbench_pose.strategies.supernet.record import Ask

        saved: dict[str, Any] = torch.load(io.BytesIO(state), weights_only=True)
        self.training.load(saved)
        self._asked, self._proposed = saved["asked"], saved["proposed"]
        self._steps = saved.get("steps", 0)
        self.history = tuple(Ask.of(ask) for ask in json.loads(saved.get("history", "[]")))
        self._stop()

    def _train(self, steps: int, phase: "Phase", every: int | None) -> tuple[list[float], list[float]]:
        """Return the losses of a stretch of training; raise MeasurementError if a batch does not fit into memory."""
        from nasbench_pose.evaluators.step_failures import explained

        training, batch = self.training, self.settings.batch
        try:
            return training.train(steps, phase, choices_every=every)
        except RuntimeError as error:
            size = training.protocol.input
            line = explained(
                error, "in the search", training.device, (batch, size), training.try_batch,
                lambda fits: f"the setting batch={fits} of the search (of reproduce: --set protocol.batch={fits})",
            )  # fmt: skip
            if line is None:
                raise
            raise line from error

    def _shares(self, phase: "Phase") -> dict[str, Any]:
        import torch

        with torch.no_grad():
            found = self.training.shares(phase.heat)
        if self.settings.derive == "removal":
            found = self.training.importance(phase)
        return {choice: share.numpy() for choice, share in found.items()}

    def _new(self, shares: Mapping[str, Any]) -> Genotype:
        """Return the first derived genotype that was not proposed yet."""
        for genotype in self._candidates(shares):
            if genotype.text not in self._proposed:
                return genotype
        raise Exhausted

    def _candidates(self, shares: Mapping[str, Any]) -> Iterator[Genotype]:
        from nasbench_pose.strategies.supernet.derivation import derived, drawn

        costs, limit = self.training.costs, self.settings.limit
        if self.settings.derive == "drawn":
            rng = np.random.default_rng([self.training.seed, self._asked])
            return drawn(self._space, shares, rng, costs=costs, limit=limit)
        return derived(self._space, shares, costs=costs, limit=limit)

    def _record(
        self, phase: "Phase", shares: Mapping[str, Any], losses: tuple[list[float], list[float]], genotype: Genotype
    ) -> None:
        import torch

        from nasbench_pose.strategies.supernet.record import Ask, finite, skip_share, skippable
        from nasbench_pose.strategies.supernet.samplers import entropy

        with torch.no_grad():
            now = self.training.shares(phase.heat)
        wanted = self.settings.eigenvalue or self.settings.stop == "eigenvalue"
        skips = skip_share(self._space, shares)
        weights_loss, choices_loss = (finite(float(np.mean(part))) if part else None for part in losses)
        ask = Ask(
            ask=self._asked + 1, steps=self._steps,
            logits={choice: tuple(values.tolist()) for choice, values in self.training.logits.items()},
            shares={choice: tuple(values.tolist()) for choice, values in shares.items()},
            weights_loss=weights_loss, choices_loss=choices_loss, cost=float(self.training.expected_cost(now)),
            entropy=entropy(now), skips=skips, eigenvalue=self.training.eigenvalue(phase) if wanted else None,
            genotype=genotype.text,
        )  # fmt: skip
        self.history = (*self.history, ask)
        if skips is not None and skips >= COLLAPSED and len(skippable(self._space)) >= FEWEST and not self._warned:
            self._warned = True
            _LOG.warning(
                "%s: the choices have collapsed: at ask %d, %.0f %% of the choices that can be skipped are.",
                self._name, ask.ask, 100 * skips,
            )  # fmt: skip

    def _stop(self) -> None:
        """End the training if the rule says so; the asks that follow derive from the ask that it names."""
        from nasbench_pose.strategies.supernet.stopping import STOPPING, StoppingRule

        s = self.settings
        rule = StoppingRule(s.stop_window, s.stop_factor, s.stop_share)
        if not self._stopped and (stop := STOPPING[s.stop](self.history, rule)) is not None:
            self._stopped, self._last = True, self.history[stop.use - 1]
