"""One job of a comparison: a strategy with a seed, run to its budget in whatever process."""

import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from nasbench_pose.evaluators import Evaluator, Progress, Trial
from nasbench_pose.evaluators.measurement import describe
from nasbench_pose.genotype import Genotype
from nasbench_pose.objective import OBJECTIVES, Objective
from nasbench_pose.search.loop import search
from nasbench_pose.search.warm_start import starting_from
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.store import Run, Store
from nasbench_pose.strategies import make
from nasbench_pose.strategies.labels import label
from nasbench_pose.strategies.registry import check_settings, handed_over

BASELINES = "baselines"
"""The strategy that measures a space's hand-made neighbours; every comparison runs it."""
START = "start_from"
"""The setting of a run that says which genotypes it proposed first; it is part of what decides its trials."""


@dataclass(frozen=True)
class Job:
    """What a worker needs to know; it can be pickled."""

    space: SearchSpace
    strategy: str
    seed: int
    budget: int
    store: str
    """URL of the database."""
    make_evaluator: Callable[[], Evaluator]
    """How genotypes are measured: a Measurement, or any function that makes an evaluator."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Of the strategy."""
    data: str = "synthetic"
    """The people for a strategy that trains."""
    objectives: tuple[Objective, ...] = OBJECTIVES
    metrics: tuple[str, ...] = ()
    """Metrics that every finished trial must have, besides the objectives."""
    start_from: tuple[Genotype, ...] = ()
    """Genotypes that the search proposes first."""

    @cached_property
    def label(self) -> str:
        """The strategy and those of its settings that are no defaults, as tables and figures name it."""
        return label(self.strategy, self._settings)

    @property
    def name(self) -> str:
        """What a progress bar calls it."""
        return f"{self.label}, seed {self.seed}"

    @cached_property
    def _settings(self) -> Mapping[str, Any]:
        return check_settings(self.strategy, self.settings)

    def run(self, evaluator: Evaluator) -> Run:
        """Return what the database calls this job, measured by `evaluator`."""
        return Run(
            strategy=self.strategy,
            space=self.space.name,
            space_digest=self.space.digest,
            seed=self.seed,
            protocol=evaluator.protocol_key,
            fidelity=evaluator.full_fidelity,
            settings={**self._settings, **({START: [g.text for g in self.start_from]} if self.start_from else {})},
            objectives=self.objectives,
            protocol_text=evaluator.protocol_text,
        )


@dataclass(frozen=True)
class Event:
    """What a job has to tell: a training step, a finished trial, or that it has ended."""

    job: str
    steps: tuple[int, int] | None = None
    """(training steps done, in all) of the trial under way."""
    trials: int | None = None
    """Trials finished so far."""
    trial: Trial | None = None
    measuring: Trial | None = None
    """What is about to be measured: a trial without metrics."""
    notice: str | None = None
    """What went wrong and was made good, in a few words."""
    ended: bool = False
    error: str | None = None
    """Why it failed, in one line; None if it did not."""
    details: str = ""
    """The traceback of a failure that nobody foresaw."""


class Evaluators:
    """The evaluators that one process has made: that of each measurement once, however many jobs need it.

    A process that runs jobs of one comparison holds one of these as long as it lives; measurements are told apart by
    what they are pickled to, as those of two jobs are two objects after their way to another process.
    """

    def __init__(self) -> None:
        self._made: dict[bytes | int, tuple[Callable[[], Evaluator], Evaluator]] = {}

    def of(self, measurement: Callable[[], Evaluator]) -> Evaluator:
        """Return the evaluator, made if this is the first time; raise what making it raises."""
        key = _identity(measurement)
        if key not in self._made:
            self._made[key] = (measurement, measurement())  # held, so that its id stays its own
        return self._made[key][1]


def _identity(measurement: Callable[[], Evaluator]) -> bytes | int:
    try:
        return pickle.dumps(measurement)
    except Exception:  # what cannot be pickled never leaves its process
        return id(measurement)


def work(job: Job, tell: Callable[[Event], None], evaluators: Evaluators | None = None) -> None:
    """Run `job` to its end, telling of every step; `evaluators` are those of this process."""
    evaluator = (evaluators or Evaluators()).of(job.make_evaluator)
    # What a strategy trains on follows from the protocol, which is part of the run; only the folder may differ. Where
    # trainings are looked up, it is the protocol by which they were made.
    info = describe(job.make_evaluator, evaluator, job.space)
    training = info.training_protocol or evaluator.protocol_text
    needed = handed_over(job.strategy, protocol=training, data=job.data)
    own = make(job.strategy, job.space, job.seed, {**needed, **job.settings})
    strategy = starting_from(job.start_from, own)
    with Store(job.store) as store:
        run = job.run(evaluator)
        steps = search(
            strategy, evaluator, store, run,
            budget=job.budget, progress=_telling(job, tell), metrics=job.metrics, started=_starting(job, tell),
        )  # fmt: skip
        for count, step in enumerate(steps, start=1):
            tell(Event(job.name, trials=count, trial=step.trial))


def _telling(job: Job, tell: Callable[[Event], None]) -> Progress:
    def progress(done: int, total: int) -> None:
        if done % 10 == 0 or done == total:
            tell(Event(job.name, steps=(done, total)))

    return progress


def _starting(job: Job, tell: Callable[[Event], None]) -> Callable[[Trial], None]:
    return lambda trial: tell(Event(job.name, measuring=trial))
