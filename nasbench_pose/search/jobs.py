"""A job of a comparison: one search of a strategy with one seed, which any process can run."""

import math
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from nasbench_pose.evaluators import Evaluator, Progress, Trial
from nasbench_pose.evaluators.measurement import describe
from nasbench_pose.executors.placement import HERE, Placement
from nasbench_pose.genotype import Genotype
from nasbench_pose.objective import OBJECTIVES, Limit, Objective
from nasbench_pose.search.crews import Crew, SimulatedCrew
from nasbench_pose.search.futures_crew import FuturesCrew
from nasbench_pose.search.loop import search
from nasbench_pose.search.warm_start import starting_from
from nasbench_pose.search.workplace import Workplace
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.store import Run
from nasbench_pose.strategies import make
from nasbench_pose.strategies.labels import label
from nasbench_pose.strategies.registry import check_settings, handed_over

BASELINES = "baselines"
"""The strategy that measures a space's hand-made networks; every comparison runs it."""
START = "start_from"
"""The setting of a run that lists the genotypes it proposed first, since they determine its trials, too."""
LIMITS = "limits"
"""The setting of a run with the limits that its strategy was told."""
PARALLEL = "parallel"
"""The setting of a run that is its number of workers, if there are several: they determine its trials, too."""


@dataclass(frozen=True)
class Job:
    """All that a worker needs to run one search; it can be pickled."""

    space: SearchSpace
    strategy: str
    seed: int
    budget: int
    store: str
    """URL of the database."""
    make_evaluator: Callable[[], Evaluator]
    """A Measurement, or any other function that makes an evaluator."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Settings of the strategy."""
    data: str = "synthetic"
    """The data set for a strategy that trains."""
    objectives: tuple[Objective, ...] = OBJECTIVES
    metrics: tuple[str, ...] = ()
    """Metrics that every finished trial must have, besides the objectives."""
    start_from: tuple[Genotype, ...] = ()
    """Genotypes that the search proposes first."""
    limits: tuple[Limit, ...] = ()
    """Limits that the strategy is told: it draws from the members within those of counted costs, and learns from trials
    beyond the others."""
    seconds: float = math.inf
    """Core seconds of trainings and asks after which the search ends, if its `budget` lasts so long."""
    parallel: int = 1
    """Workers of the search: trials that it has under way at once."""
    placement: Placement = HERE
    """Where trials are measured. A look-up, and a search with one `local` worker, is in the process of the search."""
    checkpoint_minutes: float = 10.0
    """Between two checkpoints of an ask that lasts so long."""
    trial_timeout: float | None = None
    """Seconds after which the executor ends a trial; a search with one local worker is ended by `run_jobs`."""

    @cached_property
    def label(self) -> str:
        """The name of the strategy with its non-default settings, as in tables and figures."""
        return label(self.strategy, self._settings)

    @property
    def name(self) -> str:
        """What a progress bar calls it."""
        return f"{self.label}, seed {self.seed}"

    @property
    def circumstances(self) -> dict[str, Any]:
        """What determines the trials of the run besides the strategy's own settings."""
        start = {START: [genotype.text for genotype in self.start_from]}
        limits = {LIMITS: {limit.column: float(limit.most) for limit in self.limits}}
        several = {PARALLEL: self.parallel} if self.parallel > 1 else {}
        return {**(start if self.start_from else {}), **(limits if self.limits else {}), **several}

    @cached_property
    def _settings(self) -> Mapping[str, Any]:
        return check_settings(self.strategy, self.settings)

    def run(self, evaluator: Evaluator) -> Run:
        """Return the run of this job in the database when it is measured by `evaluator`."""
        return Run(
            strategy=self.strategy,
            space=self.space.name,
            space_digest=self.space.digest,
            seed=self.seed,
            protocol=evaluator.protocol_key,
            fidelity=evaluator.full_fidelity,
            settings={**self._settings, **self.circumstances},
            objectives=self.objectives,
            protocol_text=evaluator.protocol_text,
        )


@dataclass(frozen=True)
class Event:
    """An event of a job: progress of a training, a trial that starts or ends, a notice, or the end of the job."""

    job: str
    steps: tuple[int, int] | None = None
    """(steps done, steps in total) of the current training."""
    trials: int | None = None
    """Number of finished trials."""
    trial: Trial | None = None
    """The trial that finished."""
    measuring: Trial | None = None
    """The trial whose measurement starts, without metrics."""
    notice: str | None = None
    """A problem that was handled, in a few words."""
    ended: bool = False
    error: str | None = None
    """Why the job failed, in one line; None if it did not."""
    details: str = ""
    """The traceback of an unexpected exception."""


def work(job: Job, tell: Callable[[Event], None], place: Workplace) -> None:
    """Run `job` to its end and report every step to `tell`."""
    evaluator = place.evaluator(job.make_evaluator)
    # A strategy that trains uses the training protocol of the measurement; for a table, that of its trainings. So its
    # data follow from the protocol, which is part of the run; only the folder of the data may differ.
    info = describe(job.make_evaluator, evaluator, job.space)
    training = info.training_protocol or evaluator.protocol_text
    on_own = job.settings.get("schedule") == "own" and info.own_fidelities is not None
    fidelities = (info.own_fidelities if on_own else info.fidelities) or range(1, evaluator.full_fidelity + 1)
    needed = handed_over(job.strategy, protocol=training, data=job.data, fidelities=fidelities)
    space = place.space(job.space, job.limits, info) if job.limits else job.space
    own = make(job.strategy, space, job.seed, {**needed, **job.settings})
    strategy = starting_from(job.start_from, own)
    with ExitStack() as ends:
        if (crew := _crew(job, evaluator, tell, immediate=info.immediate)) is not None:
            ends.enter_context(closing(crew))
        steps = search(
            strategy, evaluator, place.store(job.store), job.run(evaluator),
            budget=job.budget, seconds=job.seconds, metrics=job.metrics, limits=job.limits, immediate=info.immediate,
            crew=crew, checkpoint_minutes=job.checkpoint_minutes, progress=_telling(job, tell),
            started=lambda trial: tell(Event(job.name, measuring=trial)),
        )  # fmt: skip
        ends.enter_context(closing(steps))
        for count, step in enumerate(steps, start=1):
            tell(Event(job.name, trials=count, trial=step.trial))


def _crew(job: Job, evaluator: Evaluator, tell: Callable[[Event], None], *, immediate: bool) -> Crew | None:
    """Return the workers of a search: look-ups on a simulated clock, others in an executor; None for one local one."""
    if immediate:
        return None if job.parallel == 1 else SimulatedCrew(evaluator, job.seed, job.parallel)
    if job.placement.is_local and job.parallel == 1:
        return None
    executor = job.placement.with_timeout(job.trial_timeout).executor(job.parallel, store=job.store)
    return FuturesCrew(
        executor, job.make_evaluator, job.run(evaluator), job.parallel,
        lambda notice: tell(Event(job.name, notice=notice)),
    )  # fmt: skip


def _telling(job: Job, tell: Callable[[Event], None]) -> Progress:
    def progress(done: int, total: int) -> None:
        if done % 10 == 0 or done == total:
            tell(Event(job.name, steps=(done, total)))

    return progress
