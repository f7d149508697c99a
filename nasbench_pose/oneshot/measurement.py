"""The measurement `one-shot` as a value that can be pickled: each worker process makes its OneShotEvaluator from it."""

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
    """The data set as `pose.source.load` takes it, such as `synthetic` or `lspet:/folder`."""
    protocol: Protocol
    space: SearchSpace
    sampling: str = "single_path"

    @classmethod
    def from_options(cls, sampling: str, options: MeasurementOptions) -> "OneShot":
        """Return the measurement of these options; `sampling` is a name in `oneshot.SAMPLINGS`."""
        return cls(options.data or "synthetic", chosen_protocol(options), options.space, sampling)

    def __call__(self) -> "OneShotEvaluator":
        """Load the people and return the evaluator; raise DataError if they are missing or broken."""
        from nasbench_pose.oneshot.evaluator import OneShotEvaluator  # torch

        protocol = replace(self.protocol, digests=())
        return OneShotEvaluator(self.space, protocol, load(self.data, size=protocol.input), self.sampling)

    def describe(self, evaluator: "OneShotEvaluator") -> MeasurementInfo:
        """Return the facts that a comparison needs; hand-made networks of other spaces cannot be measured."""
        return MeasurementInfo(
            title=evaluator.title,
            plane="one-shot",
            input=evaluator.protocol.input,
            joints=len(evaluator.splits.train.skeleton.joints),
            metrics=METRICS,
            fidelity="training steps of the supernet",
            training_protocol=evaluator.protocol.text,
            people=self.data,
            device=evaluator.protocol.device,
            baselines=False,
        )
