"""An evaluator whose trainings a surrogate benchmark predicts."""

import json
import logging
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from nasbench_pose.benchmark.surrogate.surrogate_benchmark import ACCURACY, SurrogateBenchmark
from nasbench_pose.errors import InvalidFileError, NasbenchPoseError
from nasbench_pose.evaluators.measurement import MeasurementInfo, MeasurementOptions
from nasbench_pose.evaluators.trial import KeyedByProtocol, Progress, Trial
from nasbench_pose.genotype import Genotype
from nasbench_pose.hashing import canonical_json

_LOG = logging.getLogger(__name__)
METRICS = (ACCURACY, "macs", "params")


@dataclass(frozen=True, eq=False)
class SurrogateEvaluator(KeyedByProtocol):
    """Draws trainings from a surrogate benchmark; `seconds` are those that the training would take.

    A genotype that the surrogate would have to extrapolate to gives a failed trial that says so. The protocol has the
    checksum of the sample and the name of the model.
    """

    benchmark: SurrogateBenchmark

    @cached_property
    def protocol_text(self) -> str:
        """The protocol of the trainings, the sample and the model, as canonical JSON."""
        asked = self.benchmark
        about = {"sample": asked.name, "sha256": asked.about.get("sha256"), "surrogate": asked.surrogate}
        return canonical_json({**about, "protocol": json.loads(str(asked.about["protocol"]))})

    @property
    def full_fidelity(self) -> int:
        """Steps of a full training; there is no other fidelity."""
        return self.benchmark.protocol.steps

    def evaluate(self, genotype: Genotype, *, fidelity: int, seed: int, progress: Progress | None = None) -> Trial:
        """Return a drawn training of `genotype`."""
        if progress is not None:
            progress(fidelity, fidelity)
        try:
            answer = self.benchmark.query(genotype, seed)
        except InvalidFileError as refused:
            return Trial(genotype, self.protocol_key, fidelity, seed, error=str(refused))
        counts = self.benchmark.costs.count(self.benchmark.space.encode([genotype]))
        metrics = {ACCURACY: answer.accuracy, "macs": int(counts.macs[0]), "params": int(counts.params[0])}
        return Trial(genotype, self.protocol_key, fidelity, seed, metrics, answer.seconds)


@dataclass(frozen=True, eq=False)
class Predicted:
    """The measurement whose trainings a surrogate benchmark predicts; call it to get the evaluator."""

    benchmark: SurrogateBenchmark

    @classmethod
    def from_options(cls, options: MeasurementOptions) -> "Predicted":
        """Return the surrogate of the space, or of the sample that the argument names.

        Raises NasbenchPoseError for options that would change the protocol of the trainings.
        """
        if (options.protocol, options.steps, options.input) != (None, None, None) or options.settings:
            raise NasbenchPoseError(
                "A surrogate has the protocol of its trainings: leave protocol, steps and input out."
            )
        people = options.data.partition(":")[0] if options.data else None
        sample: str | Path = options.argument or options.space.name
        found = SurrogateBenchmark.load(sample, people, space=options.space)
        if np.isnan(found.spread_of_seeds):
            _LOG.warning(
                "No network of %s was trained with several seeds: trainings are predicted without noise.", found.name
            )
        return cls(found)

    def __call__(self) -> SurrogateEvaluator:
        """Return the evaluator."""
        return SurrogateEvaluator(self.benchmark)

    def describe(self, evaluator: SurrogateEvaluator) -> MeasurementInfo:
        """Return the properties of the measurement."""
        asked = evaluator.benchmark
        return MeasurementInfo(
            title=f"{asked.protocol.title}, predicted from {len(asked.first)} trainings ({asked.surrogate})",
            plane="predicted",
            input=asked.protocol.input,
            joints=asked.joints,
            metrics=METRICS,
            fidelities=(evaluator.full_fidelity,),
            training_protocol=str(asked.about["protocol"]),
            people=asked.protocol.data,
            baselines=False,
            immediate=True,
            spread_of_seeds=asked.spread_of_seeds,
        )
