"""Several measurements combined in one trial, such as accuracy and latency."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from nasbench_pose.evaluators.measurement import Follower, Measurement, MeasurementInfo
from nasbench_pose.evaluators.trial import Evaluator, KeyedByProtocol, Progress, Schedule, Trial
from nasbench_pose.genotype import Genotype
from nasbench_pose.hashing import canonical_json

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class CombinedEvaluator(KeyedByProtocol):
    """Measures a genotype by several evaluators; if two give the same metric, the first value is used.

    Fidelity and progress apply to the first evaluator; the others measure at full fidelity. Seconds are summed. If a
    measurement fails, the trial fails and the remaining measurements are skipped.
    """

    parts: tuple[Evaluator, ...]

    @cached_property
    def protocol_text(self) -> str:
        """The protocols of all parts, in their order, as canonical JSON."""
        return canonical_json({"combined": [_document(part.protocol_text) for part in self.parts]})

    @property
    def full_fidelity(self) -> int:
        """That of the first part."""
        return self.parts[0].full_fidelity

    @property
    def schedules(self) -> tuple[Schedule, ...]:
        """Those of the first part."""
        return getattr(self.parts[0], "schedules", ("whole",))

    def evaluate(
        self,
        genotype: Genotype,
        *,
        fidelity: int,
        seed: int,
        progress: Progress | None = None,
        schedule: Schedule = "whole",
    ) -> Trial:
        """Measure `genotype` by all parts, in order."""
        about: Any = {} if self.schedules == ("whole",) else {"schedule": schedule}
        metrics: Mapping[str, float] = {}
        seconds, curve = 0.0, tuple[tuple[int, float], ...]()
        for number, part in enumerate(self.parts):
            asked = fidelity if number == 0 else part.full_fidelity
            first: Any = {} if number else {"progress": progress, **about}
            trial = part.evaluate(genotype, fidelity=asked, seed=seed, **first)
            seconds += trial.seconds
            curve = curve or trial.curve
            if trial.error is not None:
                return Trial(genotype, self.protocol_key, fidelity, seed, {}, seconds, curve, trial.error, schedule)
            metrics = {**trial.metrics, **metrics}
        return Trial(genotype, self.protocol_key, fidelity, seed, metrics, seconds, curve, None, schedule)


@dataclass(frozen=True)
class Combined:
    """Several measurements as one."""

    parts: tuple[Measurement, ...]

    def __call__(self) -> CombinedEvaluator:
        """Make the evaluators of all parts; raises their errors.

        A Follower, such as a latency, is that of the networks which the first other part measures: their image size and
        joints are those of its data, which need not be those of the space.
        """
        leading = next((part for part in self.parts if not isinstance(part, Follower)), None)
        if leading is None:
            return CombinedEvaluator(tuple(part() for part in self.parts))
        first = leading()
        info = leading.describe(first)

        def made(part: Measurement) -> Evaluator:
            if part is leading:
                return first
            return part.at(info.input, info.joints)() if isinstance(part, Follower) else part()

        return CombinedEvaluator(tuple(map(made, self.parts)))

    def describe(self, evaluator: CombinedEvaluator) -> MeasurementInfo:
        """Return the properties of the first part, with the titles and metrics of all parts.

        What is known of the whole space becomes columns of the first part's truth, so that regret within a limit of
        latency is exact. The metrics are unknown if those of one part are. No trial runs beside another if one part
        demands that.
        """
        infos = [part.describe(made) for part, made in zip(self.parts, evaluator.parts, strict=True)]
        self._warn_of_joints(infos)
        known = all(info.metrics for info in infos)
        truth = infos[0].truth
        for info in infos[1:]:
            truth = truth if truth is None or info.known is None else truth.with_columns(info.known)
        return replace(
            infos[0],
            truth=truth,
            title=" + ".join(info.title for info in infos),
            plane=" + ".join(dict.fromkeys(info.plane for info in infos)),
            metrics=tuple(dict.fromkeys(metric for info in infos for metric in info.metrics)) if known else (),
            partial_metrics=_partial(infos),
            baselines=all(info.baselines for info in infos),
            immediate=all(info.immediate for info in infos),
            exclusive=any(info.exclusive for info in infos),
        )

    def _warn_of_joints(self, infos: list[MeasurementInfo]) -> None:
        """Log a warning for a follower with other joints than those of the first part, as a device file may have."""
        for part, info in zip(self.parts, infos, strict=True):
            if isinstance(part, Follower) and info.joints != infos[0].joints:
                networks = info.title, info.joints, infos[0].title, infos[0].joints
                _LOG.warning("%s is of networks with %d joints, %s of networks with %d.", *networks)


def _partial(infos: list[MeasurementInfo]) -> tuple[str, ...]:
    """Return the metrics of partial trainings: those of the first part, and what the others always measure."""
    if not infos[0].partial_metrics or not all(info.metrics for info in infos):
        return ()
    return tuple(dict.fromkeys((*infos[0].partial_metrics, *(name for info in infos[1:] for name in info.metrics))))


def _document(text: str) -> object:
    """Return a protocol as a JSON document; a plug-in's text that is not JSON is returned as it is."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
