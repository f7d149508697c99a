"""Measuring with inherited weights, as a value: each worker process makes its own OneShotEvaluator from it."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nasbench_pose.evaluators.measurement import MeasurementInfo, MeasurementOptions
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.training import chosen_protocol
from nasbench_pose.pose.source import load
from nasbench_pose.spaces import SearchSpace

if TYPE_CHECKING:
    from nasbench_pose.oneshot.evaluator import OneShotEvaluator

METRICS = ("val_pckh", "val_loss", "params", "macs", "supernet_seconds")
"""Metrics of a finished trial."""


@dataclass(frozen=True)
class OneShot:
    """Measure members of `space` with the weights of a supernet; call it to get the evaluator."""

    data: str
    """What `pose.source.load` takes, with the folder where there is one."""
    protocol: Protocol
    space: SearchSpace
    sampling: str = "single_path"

    @classmethod
    def single_path(cls, options: MeasurementOptions) -> "OneShot":
        """Return the measurement that a user has chosen, its supernet trained by drawing one path a step."""
        return cls(options.data or "synthetic", chosen_protocol(options), options.space, "single_path")

    @classmethod
    def sandwich(cls, options: MeasurementOptions) -> "OneShot":
        """Return the measurement that a user has chosen, its supernet trained by the sandwich rule."""
        return cls(options.data or "synthetic", chosen_protocol(options), options.space, "sandwich")

    def __call__(self) -> "OneShotEvaluator":
        """Load the people and return the evaluator; raise DataError if they are missing or broken."""
        from nasbench_pose.oneshot.evaluator import OneShotEvaluator  # torch

        protocol = replace(self.protocol, digests=())
        return OneShotEvaluator(self.space, protocol, load(self.data, size=protocol.input), self.sampling)

    def describe(self, evaluator: "OneShotEvaluator") -> MeasurementInfo:
        """Return what a comparison has to know: a supernet has the members of its own space only."""
        return MeasurementInfo(
            title=evaluator.title,
            plane="one-shot",
            input=evaluator.protocol.input,
            joints=len(evaluator.splits.train.skeleton.joints),
            metrics=METRICS,
            fidelity="training steps of the supernet",
            training_protocol=evaluator.protocol.text,
            people=self.data,
            baselines=False,
        )
