"""Answers of a benchmark table, as values and as the text of `nasbench-pose benchmark`."""

import json
import math
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from nasbench_pose.benchmark import Answer, Benchmark
from nasbench_pose.benchmark.noise import Noise
from nasbench_pose.errors import NasbenchPoseError, pick
from nasbench_pose.evaluators.measurement import accuracy_of
from nasbench_pose.evaluators.trial import Schedule
from nasbench_pose.genotype import Genotype
from nasbench_pose.metrics import metric
from nasbench_pose.report.text import aligned, genotype_table
from nasbench_pose.scalar import of_units

COSTS = ("macs", "params", "seconds")
"""Metrics of cost for the front of a table."""


@dataclass(frozen=True)
class Lookup:
    """The answer of a table for one genotype."""

    table: Benchmark
    genotype: Genotype
    seed: int | None
    """Seed of the training; None: the mean over all seeds."""
    fidelity: int | None
    """Training steps; None: all."""
    split: str
    schedule: Schedule
    seeds: tuple[int, ...]
    """The seeds in the mean, those of failed trainings left out; of one training, or if all failed, those there are."""
    answer: Answer
    regret: float
    """Regret in points; NaN for a single seed, a lower fidelity, or a genotype of another space."""

    @property
    def errors(self) -> list[str]:
        """Why trainings of the genotype failed."""
        own = self.table.own if self.schedule == "own" and self.fidelity != self.table.grid.full else None
        rows = self.table.rows if own is None else own.rows[own.rows["steps"] == self.fidelity]
        return list(rows.loc[rows["genotype"] == self.genotype.text, "error"].dropna())


def look_up(
    table: Benchmark,
    genotype: str,
    *,
    seed: int | None = None,
    fidelity: int | None = None,
    split: str = "val",
    schedule: Schedule = "whole",
) -> Lookup:
    """Look up a genotype: a name, a text or a 16-digit key. Raises the errors of `Benchmark.query`."""
    answer = table.query(genotype, fidelity, seed, split=split, schedule=schedule)
    found = table.index.genotypes[table.index.row(genotype)]
    whole = found.space == table.space.name and seed is None and fidelity in (None, table.grid.full)
    regret = table.regret(found, split=split) if whole else math.nan
    own = table.own if schedule == "own" and fidelity not in (None, table.grid.full) else None
    seeds = table.seeds(found) if own is None or fidelity is None else own.seeds(fidelity, found.text)
    if seed is None:
        trained = {each: table.query(found, fidelity, each, split=split, schedule=schedule) for each in seeds}
        seeds = tuple(each for each in seeds if math.isfinite(trained[each].accuracy)) or seeds
    return Lookup(table, found, seed, fidelity, split, schedule, seeds, answer, regret)


def lookup_values(found: Lookup) -> dict[str, Any]:
    """Return a look-up as JSON values, with None for missing numbers."""
    table, genotype = found.table, found.genotype
    about = {"genotype": genotype.text, "key": genotype.key, "table": table.name, "split": found.split}
    about |= {"schedule": found.schedule}
    numbers = {"seed": found.seed, "seeds": found.seeds, "fidelity": found.fidelity or table.grid.full}
    said = {"accuracy": found.answer.accuracy, "seconds": found.answer.seconds, "regret": found.regret}
    plain = {name: value if math.isfinite(value) else None for name, value in said.items()}
    return about | numbers | plain | {"complete": table.complete}


def lookup_text(found: Lookup) -> str:
    """Return a look-up as text."""
    table, genotype, answer = found.table, found.genotype, found.answer
    seeds = found.seeds if found.seed is None else (found.seed,)
    of = f"mean of seeds {', '.join(map(str, seeds))}" if len(seeds) > 1 else f"seed {seeds[0]}"
    behind = "behind the best" if table.complete else "behind the best so far, or more"
    whole = found.fidelity in (None, table.grid.full)
    own = found.schedule == "own"
    point = (
        f"a schedule of {found.fidelity} steps" if own else f"{found.fidelity} of {table.grid.full} steps; no flip test"
    )
    took = "so far" if not (whole or own) else "it"
    part = "" if whole else f"   after {point}"
    accuracy = f"{accuracy_of(str(table.about['protocol']))} on {found.split}"
    width = max(16, len(accuracy))
    reached = f"  {accuracy:<{width}} {answer.accuracy:8.2f} %{part}"
    if math.isnan(answer.accuracy):
        reached = f"  {f'failed: {found.errors[0]}' if found.errors else 'its curve has no point there'}"
    return "\n".join(
        [
            headline(table),
            f"{table.index.title_of(genotype)}, {of}",
            reached,
            *([f"  {'regret':<{width}} {found.regret:8.2f}   points {behind}"] if math.isfinite(found.regret) else []),
            f"  {'seconds':<{width}} {answer.seconds:8.2f}   of one core, to train {took}",
        ]
    )


def front_within(table: Benchmark, cost: str, limit: float | None = None) -> pd.DataFrame:
    """Return the members of the front of `cost` and accuracy on val, the cheapest first, up to `limit`.

    `limit` is in the displayed unit of the metric: MMACs, thousand parameters or seconds. Raises NasbenchPoseError
    for a cost that is not in COSTS, and if no network is within the limit.
    """
    unit = pick("cost", cost, {name: metric(name).scale for name in COSTS})
    members = table.front(cost)
    within = members if limit is None else members[members[cost] <= of_units(limit, unit)]
    if within.empty and len(members):
        least = members[cost].min() / unit
        raise NasbenchPoseError(f"No network of {table.name} has {cost} of {limit:g} or less; {least:g} is the least.")
    return within


def front_values(table: Benchmark, members: pd.DataFrame) -> dict[str, Any]:
    """Return a front as JSON values."""
    rows = json.loads(members.to_json(orient="records", double_precision=15))
    return {"table": table.name, "complete": table.complete, "front": rows}


def front_text(table: Benchmark, members: pd.DataFrame) -> str:
    """Return a front as text."""
    names = {genotype.text: name for name, genotype in table.space.named.items()}
    named = members.assign(name=members["genotype"].map(names).fillna(""))
    note = "mean ± one standard deviation over seeds, where there are several"
    return f"{headline(table)}\n\n{genotype_table(named)}\n{note}"


def noise_values(table: Benchmark, found: Noise, split: str) -> dict[str, Any]:
    """Return the noise of a table over seeds as JSON values."""
    best = found.best_expected
    alike = {
        "expected_tau_of_means": found.expected(found.trainings_each),
        "expected_tau_of_best_means": None if best is None else asdict(best),
    }
    return {"table": table.name, "split": split, **asdict(found), **alike}


def noise_text(table: Benchmark, found: Noise) -> str:
    """Return the noise of a table over seeds as text."""
    return f"{headline(table)}\n{aligned([[f'  {what}', value] for what, value in found.lines], left=1)}"


def headline(table: Benchmark) -> str:
    """Return the title of the table and, if it is incomplete, its coverage."""
    coverage = "" if table.complete else f"\nincomplete: {table.coverage}"
    return f"{table.about['title']}{coverage}"
