"""Strategies against each other: the same space, budget, seeds and protocol."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, UnknownNameError, in_a_line, pick
from nasbench_pose.evaluators import Evaluator
from nasbench_pose.pose.source import Source
from nasbench_pose.search.jobs import BASELINES, Event, Job
from nasbench_pose.search.workers import run_jobs
from nasbench_pose.spaces import SearchSpace, find
from nasbench_pose.store import Store
from nasbench_pose.strategies import STRATEGIES, Checkpointed, resolve
from nasbench_pose.strategies.registry import accepts, check_settings, make, trains

if TYPE_CHECKING:
    import pandas as pd


def plan(
    space: SearchSpace,
    strategies: Sequence[str],
    make_evaluator: Callable[[], Evaluator],
    *,
    budget: int,
    seeds: int,
    store: str,
    data: str = "synthetic",
    settings: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[Job]:
    """Return a job for each strategy and seed, and for the space's baselines, the longest first.

    `settings` are by strategy. Raises UnknownNameError for a strategy, a setting or a baseline that does not exist, or
    for settings of a strategy that does not take part; NasbenchPoseError for a strategy that needs a supernet where the
    space has none, or that trains on `data` which do not say where they are.
    """
    wanted = list(dict.fromkeys([*strategies, *([BASELINES] if space.baselines else [])]))
    _check(space, strategies, wanted, settings or {}, data)
    # A strategy that needs checkpoints is one that works long between trials.
    wanted.sort(key=lambda name: (not issubclass(_class_of(name), Checkpointed), name == BASELINES))
    return [
        Job(
            space=space,
            strategy=name,
            seed=seed,
            budget=len(space.baselines) if name == BASELINES else budget,
            store=store,
            make_evaluator=make_evaluator,
            settings=(settings or {}).get(name, {}),
            data=data,
        )
        for name in wanted
        for seed in range(seeds)
    ]


def compare(jobs: Sequence[Job], *, workers: int, tell: Callable[[Event], None] = lambda _: None) -> "pd.DataFrame":
    """Run all jobs of a `plan` and return their steps, as `Store.frame` gives them.

    What the database already holds is not run again, so an interrupted comparison is resumed by running it again.
    """
    run_jobs(jobs, workers, tell)
    return steps_of(jobs)


def steps_of(jobs: Sequence[Job]) -> "pd.DataFrame":
    """Return the steps that the database holds of these jobs, up to their budgets."""
    evaluator = jobs[0].make_evaluator()
    with Store(jobs[0].store) as store:
        budgets = {store.run(job.run(evaluator), budget=job.budget): job.budget for job in jobs}
        frame = store.frame()
    return frame[frame["step"] <= frame["run"].map(budgets).fillna(0)]


def _check(
    space: SearchSpace,
    strategies: Sequence[str],
    wanted: Sequence[str],
    settings: Mapping[str, Mapping[str, Any]],
    data: str,
) -> None:
    """Say at once what would otherwise be found by a worker, after hours."""
    if not strategies:
        raise UnknownNameError(f"Name at least one strategy; known: {', '.join(sorted(STRATEGIES))}.")
    for name in settings:
        pick("strategy in this comparison", name, dict.fromkeys(wanted))
    for name in wanted:
        check_settings(name, settings.get(name, {}))
        if issubclass(_class_of(name), Checkpointed):
            space.open_graph()
        if trains(name):
            Source.parse(str(settings.get(name, {}).get("data", data)))
        elif not accepts(name, "protocol"):
            _try(name, space, settings.get(name, {}))
    for baseline in space.baselines:
        find(baseline)


def _try(name: str, space: SearchSpace, settings: Mapping[str, Any]) -> None:
    """Make a strategy, which says what is wrong with a value; raise InvalidFileError for what a stranger's raises."""
    try:
        make(name, space, 0, settings)
    except NasbenchPoseError:
        raise
    except Exception as error:
        raise InvalidFileError(f"The strategy {name!r} cannot be made: {in_a_line(error)}.") from error


def _class_of(name: str) -> type:
    """Return the class that a strategy's name stands for; `object` for a function that makes one."""
    made = resolve(name)
    return made if isinstance(made, type) else object
