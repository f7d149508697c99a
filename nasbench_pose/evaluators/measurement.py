"""Measurements as values: how to make an evaluator, and the properties that a comparison needs."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import nan
from typing import TYPE_CHECKING, Any, runtime_checkable
from typing import Protocol as Interface

from nasbench_pose.evaluators.trial import Evaluator
from nasbench_pose.pose.skeleton import PCKH
from nasbench_pose.spaces import SearchSpace

if TYPE_CHECKING:
    import pandas as pd


class Truth(Interface):
    """Known accuracies of the members of a space, from which regret is computed, e.g. a benchmark table."""

    @property
    def name(self) -> str:
        """Its name in messages."""
        ...

    @property
    def space(self) -> SearchSpace:
        """The space of the genotypes."""
        ...

    @property
    def complete(self) -> bool:
        """Whether the accuracy of every member is known, and so that of the best one."""
        ...

    @property
    def coverage(self) -> object:
        """How many members are known; `str` of it is printed."""
        ...

    def means(self, split: str = "val") -> "pd.DataFrame":
        """Return one row per genotype with its metrics, means over seeds; members of the space come first."""
        ...

    def with_columns(self, columns: "pd.DataFrame") -> "Truth":
        """Return the same with more columns of `means`; the index of `columns` is the text of a genotype."""
        ...


@dataclass(frozen=True, kw_only=True)
class MeasurementInfo:
    """The properties of a measurement that a comparison needs."""

    title: str
    """Title of the protocol in figures and tables."""
    plane: str
    """How the numbers are made: `measured by training`, `looked up`, `one-shot`, `latency`, `zero-cost`, `plug-in`."""
    input: tuple[int, int]
    """Height and width of the images in pixels."""
    joints: int
    metrics: tuple[str, ...] = ()
    """Metrics of every successful trial; empty: unknown before the first trial."""
    partial_metrics: tuple[str, ...] = ()
    """Metrics of a point of a full training; empty: those of the full one. A schedule of its own has all `metrics`."""
    fidelity: str = "training steps"
    """Unit of a trial's fidelity."""
    fidelities: tuple[int, ...] | None = None
    """The valid fidelities; None: any."""
    own_fidelities: tuple[int, ...] | None = None
    """The valid fidelities on schedules of their own; None: those of `fidelities`."""
    training_protocol: str | None = None
    """Canonical JSON of the protocol for strategies that train; None: the protocol of the evaluator."""
    people: str | None = None
    """Data set for strategies that train, as `pose.source.load` takes it; None: chosen by the user."""
    baselines: bool = True
    """Whether networks of other spaces, such as hand-made ones, can be measured."""
    immediate: bool = False
    """Whether a trial is so fast that worker processes do not pay off."""
    exclusive: bool = False
    """Whether trials must not run in parallel, because they measure time."""
    device: str = "cpu"
    """The device that measures, as `network.devices.device_of` takes it: the machine of each trial has to have it."""
    truth: Truth | None = field(default=None, repr=False)
    """Known accuracies of the whole space, if there are any."""
    spread_of_seeds: float = nan
    """Standard deviation of the accuracy over the training seeds of one network, in points; NaN if unknown."""
    known: "pd.DataFrame | None" = field(default=None, repr=False)
    """Metrics of the whole space that are no accuracies, such as latencies on a device; the index is the genotype."""

    @property
    def accuracy(self) -> str:
        """What `val_pckh` is: PCKh@0.5, or for joints without a head another PCK, as the protocol says."""
        return accuracy_of(self.training_protocol or "")

    @property
    def trained_on(self) -> str:
        """The kind of device that trains, such as `cuda`: on another one than `cpu`, seconds are those of the wall."""
        training = _training(self.training_protocol or "", "steps")
        return str(training.get("device", "cpu")).partition(":")[0]


def accuracy_of(protocol: str) -> str:
    """Return the name of the accuracy in the JSON of a training protocol, alone or inside another; else PCKh@0.5.

    >>> accuracy_of('{"table":"mine","protocol":{"metric":"PCK@0.2 of the box"}}'), accuracy_of("")
    ('PCK@0.2 of the box', 'PCKh@0.5')
    """
    named = _training(protocol, "metric").get("metric")
    return named if isinstance(named, str) and named.startswith("PCK") else PCKH


def _training(protocol: str, field: str) -> Mapping[str, Any]:
    """Return the JSON of a training protocol, alone or inside another, that has a field; empty for none."""
    try:
        document = json.loads(protocol)
    except ValueError:
        return {}
    while isinstance(document, dict) and field not in document:
        parts = document.get("combined")
        document = parts[0] if isinstance(parts, list) and parts else document.get("protocol")
    return document if isinstance(document, dict) else {}


@runtime_checkable
class Measurement(Interface):
    """A way to measure genotypes. It can be pickled, and each worker process calls it to make its own evaluator."""

    def __call__(self) -> Evaluator:
        """Make the evaluator; raise NasbenchPoseError if data are missing or invalid."""
        ...

    def describe(self, evaluator: Any) -> MeasurementInfo:
        """Return the properties of the measurement; `evaluator` is one that it has made."""
        ...


@runtime_checkable
class Follower(Interface):
    """A measurement of networks, not of trainings: beside a training it measures the networks that were trained."""

    def at(self, input: tuple[int, int], joints: int) -> Measurement:
        """Return the measurement of networks for images of `input` (height, width) with `joints` heat maps.

        Raises NasbenchPoseError if it has only those of another image size.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class MeasurementOptions:
    """The user's options of a measurement. Each kind uses some of them and raises for the others."""

    space: SearchSpace
    argument: str = ""
    """The text after `name:`, e.g. the file of a table or the engine of a latency."""
    data: str | None = None
    """Data set, as `pose.source.load` takes it; None: the default."""
    protocol: str | None = None
    """Name or file of a training protocol; None: the default."""
    steps: int | None = None
    """Training steps, instead of the protocol's."""
    input: tuple[int, int] | None = None
    """Image size, instead of the protocol's."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Other fields of the protocol by name, e.g. `device` or `learning_rate`, instead of the protocol's."""


def describe(make: Callable[[], Evaluator], evaluator: Evaluator, space: SearchSpace) -> MeasurementInfo:
    """Return the properties of `make`, a Measurement or any other function, which has made `evaluator`."""
    return make.describe(evaluator) if isinstance(make, Measurement) else info_of(evaluator, space, "plug-in")


def info_of(evaluator: Evaluator, space: SearchSpace, title: str) -> MeasurementInfo:
    """Return the properties of an evaluator without a Measurement, such as a plug-in's.

    They are its attribute `info`, a MeasurementInfo, if it has one. Otherwise defaults, with its `title` if it has one.
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
