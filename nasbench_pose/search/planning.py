"""Jobs from strategies, seeds and a measurement; and the trials of jobs from the database."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, UnknownNameError, one_line, pick
from nasbench_pose.evaluators import Evaluator
from nasbench_pose.executors.placement import HERE, Placement
from nasbench_pose.genotype import Genotype
from nasbench_pose.objective import OBJECTIVES, Limit, Objective
from nasbench_pose.pose.source import Source
from nasbench_pose.scalar import whole
from nasbench_pose.search.executors import executor
from nasbench_pose.search.jobs import BASELINES, Event, Job
from nasbench_pose.search.spending import with_supernets
from nasbench_pose.spaces import SearchSpace, find
from nasbench_pose.store import Store, check_shared
from nasbench_pose.store.engine import absolute_url
from nasbench_pose.strategies import STRATEGIES, Checkpointed, resolve
from nasbench_pose.strategies.labels import label, parse
from nasbench_pose.strategies.registry import check_settings, declaration, default_of, make, treatment_of
from nasbench_pose.strategies.variants import variants

if TYPE_CHECKING:
    import pandas as pd


def plan(
    space: SearchSpace,
    strategies: Sequence[str],
    make_evaluator: Callable[[], Evaluator],
    *,
    budget: int,
    seeds: int,
    store: str | Path,
    first_seed: int = 0,
    data: str = "synthetic",
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    objectives: tuple[Objective, ...] = OBJECTIVES,
    metrics: Sequence[str] = (),
    start_from: Sequence[Genotype] = (),
    seconds: float = math.inf,
    limits: Sequence[Limit] = (),
    parallel: int = 1,
    placement: Placement = HERE,
    trial_timeout: float | None = None,
    checkpoint_minutes: float = 10.0,
) -> list[Job]:
    """Return a job for each strategy and seed, and for the space's baselines, the longest jobs first.

    Seeds count from `first_seed`. Each search proposes the genotypes of `start_from` first. A strategy is a name,
    optionally with settings such as `evolution[population=3]`; `settings` are the defaults for all searches of a
    strategy. A setting with several values, such as "0.003,0.01", makes a search for each (see `variants`). Strategies
    are told `limits` unless they ignore them. Each search has `parallel` workers; that of the baselines and of a
    strategy that trains between its proposals (`Checkpointed`) has one. `placement`, `trial_timeout` and
    `checkpoint_minutes` are those of `Job`. Raises UnknownNameError for a strategy, a setting or a baseline that does
    not exist, and for `settings` of a strategy that is not compared; NasbenchPoseError for a strategy that needs a
    supernet if the space has none, or that trains on a data set without a folder; InvalidFileError for a strategy that
    is listed twice with the same settings.
    """
    if not strategies:
        raise UnknownNameError(f"Name at least one strategy; known: {', '.join(sorted(STRATEGIES))}.")
    check_shared(store)
    placement.with_timeout(trial_timeout).check()
    workers = whole(parallel, "workers of a search", least=1)
    budget, seeds = whole(budget, "budget", least=1), whole(seeds, "number of seeds", least=1)
    first_seed = whole(first_seed, "first seed", least=0)
    first = tuple(dict.fromkeys(space.validate(genotype) for genotype in start_from))
    wanted = _wanted(space, strategies, settings or {}, limits, data, len(objectives))
    for baseline in space.baselines:
        find(baseline)
    # Longest first, for a good load balance: a checkpointed strategy computes for long between trials.
    order = sorted(wanted, key=lambda each: (not issubclass(_class_of(each[0]), Checkpointed), each[0] == BASELINES))
    return [
        Job(
            space=space,
            strategy=name,
            seed=seed,
            budget=len(space.baselines) if name == BASELINES else budget,
            store=absolute_url(store),
            make_evaluator=make_evaluator,
            settings=own,
            data=data,
            objectives=objectives,
            metrics=tuple(metrics),
            start_from=() if name == BASELINES else first,
            limits=() if treatment_of(name) in ("setting", "ignored") else tuple(limits),
            seconds=math.inf if name == BASELINES else seconds,
            parallel=1 if name == BASELINES or issubclass(_class_of(name), Checkpointed) else workers,
            placement=placement,
            trial_timeout=trial_timeout,
            checkpoint_minutes=checkpoint_minutes,
        )
        for name, own in order
        for seed in range(first_seed, first_seed + seeds)
    ]


def compare(
    jobs: Sequence[Job],
    *,
    workers: int = 1,
    tell: Callable[[Event], None] = lambda _: None,
    trial_timeout: float | None = None,
) -> "pd.DataFrame":
    """Run all jobs of a `plan` in `workers` processes (1: this process) and return their steps (see `steps_of`).

    Steps in the database are not run again, so an interrupted comparison is resumed by running it again. A measurement
    that takes longer than `trial_timeout` seconds is stored as a failed trial. Raises NasbenchPoseError for fewer than
    one worker, and at the end if jobs failed.
    """
    executor(workers, trial_timeout)(jobs, tell)
    return steps_of(jobs)


def forget_failures(jobs: Sequence[Job], evaluator: Evaluator | None = None) -> int:
    """Delete the failed trials of these jobs, so that they are measured again; return the number of deleted trials.

    Every search of the database that has one of them is reset to the step before; all other trials stay. `evaluator`
    is that of the jobs; None: it is made.
    """
    found = evaluator or jobs[0].make_evaluator()
    with Store(jobs[0].store) as store:
        numbers = store.numbers(job.run(found) for job in jobs)
        return store.forget_failures([number for number in numbers if number is not None])


def steps_of(jobs: Sequence[Job], evaluator: Evaluator | None = None) -> "pd.DataFrame":
    """Return the steps of these jobs in the database, up to their budgets; nothing is written.

    They are rows of `Store.frame`, but `strategy` is the label of the job, so that searches with different settings
    have different names. `evaluator` is that of the jobs; None: it is made. Raises StoreError if there is no such
    database.
    """
    found = evaluator or jobs[0].make_evaluator()
    with Store(jobs[0].store, must_exist=True, patient=True) as store:
        numbers = store.numbers(job.run(found) for job in jobs)
        frame = store.frame([number for number in numbers if number is not None])
    known = {number: job for number, job in zip(numbers, jobs, strict=True) if number is not None}
    budgets = {number: job.budget for number, job in known.items()}
    spent = (with_supernets(frame)["seconds"] + frame["ask_seconds"]).groupby(frame["run"]).cumsum()
    before = spent.groupby(frame["run"]).shift(fill_value=0.0)
    limits = frame["run"].map({number: job.seconds for number, job in known.items()}).astype("float64")
    steps = frame[(frame["step"] <= frame["run"].map(budgets).fillna(0)) & (before < limits)]
    labels = {number: job.label for number, job in known.items()}
    return steps.assign(strategy=steps["run"].map(labels).astype(frame["strategy"].dtype))


def _with_limit(name: str, own: Mapping[str, Any], limits: Sequence[Limit]) -> Mapping[str, Any]:
    """Return the settings of a strategy; with the limit of its own cost, if it takes a limit as a setting."""
    if treatment_of(name) != "setting":
        return own
    most = {limit.column: limit.most for limit in limits}.get(own.get("cost", default_of(name, "cost")))
    return own if most is None else {"limit": most, **own}


def _wanted(
    space: SearchSpace,
    strategies: Sequence[str],
    common: Mapping[str, Mapping[str, Any]],
    limits: Sequence[Limit],
    data: str,
    objectives: int,
) -> Collection[tuple[str, Mapping[str, Any]]]:
    """Return name and checked settings of every strategy and variant, each once, and of the baselines."""
    parsed = [parse(text) for text in strategies]
    if space.baselines and BASELINES not in dict(parsed):
        parsed.append((BASELINES, {}))
    for name in common:
        pick("strategy in this comparison", name, dict.fromkeys(name for name, _ in parsed))
    wanted: dict[str, tuple[str, Mapping[str, Any]]] = {}
    for name, own in parsed:
        for each in variants(name, {**common.get(name, {}), **own}):
            merged = _checked(space, name, _with_limit(name, each, limits), data, objectives)
            if (row := label(name, merged)) in wanted:
                raise InvalidFileError(f"{row} is listed twice: equal settings make equal searches. Leave one out.")
            wanted[row] = (name, merged)
    return wanted.values()


def _checked(
    space: SearchSpace, name: str, settings: Mapping[str, Any], data: str, objectives: int
) -> Mapping[str, Any]:
    """Return the settings in canonical form; raise now for errors that a worker would meet after hours."""
    found, needs = check_settings(name, settings, objectives=objectives), declaration(name).needs
    if (check := getattr(resolve(name), "check", None)) is not None:
        check(space, found)
    elif "supernet" in needs or issubclass(_class_of(name), Checkpointed):
        space.open_graph()
    if "people" in needs:
        Source.parse(str(found.get("data", data)))
    elif "protocol" not in needs:
        try:
            make(
                name, space, 0, {**({"fidelities": [1]} if "fidelities" in needs else {}), **found}
            )  # its constructor checks the values
        except NasbenchPoseError:
            raise
        except Exception as error:  # a plug-in may raise anything
            raise InvalidFileError(f"The strategy {name!r} cannot be made: {one_line(error).rstrip('.')}.") from error
    return found


def _class_of(name: str) -> type:
    """Return the class of a strategy; `object` for a function that makes one."""
    strategy = resolve(name)
    return strategy if isinstance(strategy, type) else object
