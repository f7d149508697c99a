"""An evaluator that measures members of a space with weights inherited from a supernet."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

import torch

from nasbench_pose.cost import count
from nasbench_pose.errors import DivergedError, NasbenchPoseError, pick
from nasbench_pose.evaluators.batches import Tensors
from nasbench_pose.evaluators.checks import check_protocol
from nasbench_pose.evaluators.measure import measure
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.trial import KeyedByProtocol, Progress, Schedule, Trial
from nasbench_pose.genotype import Genotype
from nasbench_pose.hashing import canonical_json
from nasbench_pose.network import Supernet, build_supernet
from nasbench_pose.network.devices import clock, device_named, device_of, reproducible
from nasbench_pose.oneshot.members import CALIBRATION_PEOPLE, Member, recalibrate
from nasbench_pose.oneshot.samplings import SAMPLINGS, train_supernet
from nasbench_pose.oneshot.supernet_cache import TrainedSupernet, load_or_train
from nasbench_pose.pose.cache import default_folder
from nasbench_pose.pose.people import Splits
from nasbench_pose.spaces import SearchSpace


@dataclass(frozen=True, eq=False)
class OneShotEvaluator(KeyedByProtocol):
    """Measures members of `space` on val with weights inherited from a supernet, after recalibration.

    Fidelity is the number of training steps of the supernet. It is trained by `protocol` on `splits.train`; `sampling`
    (see `oneshot.samplings.SAMPLINGS`) says which members a step trains, and on what. The seed draws weights,
    batches and members. Each seed has its own supernet, which is trained when it is first needed and saved in the
    folder `cache`. The weights of the last step are used: a moving average of weights is defined for one network only.

    Metrics are `val_pckh` (percent), `val_loss`, `params`, `macs` and `supernet_seconds`, the time of the supernet's
    training. A trial's own `seconds` do not include it. Raises UnknownNameError for an unknown sampling or an unknown
    name in the protocol, and NasbenchPoseError for a space without a supernet.
    """

    space: SearchSpace
    protocol: Protocol
    splits: Splits
    sampling: str = "single_path"
    cache: Path | None = None
    calibration: int = CALIBRATION_PEOPLE
    """People of train that the statistics of batch normalisation are taken from; 0 leaves those of training."""

    def __post_init__(self) -> None:
        protocol = replace(self.protocol, device=device_named(self.protocol.device))
        object.__setattr__(self, "protocol", protocol.with_data(self.splits))
        check_protocol(self.protocol)
        pick("sampling", self.sampling, SAMPLINGS)
        self.space.open_graph(input=self.protocol.input)

    @property
    def title(self) -> str:
        """The name of the measurement in figures and tables."""
        return f"{self.protocol.title}, weights inherited from a supernet ({self.sampling.replace('_', ' ')})"

    @cached_property
    def protocol_text(self) -> str:
        """Sampling, space and protocol as canonical JSON."""
        own = {} if self.calibration == CALIBRATION_PEOPLE else {"calibration": self.calibration}
        return canonical_json(self._of_training | own)

    @property
    def _of_training(self) -> dict[str, Any]:
        """What decides the training of the supernet, besides steps and seed."""
        return {"one_shot": self.sampling, "space": self.space.digest, "protocol": json.loads(self.protocol.text)}

    @property
    def full_fidelity(self) -> int:
        """Steps of the protocol."""
        return self.protocol.steps

    schedules: ClassVar[tuple[Schedule, ...]] = ("own",)

    def evaluate(
        self,
        genotype: Genotype,
        *,
        fidelity: int,
        seed: int,
        progress: Progress | None = None,
        schedule: Schedule = "whole",
    ) -> Trial:
        """Measure `genotype`; if no path of the supernet leads to it, the trial has an error."""
        metrics: Mapping[str, float] = {}
        now = clock(self._device)
        error, started = None, now()
        try:
            path = self.space.path(genotype)
            with reproducible(self._device):
                supernet, spent = self._supernet(fidelity, seed)
                started = now()
                metrics = {**self._metrics(genotype, Member(supernet, path)), "supernet_seconds": spent}
        except NasbenchPoseError as reason:
            error, started = str(reason), now()
        if progress is not None:
            progress(fidelity, fidelity)
        seconds = now() - started
        return Trial(
            genotype, self.protocol_key, fidelity, seed, MappingProxyType(metrics), seconds, (), error, schedule
        )

    def _metrics(self, genotype: Genotype, member: Member) -> dict[str, float]:
        if self.calibration:
            recalibrate(member, self._train_people.take(slice(None, self.calibration)))
        val = measure(member, self.splits.val, self.protocol)
        cost = count(self.space.graph(genotype, input=self.protocol.input, joints=self._joints))
        return {"val_pckh": val.pckh, "val_loss": val.loss, "params": cost.params, "macs": cost.macs}

    @cached_property
    def _supernet(self) -> Any:
        """(steps, seed) -> the trained supernet and its seconds; only the latest one stays in memory."""
        return lru_cache(maxsize=1)(self._load_or_train)

    def _load_or_train(self, steps: int, seed: int) -> tuple[Supernet, float]:
        """Return the trained supernet and the seconds of its training; raise DivergedError if it diverged."""
        supernet = build_supernet(
            self.space, joints=self._joints, input=self.protocol.input, seed=seed, members=True
        ).to(self._device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        text = canonical_json(self._of_training)
        inputs = {"evaluator": text, "steps": steps, "seed": seed, "torch": torch.__version__}
        found = load_or_train(self.cache or default_folder(), inputs, lambda: self._train(supernet, steps, seed))
        if found.error is not None:
            raise DivergedError(f"the supernet {found.error}")
        supernet.load_state_dict(found.weights)
        return supernet, found.seconds

    def _train(self, supernet: Supernet, steps: int, seed: int) -> TrainedSupernet:
        now = clock(self._device)
        started = now()
        try:
            train_supernet(supernet, self.space, self._train_people, self.protocol, self.sampling, steps, seed)
        except DivergedError as reason:
            return TrainedSupernet({}, now() - started, str(reason))
        return TrainedSupernet(supernet.state_dict(), now() - started)

    @property
    def _device(self) -> torch.device:
        return device_of(self.protocol.device)

    @cached_property
    def _train_people(self) -> Tensors:
        return Tensors.of(self.splits.train).to(self._device)

    @property
    def _joints(self) -> int:
        return len(self.splits.train.skeleton.joints)
