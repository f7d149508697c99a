"""The evaluator that trains a network and measures its accuracy."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar

import numpy as np
import torch
from torch import nn

from nasbench_pose.cost import count
from nasbench_pose.errors import DivergedError, InvalidFileError, ShapeError
from nasbench_pose.evaluators.batches import Batches, Tensors
from nasbench_pose.evaluators.checkpoints import Checkpoints
from nasbench_pose.evaluators.checks import check_batch_norm, check_protocol, check_splits, check_steps
from nasbench_pose.evaluators.fit import run
from nasbench_pose.evaluators.measure import Outcome, measure, predicted, value_of
from nasbench_pose.evaluators.pauses import paused
from nasbench_pose.evaluators.predict import Alignment
from nasbench_pose.evaluators.processes import ALONE, Processes
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.representation import representation
from nasbench_pose.evaluators.steps import Steps, Supply
from nasbench_pose.evaluators.streaming import StreamedBatches
from nasbench_pose.evaluators.teaching import Teacher
from nasbench_pose.evaluators.trial import KeyedByProtocol, Progress, Schedule, Trial
from nasbench_pose.genotype import Genotype
from nasbench_pose.graph import Graph
from nasbench_pose.metrics import Metric, known
from nasbench_pose.network import Network, build
from nasbench_pose.network.devices import Stopwatch, device_named, device_of, reproducible
from nasbench_pose.network.residuals import zero_init_residual
from nasbench_pose.plugins import imported
from nasbench_pose.pose.coco_test import coco_score, measures_ap
from nasbench_pose.pose.people import People, Splits
from nasbench_pose.pose.photographs import Photographs, StreamedSplits, placed
from nasbench_pose.pose.skeleton import COCO17
from nasbench_pose.spaces import SearchSpace

POINTS = 8
"""Points of a learning curve."""
CURVE_EXAMPLES = 256
"""People of val on which a point of a learning curve is measured, without flip test."""


def metrics() -> tuple[str, ...]:
    """Return the names of the metrics of a successful training, those of other packages included.

    >>> {"val_pckh", "test_pckh", "val_loss", "macs"} <= set(metrics())
    True
    """
    accuracies = (metric.name for metric in known().values() if metric.measured_by)
    return (*accuracies, "val_loss", "train_loss", "params", "macs")


@dataclass(frozen=True)
class TrainEvaluator(KeyedByProtocol):
    """Trains a genotype by `protocol` on `splits.train` and measures it on val and test.

    Fidelity is the number of training steps. With the schedule `whole` they are the first ones of a full training, with
    `own` the learning-rate schedule is scaled to them. A trial's `seconds` are processor seconds of the single thread
    that computes, so they do not depend on the load of the machine. Its metrics are those of `metrics()`. `space` is
    required for genotypes of a space that is not built in.
    Raises DataError if the protocol has the digests of other data or if a split is empty, and UnknownNameError for what
    is no device. On another device than the CPU, `seconds` are those of the wall.
    """

    protocol: Protocol
    splits: Splits | StreamedSplits
    space: SearchSpace | None = None
    start: Mapping[str, torch.Tensor] = field(default_factory=dict, repr=False, compare=False)
    """Weights that a training starts from, by name; the others are drawn. The protocol has their digest in `init`."""
    teacher: nn.Module | None = field(default=None, repr=False, compare=False)
    """The network whose maps are learnt beside the labels. The protocol has its digest in `teacher`."""

    loaders: int | None = None
    """Processes that read photographs, if the protocol streams them; None: one for each core but one, at most 8."""

    pauses: Path | None = field(default=None, compare=False)
    """Folder of paused trainings: one that is asked for a later point of a whole schedule goes on from the latest."""

    processes: Processes = ALONE
    """The processes that train together. Only the first one measures; trials of the others have no metrics."""

    schedules: ClassVar[tuple[Schedule, ...]] = ("whole", "own")

    def __post_init__(self) -> None:
        device = device_named(self.protocol.device)
        protocol = replace(self.protocol, device=device, processes=self.processes.count)
        object.__setattr__(self, "protocol", protocol.with_data(self.splits))
        check_splits(self.splits)

    @property
    def protocol_text(self) -> str:
        """The protocol as canonical JSON."""
        return self.protocol.text

    @property
    def title(self) -> str:
        """The protocol in a few words, for figures and tables; a skeleton of the user is named."""
        skeleton = self.splits.train.skeleton
        own = self.protocol.data.startswith("coco") and skeleton != COCO17
        return self.protocol.titled(f"{skeleton.name}, {len(skeleton.joints)} joints,") if own else self.protocol.title

    @property
    def device(self) -> torch.device:
        """The device that trains and measures; raises NoDeviceError if this machine lacks it."""
        return device_of(self.protocol.device)

    @property
    def full_fidelity(self) -> int:
        """Steps of a full training."""
        return self.protocol.steps

    def evaluate(
        self,
        genotype: Genotype,
        *,
        fidelity: int,
        seed: int,
        progress: Progress | None = None,
        trained: Callable[[nn.Module], None] | None = None,
        schedule: Schedule = "whole",
        checkpoints: Checkpoints | None = None,
    ) -> Trial:
        """Train for `fidelity` steps from `seed` and measure; a diverged training gives a trial with an error.

        A training has diverged if a loss, a weight or an output is not finite at any time. If it has not, `trained` is
        called with the measured network. With `checkpoints`, or from a pause, it goes on where it ended, bit for bit.
        Raises InvalidFileError or UnknownNameError, before the training starts, for fewer than one step, for more than
        a whole schedule has, for an invalid protocol, and for a device that is not here.
        """
        check_protocol(self.protocol)
        check_steps(fidelity)
        if schedule == "whole" and fidelity > self.full_fidelity:
            raise InvalidFileError(
                f"A whole schedule has {self.full_fidelity} steps, not {fidelity}; more need a schedule of their own."
            )
        total = self.full_fidelity if schedule == "whole" else fidelity
        _ = self._functions  # a metric that cannot be imported is an error before the training
        if self.pauses is not None and schedule == "whole" and checkpoints is None:
            identity = {"genotype": genotype.text, "protocol": self.protocol_text, "seed": str(seed)}
            folder = self.pauses / self.protocol_key / f"{genotype.key}-{seed}"
            with paused(folder, identity, fidelity, total) as pause:
                return self.evaluate(
                    genotype, fidelity=fidelity, seed=seed, progress=progress, trained=trained, checkpoints=pause
                )
        spent = Stopwatch(self.device)
        curve: list[tuple[int, float]] = []
        metrics: Mapping[str, float] = {}
        error = None
        try:
            with reproducible(self.device):
                training = self.steps(genotype, total, seed)
                if checkpoints is not None:
                    spent.before = checkpoints.resume(training, curve)
                network, metrics = self._trained(training, fidelity, total, curve, progress, spent, checkpoints)
        except (DivergedError, ShapeError) as reason:
            error = str(reason)
        seconds = spent.seconds()
        if trained is not None and error is None:
            trained(network)
        return Trial(
            genotype, self.protocol_key, fidelity, seed, MappingProxyType(metrics), seconds, tuple(curve), error,
            schedule,
        )  # fmt: skip

    def accuracies(self, network: nn.Module, alignment: Alignment | None = None) -> dict[str, float]:
        """Return the metrics of accuracy and `val_loss` of a trained network; of COCO's people also AP in percent.

        Raises DivergedError if an output is not finite, and InvalidFileError if the function of a metric fails.
        """
        people = {"val": self.splits.val, "test": self.splits.test}
        found = {
            split: predicted(network, some, self.protocol, alignment, self.loaders) for split, some in people.items()
        }
        accuracies = {
            metric.name: value_of(metric.name, function, found[metric.split].joints, people[metric.split])
            for metric, function in self._functions
        }
        precision = {f"{split}_ap": self._ap(split, found[split]) for split in people if split in self.places}
        return {**accuracies, **precision, "val_loss": found["val"].loss}

    def _ap(self, split: str, found: Outcome) -> float:
        """Return the average precision in percent, with labelled boxes, as HRNet's code computes it."""
        place = self.places[split]
        joints = place.in_photographs(found.joints.astype(np.float64))
        return 100 * coco_score(place, joints, found.scores.astype(np.float64)).AP

    def steps(self, genotype: Genotype, total: int, seed: int) -> Steps:
        """Return the training of `genotype` before its first of `total` steps; raises what `network` raises."""
        network, batches = self.network(genotype, seed), self._batches(seed)
        teacher = None if self.teacher is None else Teacher.of(self.teacher, self.device)
        return Steps(network, batches, self.protocol, total, processes=self.processes, teacher=teacher)

    def _batches(self, seed: int) -> Supply:
        if isinstance(self.splits, StreamedSplits):
            return StreamedBatches(self.splits.train, self.protocol, seed, self.device, self.loaders, self.processes)
        rng = torch.Generator(self.device).manual_seed(seed)
        share = None if self.processes.count == 1 else self.processes.share(self.protocol.batch)
        return Batches(self._train, self.protocol, rng, share)

    def _trained(
        self,
        training: Steps,
        steps: int,
        total: int,
        curve: list[tuple[int, float]],
        progress: Progress | None,
        spent: Stopwatch,
        checkpoints: Checkpoints | None,
    ) -> tuple[nn.Module, Mapping[str, float]]:
        """Train and measure; points of the learning curve are appended to `curve` during the training."""
        points = {round(total * k / POINTS) for k in range(1, POINTS + 1)}

        def watch(step: int, measured: nn.Module, _: Sequence[float]) -> None:
            if step in points and self.processes.leads:
                with _at_step(step):
                    brief = replace(self.protocol, flip_test=False)
                    early = measure(measured, self._curve_people, brief, loaders=self.loaders)
                curve.append((step, early.pckh))
            if progress is not None:
                progress(step, steps)
            if checkpoints is not None and step < steps:
                checkpoints.after_step(training, curve, spent.seconds)

        run(training, steps, watch)
        if checkpoints is not None:
            checkpoints.after_last_step(training, curve, spent.seconds())
        measured, graph = training.measured, training.network.graph
        if not self.processes.leads:
            return measured, {}
        assert isinstance(graph, Graph)
        with _at_step(steps):
            accuracies = self.accuracies(measured)
        train_loss, cost = float(np.mean(training.losses[-max(1, steps // 10) :])), count(graph)
        return measured, accuracies | {"train_loss": train_loss, "params": cost.params, "macs": cost.macs}

    def network(self, genotype: Genotype, seed: int) -> Network:
        """Return the untrained network of `genotype`; raise ShapeError for an image size that it cannot process."""
        joints = len(self.splits.train.skeleton.joints)
        network = build(genotype, joints=joints, input=self.protocol.input, space=self.space, seed=seed)
        representation(self.protocol, network.graph.output.shape[1:])
        check_batch_norm(network.graph, self.protocol.normalised_together)
        if self.protocol.sync_batch_norm:
            network.share_statistics()
        if self.protocol.zero_init_residual:
            zero_init_residual(network)
        network.load_state_dict(self.start, strict=False)
        return network.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]

    @cached_property
    def _functions(self) -> tuple[tuple[Metric, Callable[..., float]], ...]:
        """The metrics of accuracy in the catalogue and their functions."""
        return tuple(
            (metric, imported(f"The function of the metric {metric.name!r}", metric.measured_by))
            for metric in known().values()
            if metric.measured_by
        )

    @cached_property
    def places(self) -> Mapping[str, Photographs]:
        """The people of val and test in their photographs, if AP is defined for them, which needs their labels."""
        if isinstance(self.splits, StreamedSplits):
            known = {"val": self.splits.val, "test": self.splits.test}
        elif self.splits.source.startswith("coco:"):
            size, source = self.protocol.input, self.splits.source
            known = {split: placed(source, split, size, corner=False) for split in ("val", "test")}
        else:
            known = {}
        return {split: people for split, people in known.items() if measures_ap(people)}

    @cached_property
    def _train(self) -> Tensors:
        assert isinstance(self.splits, Splits)
        return Tensors.of(self.splits.train).to(self.device)

    @cached_property
    def _curve_people(self) -> People | Photographs:
        return self.splits.val.take(np.arange(min(CURVE_EXAMPLES, len(self.splits.val))))


@contextmanager
def _at_step(step: int) -> Iterator[None]:
    """Add the step to the message of a DivergedError."""
    try:
        yield
    except DivergedError as reason:
        raise DivergedError(f"diverged at step {step}: {reason}") from None
