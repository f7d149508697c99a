"""A comparison of search strategies: what is compared, as a value, and what came of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, UnknownNameError, nearest
from nasbench_pose.evaluators.measurement import Measurement, MeasurementInfo, describe
from nasbench_pose.evaluators.trial import Evaluator
from nasbench_pose.genotype import Genotype
from nasbench_pose.objective import OBJECTIVES, Limit, Objective
from nasbench_pose.pose.source import example, located
from nasbench_pose.search.executors import Executor, Processes, executor
from nasbench_pose.search.jobs import BASELINES, Event, Job
from nasbench_pose.search.planning import forget_failures, plan, steps_of
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.labels import parse
from nasbench_pose.strategies.registry import trains

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Comparison:
    """Strategies against each other: the same space, measurement, objectives, budget and seeds.

    >>> from nasbench_pose.benchmark.evaluator import LookUp
    >>> from nasbench_pose.spaces import load
    >>> space = load("efficientpose_micro")
    >>> comparison = Comparison(space, ("random", "evolution[population=5]"), LookUp(space.name), budget=4, seeds=2)
    >>> comparison.info.title
    'LSPET 64×64, 800 steps of 16, PCKh@0.5, looked up'
    >>> [job.name for job in comparison.jobs()][:3]
    ['random, seed 0', 'random, seed 1', 'evolution[population=5], seed 0']
    """

    space: SearchSpace
    strategies: tuple[str, ...]
    """Names, with settings where wanted: `evolution[population=3]`."""
    measurement: Measurement
    objectives: tuple[Objective, ...] = OBJECTIVES
    """What to be good at, then what to be cheap in: the axes of the plane; the hypervolume is of all."""
    limits: tuple[Limit, ...] | None = None
    """Within which the best is looked for; None: the typical MACs of the space, if MACs are an objective."""
    budget: int = 10
    """Trials of each search."""
    seeds: int = 3
    """Searches of each strategy."""
    first_seed: int = 0
    """The seed of the first of them; the others count on."""
    trial_timeout: float | None = None
    """Seconds after which a measurement is ended and kept as a failed trial."""
    start_from: tuple[Genotype, ...] = ()
    """Members of the space that every search proposes first; its strategy is told what they are worth."""
    store: str | Path = "runs.db"
    people: str | None = None
    """For strategies that train, as `pose.source.load` takes them; None: those of the measurement."""
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Strategy -> setting -> value, for every search of it that does not say otherwise."""

    @cached_property
    def evaluator(self) -> Evaluator:
        """The evaluator of this process; raises what making it raises."""
        return self.measurement()

    @cached_property
    def info(self) -> MeasurementInfo:
        """What is known of the measurement."""
        return describe(self.measurement, self.evaluator, self.space)

    def without_people(self) -> tuple[str, ...]:
        """Return the strategies that train and for which nobody has said where the people are.

        A table comes with the package, the photographs that it was made on do not.
        """
        if located(self._people):
            return ()
        named = [(text, *parse(text)) for text in self.strategies]
        return tuple(
            text for text, name, own in named if trains(name) and "data" not in {**self.settings.get(name, {}), **own}
        )

    @property
    def reason_without_people(self) -> str:
        """Why strategies that train cannot be compared before their people are found."""
        return f"trains on the table's people: say where they are with --data {example(self._people)}"

    def jobs(self) -> list[Job]:
        """Return the searches; raise NasbenchPoseError for whatever would make them fail, before anything runs."""
        if missing := self.without_people():
            raise NasbenchPoseError(f"{', '.join(missing)} {self.reason_without_people}.")
        self._check_metrics()
        jobs = plan(
            self.space, self.strategies, self.measurement,
            budget=self.budget, seeds=self.seeds, first_seed=self.first_seed, start_from=self.start_from,
            store=self.store, data=self._people, settings=self.settings, objectives=self.objectives,
            metrics=self.metrics,
        )  # fmt: skip
        return [job for job in jobs if self.info.baselines or job.strategy != BASELINES]

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that every trial must have: of the objectives and of the limits."""
        limits = (limit.column for limit in self.limits or ())
        return tuple(dict.fromkeys((*(objective.column for objective in self.objectives), *limits)))

    def executor(self, workers: int | None = None) -> Executor:
        """Return what runs the jobs in so many processes; None: one where measurements disturb each other, else one per
        core.

        What is quick runs in this process. Anything else runs in another one, also where it is only one, as a
        measurement may have to be ended, or may take its process with it.
        """
        quick = self.info.immediate and not any(trains(parse(text)[0]) for text in self.strategies)
        if workers is None:
            workers = 1 if self.info.exclusive or quick else cores()
        if workers == 1 and not quick:
            return Processes(1, self.trial_timeout)
        return executor(workers, self.trial_timeout)

    def forget_failures(self) -> int:
        """Delete the failed trials of these searches from the database, so that they are measured again.

        Returns how many. Every search that visited one goes back to the step before it; all other trials stay.
        """
        return forget_failures(self.jobs(), self.evaluator)

    def run(
        self, executor: Executor | None = None, tell: Callable[[Event], None] = lambda _: None
    ) -> "ComparisonResult":
        """Run what the database does not hold yet and return all trials; `tell` hears of every event.

        Searches that failed do not stop the others: the error is the result's `failure`. It is raised if no trial at
        all finished.
        """
        jobs, failure = self.jobs(), None
        try:
            (executor or self.executor())(jobs, tell)
        except NasbenchPoseError as error:
            failure = error
        try:
            trials = steps_of(jobs, self.evaluator)
        except NasbenchPoseError:
            if failure is None:
                raise
            raise failure from None
        if failure is not None and trials["error"].isna().sum() == 0:
            raise failure
        return ComparisonResult(self, trials, failure)

    @property
    def _people(self) -> str:
        info = self.info  # a measurement that cannot find its people says so better than anybody else
        return self.people or info.people or "synthetic"

    def _check_metrics(self) -> None:
        if len({objective.column for objective in self.objectives}) < 2:
            raise InvalidFileError("A comparison needs two objectives: what to be good at, and what to be cheap in.")
        known = self.info.metrics
        for metric in self.metrics:
            if known and metric not in known:
                raise UnknownNameError(
                    f"{self.info.title} gives no {metric!r}; it gives {', '.join(known)}.{nearest(metric, known)} "
                    "Measurements are combined by a plus, such as train+latency."
                )


@dataclass(frozen=True)
class ComparisonResult:
    """What came of a comparison."""

    comparison: Comparison
    trials: "pd.DataFrame"
    """One row per step of every search, as `Store.frame` gives them; `strategy` is the label, with settings."""
    failure: NasbenchPoseError | None = None
    """Why some searches did not reach their budget."""

    @property
    def searched(self) -> "pd.DataFrame":
        """The trials of strategies, without hand-made networks."""
        return self.trials[self.trials["strategy"] != BASELINES]

    @property
    def baselines(self) -> "pd.DataFrame":
        """The trials of hand-made networks."""
        return self.trials[self.trials["strategy"] == BASELINES]


def cores() -> int:
    """Return how many cores this process may use, where the system says so."""
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
