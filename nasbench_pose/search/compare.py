"""Strategies against each other: the same space, budget, seeds and protocol."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nasbench_pose.evaluators import Evaluator
from nasbench_pose.search.jobs import BASELINES, Event, Job
from nasbench_pose.search.workers import run_jobs
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.store import Store
from nasbench_pose.strategies import Checkpointed, resolve

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

    `settings` are by strategy. Raises UnknownNameError for a strategy that does not exist.
    """
    wanted = list(dict.fromkeys([*strategies, *([BASELINES] if space.baselines else [])]))
    # A strategy that needs checkpoints is one that works long between trials.
    wanted.sort(key=lambda name: (not issubclass(resolve_class(name), Checkpointed), name == BASELINES))
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


def resolve_class(name: str) -> type:
    """Return the class that a strategy's name stands for; `object` for a function that makes one."""
    made = resolve(name)
    return made if isinstance(made, type) else object


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
