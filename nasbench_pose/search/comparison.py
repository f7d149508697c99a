"""A comparison of search strategies as a value, and its result."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, UnknownNameError, nearest
from nasbench_pose.evaluators.measurement import Measurement, MeasurementInfo, describe
from nasbench_pose.evaluators.trial import Evaluator
from nasbench_pose.executors.placement import HERE, Placement, ready
from nasbench_pose.genotype import Genotype
from nasbench_pose.notebooks import Shown
from nasbench_pose.objective import OBJECTIVES, Limit, Objective, called, within
from nasbench_pose.pose.source import example, is_complete
from nasbench_pose.search.executors import Executor, Processes, executor
from nasbench_pose.search.jobs import BASELINES, Event, Job
from nasbench_pose.search.partial import check_partial_trainings
from nasbench_pose.search.planning import forget_failures, plan, steps_of
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.labels import parse
from nasbench_pose.strategies.limited_space import limited
from nasbench_pose.strategies.registry import trains

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Comparison(Shown):
    """Strategies compared under the same space, measurement, objectives, budget and seeds.

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
    """Names, with settings in brackets if they differ from the defaults: `evolution[population=3]`."""
    measurement: Measurement
    objectives: tuple[Objective, ...] = OBJECTIVES
    """The first is the quality, the second the cost: the axes of the figures. The hypervolume is that of all."""
    limits: tuple[Limit, ...] | None = None
    """Limits for the best network, which strategies are told; None: the typical MACs of the space, if MACs are an
    objective, which they are not told."""
    tell_limits: bool = True
    """Whether strategies are told of `limits`; if not, they search the whole space."""
    budget: int = 10
    """Trials per search, at most."""
    budget_seconds: float = math.inf
    """Core seconds per search, of trainings and of the strategy's own computing, after which no training starts."""
    seeds: int = 3
    """Searches per strategy."""
    parallel: int = 1
    """Workers of each search: trials that it has under way at once; on a table, on a simulated clock."""
    placement: Placement = HERE
    """Where trials are measured that are no look-ups."""
    first_seed: int = 0
    """The seed of the first search of a strategy; the others count up from it."""
    trial_timeout: float | None = None
    """Seconds after which a measurement is killed and stored as a failed trial."""
    checkpoint_minutes: float = 10.0
    """Between two checkpoints of an ask that lasts so long, such as the training of a supernet."""
    start_from: tuple[Genotype, ...] = ()
    """Genotypes of the space that every search proposes first; its strategy learns their losses."""
    store: str | Path = "runs.db"
    people: str | None = None
    """Data set for strategies that train, as `pose.source.load` takes it; None: that of the measurement."""
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Strategy -> setting -> value, unless the name in `strategies` has the setting in brackets."""

    @cached_property
    def evaluator(self) -> Evaluator:
        """The evaluator of this process; raises the errors of the measurement."""
        return self.measurement()

    @cached_property
    def info(self) -> MeasurementInfo:
        """The properties of the measurement."""
        return describe(self.measurement, self.evaluator, self.space)

    def without_people(self) -> tuple[str, ...]:
        """Return the strategies that train but have no data set to train on.

        A benchmark table comes with the package, the photographs that its networks were trained on do not.
        """
        named = [(text, *parse(text)) for text in self.strategies]
        training = tuple(
            text for text, name, own in named if trains(name) and "data" not in {**self.settings.get(name, {}), **own}
        )
        # Names come first: whether the people are there takes the evaluator, which may have to draw or read them.
        return () if not training or is_complete(self._people) else training

    @property
    def reason_without_people(self) -> str:
        """Why strategies that train cannot run without the option --data."""
        return f"trains on the table's people: say where they are with --data {example(self._people)}"

    def jobs(self) -> list[Job]:
        """Return the searches as jobs; raise NasbenchPoseError for anything that would make them fail later."""
        return list(self._jobs)

    @cached_property
    def _jobs(self) -> tuple[Job, ...]:
        if missing := self.without_people():
            raise NasbenchPoseError(f"{', '.join(missing)} {self.reason_without_people}.")
        if not self.budget_seconds > 0:  # nan, too
            raise InvalidFileError(f"A budget of core seconds is above 0; not {self.budget_seconds:g}.")
        self._check_device()
        self._check_metrics()
        self._check_limits()
        jobs = plan(
            self.space, self.strategies, self.measurement,
            budget=self.budget, seeds=self.seeds, first_seed=self.first_seed, start_from=self.start_from,
            store=self.store, data=self._people, settings=self.settings,
            objectives=called(self.objectives, self.info.accuracy),
            metrics=self.metrics, seconds=self.budget_seconds,
            limits=self.told_limits, parallel=self.parallel,
            placement=self.placement, trial_timeout=self.trial_timeout, checkpoint_minutes=self.checkpoint_minutes,
        )  # fmt: skip
        check_partial_trainings(jobs, self.evaluator, self.info)
        return tuple(job for job in jobs if self.info.baselines or job.strategy != BASELINES)

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that every trial must have: those of the objectives and of the limits."""
        limits = (limit.column for limit in self.limits or ())
        return tuple(dict.fromkeys((*(objective.column for objective in self.objectives), *limits)))

    @property
    def told_limits(self) -> tuple[Limit, ...]:
        """The limits that strategies are told."""
        return tuple(limit for limit in self.limits or () if limit.most < math.inf) if self.tell_limits else ()

    def executor(self, workers: int | None = None) -> Executor:
        """Return the executor for `workers` searches at once; None: as many as there are cores for their workers.

        It is one if measurements disturb each other, or if trials are measured elsewhere.

        Quick jobs with one worker run in this process. Other jobs run in a worker process even if there is only one:
        a measurement may time out or crash its process.
        """
        quick = self.info.immediate and not any(trains(parse(text)[0]) for text in self.strategies)
        if workers is None:
            busy = self.parallel if self.placement.is_local else cores()
            workers = 1 if self.info.exclusive or quick else max(1, cores() // busy)
        if workers == 1 and not quick:
            return Processes(1, self.trial_timeout)
        return executor(workers, self.trial_timeout)

    def forget_failures(self) -> int:
        """Delete the failed trials of these searches from the database, so that they are measured again.

        Returns the number of deleted trials. Every search that has one of them is reset to the step before; all other
        trials stay.
        """
        return forget_failures(self.jobs(), self.evaluator)

    def run(
        self, executor: Executor | None = None, tell: Callable[[Event], None] = lambda _: None
    ) -> "ComparisonResult":
        """Run the steps that the database does not have yet and return all trials; `tell` is called with every event.

        A failed search does not stop the others: its error is the `failure` of the result. It is raised only if no
        trial finished.
        """
        jobs, failure = self.jobs(), None
        with ready(HERE if self.info.immediate else self.placement) as placement:
            try:
                (executor or self.executor())([replace(job, placement=placement) for job in jobs], tell)
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
        info = self.info  # first: if the data set is missing, the error of the measurement is the most helpful one
        return self.people or info.people or "synthetic"

    def _check_device(self) -> None:
        """Raise NoDeviceError if trials are measured here, on a device that is not here."""
        if self.placement.is_local and self.info.device != "cpu":
            from nasbench_pose.network.devices import device_of  # imports torch

            device_of(self.info.device)

    def _check_metrics(self) -> None:
        if len({objective.column for objective in self.objectives}) < 2:
            raise InvalidFileError("A comparison needs two objectives: what to be good at, and what to be cheap in.")
        known = self.info.metrics
        for what in [*(o.metric for o in self.objectives), *(limit.metric for limit in self.limits or ())]:
            if what.split == "test":
                raise InvalidFileError(
                    f"{what.name!r} is measured on test, which must not select: use one of val, such as val_pckh."
                )
        if "trained_seed" in self.metrics:
            raise InvalidFileError("trained_seed is the number of a training, no quality and no cost: name another.")
        for metric in self.metrics:
            if known and metric not in known:
                raise UnknownNameError(
                    f"{self.info.title} gives no {metric!r}; it gives {', '.join(known)}.{nearest(metric, known)} "
                    "Measurements are combined by a plus, such as train+latency."
                )

    def _check_limits(self) -> None:
        """Raise NasbenchPoseError if no network is within the limits that strategies are told, as far as is known."""
        limited(self.space, self.told_limits, input=self.info.input, joints=self.info.joints)
        if (truth := self.info.truth) is None:
            return
        means = truth.means()
        members = means[means["genotype_space"] == truth.space.name]
        known = [limit for limit in self.told_limits if limit.column in members]
        if known and not within(members, known).any():
            least = ", ".join(f"{limit.column} {members[limit.column].min():g}" for limit in known)
            raise InvalidFileError(
                f"No network of {truth.name} is within {' and '.join(limit.amount for limit in known)}; "
                f"the least of each is {least}."
            )


@dataclass(frozen=True)
class ComparisonResult(Shown):
    """The result of a comparison."""

    comparison: Comparison
    trials: "pd.DataFrame"
    """One row per step of every search, as in `Store.frame`; `strategy` is the label with the settings."""
    failure: NasbenchPoseError | None = None
    """The error of the searches that did not reach their budget, None if all did."""

    def __repr__(self) -> str:
        """Name the space and the strategies, and count the trials."""
        of = f"{self.comparison.space.name}: {', '.join(self.comparison.strategies)}"
        return f"<ComparisonResult {of}; {len(self.trials)} trials{'' if self.failure is None else '; with failures'}>"

    @property
    def searched(self) -> "pd.DataFrame":
        """The trials of the strategies, without the hand-made networks."""
        return self.trials[self.trials["strategy"] != BASELINES]

    @property
    def baselines(self) -> "pd.DataFrame":
        """The trials of the hand-made networks."""
        return self.trials[self.trials["strategy"] == BASELINES]


def cores() -> int:
    """Return the number of cores that this process may use."""
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
