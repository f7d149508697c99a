"""Reports of a results database: its runs, selected trials, a front, and a whole comparison."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from nasbench_pose.errors import NasbenchPoseError, NoTrialsError, UnknownNameError, nearest
from nasbench_pose.genotype import Genotype
from nasbench_pose.objective import ACCURACY, COST, Limit, Objective
from nasbench_pose.pareto import front
from nasbench_pose.report.comparison import ComparisonReport, report_of
from nasbench_pose.report.kept_measurement import kept_measurement
from nasbench_pose.report.protocols import full_fidelity, is_latency, titles
from nasbench_pose.report.summary import finished_trials
from nasbench_pose.report.trade_offs import by_genotype
from nasbench_pose.search.jobs import LIMITS, PARALLEL, START
from nasbench_pose.spaces import SearchSpace, load
from nasbench_pose.stats import trainings, uncharged
from nasbench_pose.store import Store
from nasbench_pose.strategies.labels import label

EMPTY = "The database holds no trials yet; `nasbench-pose compare` or `evaluate --db` adds some."
SEARCHLESS = """None of the trials of the database ({:,}) belongs to a search: `evaluate --db` or an import made them. \
A report is of searches; `nasbench-pose front --db` shows these trials."""
RUNS = ("run", "strategy", "settings", "space", "seed", "protocol", "title", "budget", "trials", "failed", "started")
"""Columns of `runs`."""
OTHER_LIMITS = "If compare had another limit, give it with --limit or --macs-limit; --macs-limit inf: none."
MOST = 10_000
"""Members of a front that are looked for by their keys; of more, the whole table is read."""


def runs(store: Store) -> pd.DataFrame:
    """Return one row per run with the columns `RUNS`: provenance, budget, number of trials and of failures."""
    table, steps = store.runs(), store.frame()
    done = steps.groupby("run").agg(trials=("step", "size"), failed=("error", "count"))
    table = table.merge(done, left_on="run", right_index=True, how="left").fillna({"trials": 0, "failed": 0})
    table["title"] = table["protocol"].map(titles(store.protocols()))
    return table.astype({"trials": int, "failed": int})[list(RUNS)]


def unvisited(store: Store) -> pd.DataFrame:
    """Return the rows of `Store.evaluations` that no run visited, such as those of `evaluate --db`; `run` is None."""
    facts, steps = store.evaluations(), store.frame()
    trial = ["key", "protocol", "fidelity", "seed"]
    visited = set(steps[trial].itertuples(index=False, name=None))
    new = [row not in visited for row in facts[trial].itertuples(index=False, name=None)]
    found = facts[new].copy()
    found.insert(0, "run", None)
    return found


def trials_of(
    store: Store,
    *,
    protocol: str | None = None,
    space: str | None = None,
    strategy: str | None = None,
    run: int | None = None,
) -> tuple[pd.DataFrame, str]:
    """Return the selected trials of one protocol, and its title.

    There is one row per evaluation, or, if a strategy or a run is selected, one row per step of a run. `protocol` is
    the beginning of a key or a part of a title; None is allowed if only one protocol is left. Raises NasbenchPoseError
    for an empty database or several protocols, UnknownNameError for a name that the database does not have.
    """
    trials = store.evaluations() if strategy is None and run is None else store.frame()
    if trials.empty:
        raise NoTrialsError(EMPTY)
    wanted = {"genotype_space": ("space", space), "strategy": ("strategy", strategy), "run": ("run", run)}
    for column, (what, value) in wanted.items():
        if value is not None:
            trials = _select(trials, column, what, value)
    known = titles(store.protocols())
    key = _protocol(sorted(trials["protocol"].unique()), protocol, known)
    return of_protocol(trials, key, store), known[key]


def genotypes_of(
    store: Store,
    x: Objective,
    y: Objective,
    *,
    protocol: str | None = None,
    space: str | None = None,
    strategy: str | None = None,
    run: int | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """Return the genotypes of the selected trials, the members of their front in the order of `x`, and a title.

    The genotypes have `key`, `name` (of members at least), `x` and `y`, means over their seeds; the members have every
    column of `by_genotype`. The arguments and errors are those of `trials_of`.
    """
    means = _means(store, x, y, protocol, space) if strategy is None and run is None else None
    best = [] if means is None else list(means.loc[front(means, x, y), "key"])
    if means is None or not 0 < len(best) <= MOST:  # what is missing is said in the same words
        trials, title = trials_of(store, protocol=protocol, space=space, strategy=strategy, run=run)
        genotypes = by_genotype(finished_trials(uncharged(trials)), (x, y))
        return genotypes, genotypes[front(genotypes, x, y)].sort_values(x.column), title
    key = str(means["protocol"].iloc[0])
    trials = of_protocol(store.evaluations(best), key, store)
    members = by_genotype(finished_trials(trials), (x, y)).sort_values(x.column)
    names = means["key"].map(members.set_index("key")["name"]).fillna("")
    return means.assign(name=names), members, titles(store.protocols())[key]


def _means(store: Store, x: Objective, y: Objective, protocol: str | None, space: str | None) -> pd.DataFrame | None:
    """Return key, protocol, `x` and `y` of each genotype, means over its seeds; None if no trial has them."""
    points = store.points(list(dict.fromkeys((x.column, y.column, "trained_seed"))), space)
    if points.empty:
        return None
    key = _protocol(sorted(points["protocol"].unique()), protocol, titles(store.protocols()))
    points = points[(points["protocol"] == key) & ~points["failed"]]
    points = trainings(of_protocol(points, key, store))
    means = points[["key", x.column, y.column]]
    if not means["key"].is_unique:
        means = means.groupby("key", sort=False).mean().reset_index()
    return None if means.empty else means.assign(protocol=key)


def of_protocol(trials: pd.DataFrame, key: str, store: Store) -> pd.DataFrame:
    """Return the trials of one protocol; with its full fidelity, so that shorter trainings do not count as finished.

    Of several latencies of one network and seed, that of the most passes is the full one.
    """
    trials, text = trials[trials["protocol"] == key], store.protocols()[key]
    if is_latency(text):
        return trials.assign(full_fidelity=trials.groupby(["key", "seed"])["fidelity"].transform("max"))
    full = full_fidelity(text)
    return trials if full is None else trials.assign(full_fidelity=full)


def _select(trials: pd.DataFrame, column: str, what: str, value: str | int) -> pd.DataFrame:
    """Return the rows with this value; raise UnknownNameError, with the values there are, if no row has it."""
    found = trials[trials[column] == value]
    if found.empty:
        known = [str(name) for name in sorted(trials[column].unique())]
        hint = nearest(str(value), known)
        raise UnknownNameError(f"No trial here has the {what} {value!r}; there are {', '.join(known)}.{hint}")
    return found


def _protocol(keys: list[str], wanted: str | None, known: Mapping[str, str]) -> str:
    """Return the key of the selected protocol, or of the only one."""
    chosen = [key for key in keys if key.startswith(wanted or "")] if wanted != "" else []
    chosen = chosen or [key for key in keys if wanted and wanted.casefold() in known[key].casefold()]
    listed = "; ".join(f"{key}: {known[key]}" for key in keys)
    if not chosen:
        raise UnknownNameError(f"No protocol here begins with {wanted!r} or has it in its title; there are {listed}.")
    if len(chosen) > 1:
        raise NasbenchPoseError(
            f"Accuracies of two protocols never share an axis; choose one with --protocol: {listed}."
        )
    return chosen[0]


def front_of(where: str | Path, space: SearchSpace) -> tuple[Genotype, ...]:
    """Return the members of `space` on a database's front of accuracy over MACs, the cheapest first.

    Raises NasbenchPoseError for trials of several protocols, UnknownNameError if there are no trials of this space.
    """
    with Store(where, must_exist=True) as store:
        _, members, _ = genotypes_of(store, COST, ACCURACY, space=space.name)
    return tuple(Genotype.parse(text) for text in members["genotype"])


def report(
    store: Store,
    *,
    space: str | None = None,
    protocol: str | None = None,
    limits: tuple[Limit, ...] | None = None,
    reference: Sequence[float] | None = None,
    seconds: float = math.inf,
    find_space: Callable[[str], SearchSpace] = load,
) -> ComparisonReport:
    """Return the report of all runs on one space under one protocol, like the report of `compare`.

    A strategy has one row for each of its settings. Regret is available if the trials were looked up in a benchmark
    table of the package. `limits` and `reference` are those of `comparison.report_of`; by default the limits are those
    that all searches were told, if there are any; otherwise a note says which limits the report has. `seconds` is the
    budget of core seconds that searches had, which a database does not keep. Raises NasbenchPoseError for an empty
    database, UnknownNameError if there are several spaces or protocols and none is selected.
    """
    table, steps = store.runs(), store.frame()
    if steps.empty:
        apart = len(store.points(()))
        raise NoTrialsError(SEARCHLESS.format(apart) if apart else EMPTY)
    if space is not None:
        steps = _select(steps, "space", "space", space)
    searched = sorted(steps["space"].unique())
    if len(searched) > 1:
        raise UnknownNameError(f"The database has runs on {', '.join(searched)}; choose one with --space.")
    known = titles(store.protocols())
    key = _protocol(sorted(steps["protocol"].unique()), protocol, known)
    steps = steps[steps["protocol"] == key]
    named = table.set_index("run")
    labels, shared = _labels(named.loc[steps["run"].unique()])
    steps = steps.assign(strategy=steps["run"].map(labels).astype(steps["strategy"].dtype))
    found = find_space(searched[0])
    objectives = tuple(Objective.parse(text) for text in named.loc[steps["run"].iloc[0], "objectives"])
    text = json.loads(store.protocols()[key] or "{}")
    info, reason = kept_measurement(steps, text, known[key], found)
    told = {tuple(run[LIMITS].items()) for run in named.loc[steps["run"].unique(), "settings"] if LIMITS in run}
    if limits is None and len(told) == 1:
        limits = tuple(Limit(*each) for each in told.pop())
    made = report_of(steps, found, info, objectives=objectives, limits=limits, reference=reference, seconds=seconds)
    chosen = "" if limits is not None or not made.criterion.limits else _by_default(made.criterion.limits, len(told))
    return replace(made, notes=tuple(note for note in (reason, chosen, *shared, *made.notes) if note))


def _by_default(limits: tuple[Limit, ...], told: int) -> str:
    """Return what a report says whose limits nobody chose: a database has only those that searches were told."""
    searches = "Searches were told different limits" if told else "No search was told a limit"
    within = " and ".join(limit.label for limit in limits)
    return f"{searches}; the best networks here are within the default, {within}. {OTHER_LIMITS}"


def _labels(searches: pd.DataFrame) -> tuple[dict[int, str], list[str]]:
    """Return run -> label, without limits and workers if all that have any have the same; and notes on what is shared.

    A strategy that was searched with and without them keeps them in its labels: the rows must differ.
    """
    notes = list[str]()
    plain = [
        label(run["strategy"], {k: v for k, v in run["settings"].items() if k not in (START, LIMITS, PARALLEL)})
        for _, run in searches.iterrows()
    ]
    for key in (LIMITS, PARALLEL):
        given = [own.get(key) for own in searches["settings"]]
        known = [value for value in given if value]
        values = {name: [v for n, v in zip(plain, given, strict=True) if n == name] for name in plain}
        if known and all(v == known[0] for v in known) and all(v == own[0] for own in values.values() for v in own):
            names = ", ".join(sorted(name for name, own in values.items() if own[0]))
            words = f"told {_limits(known[0])}" if key == LIMITS else f"with {known[0]} workers each"
            notes.append(f"Searches {words}: {names}.")
            shorter = [{k: v for k, v in own.items() if k != key} for own in searches["settings"]]
            searches = searches.assign(settings=pd.Series(shorter, index=searches.index))
    labels = [label_of(run) for _, run in searches.iterrows()]
    return dict(zip(searches.index.tolist(), labels, strict=True)), notes


def _limits(limits: Mapping[str, float]) -> str:
    return " and ".join(Limit(*each).label for each in limits.items())


def label_of(run: "pd.Series[Any]") -> str:
    """Return the strategy of a run with its settings, what it begins with, and its limits."""
    settings = dict(run["settings"])
    start, limits, workers = settings.pop(START, []), settings.pop(LIMITS, {}), settings.pop(PARALLEL, 1)
    words = [label(run["strategy"], settings)]
    words += [f"from {len(start)}"] if start else []
    words += [f"within {_limits(limits)}"] if limits else []
    words += [f"with {workers} workers"] if workers > 1 else []
    return " ".join(words)
