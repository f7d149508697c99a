"""The measurement `latency` as a value that can be pickled: each worker process makes its LatencyEvaluator from it."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nasbench_pose.errors import NasbenchPoseError, pick
from nasbench_pose.evaluators.measurement import MeasurementInfo, MeasurementOptions
from nasbench_pose.latency.protocol import LIBRARIES, protocol_of
from nasbench_pose.spaces import SearchSpace

if TYPE_CHECKING:
    from nasbench_pose.latency.evaluator import LatencyEvaluator

METRICS = (
    "latency_ms", "latency_ms_q1", "latency_ms_q3", "latency_ms_p95", "latency_ratio", "reference_ms",
    "reference_drift", "peak_activation_bytes", "params", "macs",
)  # fmt: skip
"""Metrics of a finished trial."""


@dataclass(frozen=True)
class LatencyMeasurement:
    """Measure how long genotypes of `space` take on this machine; call it to get the evaluator."""

    space: SearchSpace
    engine: str = "torch"
    threads: int = 1
    input: tuple[int, int] | None = None
    """Image size; None: the space's own."""
    device: str = "cpu"
    precision: str = "fp32"
    joints: int | None = None
    """Heat maps; None: the space's own."""

    @classmethod
    def from_options(cls, options: MeasurementOptions) -> "LatencyMeasurement":
        """Return the measurement of these options; raise NasbenchPoseError for options of trainings."""
        if (options.protocol, options.steps) != (None, None):
            raise NasbenchPoseError("A latency has no training protocol: leave --protocol and --steps out.")
        if others := [name for name in options.settings if name not in ("device", "precision")]:
            raise NasbenchPoseError(f"A latency has no training protocol: leave its field {others[0]} out.")
        pick("engine", options.argument or "torch", LIBRARIES)
        return cls(options.space, options.argument or "torch", input=options.input, **options.settings)

    def at(self, input: tuple[int, int], joints: int) -> "LatencyMeasurement":
        """Return the measurement of networks for images of `input` with `joints` heat maps."""
        return replace(self, input=input, joints=joints)

    def __call__(self) -> "LatencyEvaluator":
        """Return the evaluator."""
        from nasbench_pose.latency.evaluator import LatencyEvaluator  # torch

        first = self.space.genotype(options[0] for options in self.space.genes.values())
        protocol = protocol_of(
            self.space.graph(first, input=self.input, joints=self.joints), engine=self.engine, threads=self.threads,
            device=self.device, precision=self.precision,
        )  # fmt: skip
        return LatencyEvaluator(protocol, space=self.space)

    def describe(self, evaluator: "LatencyEvaluator") -> MeasurementInfo:
        """Return the facts that a comparison needs. Trials are exclusive: parallel ones would slow each other down."""
        protocol = evaluator.protocol
        return MeasurementInfo(
            title=f"latency: {protocol.title}",
            plane="latency",
            input=protocol.input,
            joints=protocol.joints,
            metrics=METRICS,
            fidelity="counted passes",
            exclusive=True,
        )
