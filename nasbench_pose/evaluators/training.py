"""How to make a TrainEvaluator, as a value: worker processes make their own."""

from dataclasses import dataclass, replace

from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.train import TrainEvaluator
from nasbench_pose.pose.source import load
from nasbench_pose.spaces import SearchSpace


@dataclass(frozen=True)
class Training:
    """The people of `data`, trained on by `protocol`; call it to get the evaluator.

    >>> from nasbench_pose.evaluators.protocol import PROTOCOLS
    >>> Training("synthetic:train=4,val=2,test=2", PROTOCOLS["default"])().full_fidelity == PROTOCOLS["default"].steps
    True
    """

    data: str
    """What `pose.source.load` takes, with the folder where there is one."""
    protocol: Protocol
    space: SearchSpace | None = None
    """Needed for genotypes of a space that is not built in."""

    def __call__(self) -> TrainEvaluator:
        """Load the people and return the evaluator; raise DataError if they are missing or broken."""
        protocol = replace(self.protocol, digests=())
        return TrainEvaluator(protocol, load(self.data, size=protocol.input), self.space)
