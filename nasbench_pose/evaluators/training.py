"""The measurement by training: a value from which each worker process makes its own TrainEvaluator."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nasbench_pose.evaluators.measurement import MeasurementInfo, MeasurementOptions
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.recipe_settings import changed, named
from nasbench_pose.pose.photographs import streamed
from nasbench_pose.pose.source import load
from nasbench_pose.scalar import whole
from nasbench_pose.spaces import SearchSpace

if TYPE_CHECKING:
    from nasbench_pose.evaluators.train import TrainEvaluator


@dataclass(frozen=True)
class Training:
    """Training on the data set `data` by `protocol`; call it to get the evaluator.

    >>> from nasbench_pose.evaluators.protocol import PROTOCOLS
    >>> Training("synthetic:train=4,val=2,test=2", PROTOCOLS["default"])().full_fidelity == PROTOCOLS["default"].steps
    True
    """

    data: str
    """The argument of `pose.source.load`, with the folder if there is one."""
    protocol: Protocol
    space: SearchSpace | None = None
    """Required for genotypes of a space that is not built in."""
    pauses: str = ""
    """Folder in which trainings of less than full fidelity are paused; "": they are repeated from their first step."""

    @classmethod
    def from_options(cls, options: MeasurementOptions) -> "Training":
        """Return the training of the user's options; raise UnknownNameError for an unknown protocol.

        The argument of the measurement is the folder of paused trainings.
        """
        return cls(options.data or "synthetic", chosen_protocol(options), options.space, options.argument)

    def __call__(self) -> "TrainEvaluator":
        """Load the people and return the evaluator.

        Raises InvalidFileError or UnknownNameError for an invalid protocol, then DataError if the data set is
        missing or invalid.
        """
        from nasbench_pose.evaluators.checks import check_protocol
        from nasbench_pose.evaluators.train import TrainEvaluator  # imports torch

        check_protocol(self.protocol)
        protocol = replace(self.protocol, digests=())
        if protocol.photographs:
            corner = protocol.alignment == "corner"
            return TrainEvaluator(protocol, streamed(self.data, protocol.input, corner=corner), self.space)
        people = load(self.data, size=protocol.input)
        return TrainEvaluator(protocol, people, self.space, pauses=Path(self.pauses) if self.pauses else None)

    def describe(self, evaluator: "TrainEvaluator") -> MeasurementInfo:
        """Return the properties of the measurement."""
        from nasbench_pose.evaluators.train import metrics

        return MeasurementInfo(
            title=evaluator.title,
            plane="measured by training",
            input=evaluator.protocol.input,
            joints=len(evaluator.splits.train.skeleton.joints),
            metrics=(*metrics(), *(f"{split}_ap" for split in evaluator.places)),
            training_protocol=evaluator.protocol.text_here,
            people=self.data,
            device=evaluator.protocol.device,
        )


def chosen_protocol(options: MeasurementOptions) -> Protocol:
    """Return the training protocol of the user's options; raise UnknownNameError for an unknown name or field.

    >>> from nasbench_pose.spaces import load
    >>> chosen_protocol(MeasurementOptions(space=load("simplebaseline"), steps=5)).steps
    5
    """
    protocol = changed(named(options.protocol or "default"), options.settings)
    steps = protocol.steps if options.steps is None else whole(options.steps, "number of steps", least=1)
    return replace(protocol, steps=steps, input=options.input or protocol.input)
