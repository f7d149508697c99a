"""How genotypes are measured, as a value that says everything a comparison has to know of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, runtime_checkable
from typing import Protocol as Interface

from nasbench_pose.evaluators.trial import Evaluator
from nasbench_pose.spaces import SearchSpace

if TYPE_CHECKING:
    import pandas as pd


class Truth(Interface):
    """Accuracies of the members of a space, known beforehand: regret is measured against them. A table has them."""

    @property
    def name(self) -> str:
        """What messages call it."""
        ...

    @property
    def space(self) -> SearchSpace:
        """The space whose members are known."""
        ...

    @property
    def complete(self) -> bool:
        """Whether every member is known, so that the best is."""
        ...

    @property
    def coverage(self) -> object:
        """How much is known, as a text."""
        ...

    def means(self, split: str = "val") -> "pd.DataFrame":
        """Return one row per genotype with its metrics, means over seeds; members of the space come first."""
        ...


@dataclass(frozen=True, kw_only=True)
class MeasurementInfo:
    """What a comparison has to know of a measurement."""

    title: str
    """Of the protocol, as figures and tables show it."""
    plane: str
    """How numbers come about: `measured by training`, `looked up`, `one-shot`, `latency`, `zero-cost`, `plug-in`."""
    input: tuple[int, int]
    """Height and width of the images in pixels."""
    joints: int
    metrics: tuple[str, ...] = ()
    """Metrics that every finished trial has; empty: unknown before the first trial."""
    fidelity: str = "training steps"
    """Unit of a trial's fidelity."""
    fidelities: tuple[int, ...] | None = None
    """The fidelities that can be asked for; None: any."""
    training_protocol: str | None = None
    """Canonical JSON of the protocol by which strategies that train have to train; None: they get the evaluator's."""
    people: str | None = None
    """The people for strategies that train, as `pose.source.load` takes them; None: whatever the user says."""
    baselines: bool = True
    """Whether networks of other spaces, such as hand-made ones, can be measured."""
    immediate: bool = False
    """Whether a trial takes so little time that processes cost more than they save."""
    exclusive: bool = False
    """Whether trials must not run side by side, because they measure time."""
    truth: Truth | None = field(default=None, repr=False)
    """What is known of the whole space beforehand."""


@runtime_checkable
class Measurement(Interface):
    """How genotypes are measured. It can be pickled: each worker process calls it to make an evaluator of its own."""

    def __call__(self) -> Evaluator:
        """Make the evaluator; raise NasbenchPoseError for data that are missing or broken."""
        ...

    def describe(self, evaluator: Any) -> MeasurementInfo:
        """Return what a comparison has to know; `evaluator` is one that this measurement has made."""
        ...


@dataclass(frozen=True, kw_only=True)
class MeasurementOptions:
    """What a user may say of a measurement; each kind takes what it can use and refuses the rest."""

    space: SearchSpace
    argument: str = ""
    """What follows the name and a colon: the file of a table, the engine of a latency."""
    data: str | None = None
    """People, as `pose.source.load` takes them; None: the default."""
    protocol: str | None = None
    """Name of a training protocol; None: the default."""
    steps: int | None = None
    """Training steps, instead of the protocol's."""
    input: tuple[int, int] | None = None
    """Image size, instead of the protocol's."""


def describe(make: Callable[[], Evaluator], evaluator: Evaluator, space: SearchSpace) -> MeasurementInfo:
    """Return what a comparison has to know of `make`, which made `evaluator`: a Measurement, or any other function."""
    return make.describe(evaluator) if isinstance(make, Measurement) else info_of(evaluator, space, "plug-in")


def info_of(evaluator: Evaluator, space: SearchSpace, title: str) -> MeasurementInfo:
    """Return what can be known of an evaluator that no measurement of ours has made.

    It may have an attribute `info`, a MeasurementInfo, that says all of it, or a `title`.
    """
    info = getattr(evaluator, "info", None)
    if isinstance(info, MeasurementInfo):
        return info
    return MeasurementInfo(
        title=str(getattr(evaluator, "title", title)),
        plane="plug-in",
        input=space.input,
        joints=space.joints,
        fidelity="units of the evaluator",
        training_protocol=evaluator.protocol_text,
    )
