"""The comparison that a protocol card describes; a card comes from a stranger, so its values are checked first."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.evaluator import LookUp
from nasbench_pose.errors import InvalidFileError, InvalidNumberError, NasbenchPoseError, pick, printable
from nasbench_pose.genotype import Genotype
from nasbench_pose.objective import Limit, Objective
from nasbench_pose.scalar import finite, whole
from nasbench_pose.search import BASELINES, Comparison
from nasbench_pose.shape import ANYTHING, misfit, shown
from nasbench_pose.spaces import SearchSpace, load, names
from nasbench_pose.stats import RUN
from nasbench_pose.strategies import STRATEGIES
from nasbench_pose.strategies.labels import parse
from nasbench_pose.strategies.optuna_sampler import PREFIX
from nasbench_pose.strategies.registry import trains

MOST = 1_000_000
"""Trials of all searches of a card that can be replayed."""
SLOWER, STARTING = 10, 10.0
"""A search may have spent on its own computing so many times the core seconds of the replay, and so many more, in which
a process imports libraries. The rest of a budget of core seconds has to be trainings, whose seconds are in the table.
"""
SHAPE = {
    "space": {"name": str, "digest": str},
    "protocol": {"text": str},
    "table": {"sha256": str, "people": str},
    "objectives": [str],
    "limits": dict,
    "limits_told": ANYTHING,
    "reference": [ANYTHING],
    "budget": {"trials": ANYTHING, "core_seconds": ANYTHING},
    "seeds": {"first": ANYTHING, "count": ANYTHING},
    "start_from": [str],
    "strategies": [{"label": str}],
    "searches": [{"strategy": str, "seed": ANYTHING, "trials": ANYTHING}],
}
"""What is read of the part `reproducible` of a card. ANYTHING is a number, which is checked where it is used."""


class CardError(NasbenchPoseError, ValueError):
    """The numbers of a replay differ from those of the card, or a search of the card did not spend its budget."""


@dataclass(frozen=True)
class StatedComparison:
    """What a card says of its comparison."""

    comparison: Comparison
    trials: Mapping[tuple[str, int], int]
    """(strategy, seed) -> trials of the search."""
    reference: tuple[float, ...]

    @property
    def replayed(self) -> int:
        """Trials that a replay of each search makes at most: more than the card's, to see which searches go on."""
        most = max(self.trials.values())
        return min(self.comparison.budget, most + min(self.comparison.parallel, most))

    def kept(self, trials: pd.DataFrame) -> pd.DataFrame:
        """Return the trials of a replay up to those at which the searches of the card ended."""
        runs = zip(trials["strategy"], trials["run_seed"], strict=True)
        return trials[trials["step"] <= [self.trials.get((str(n), int(s)), self.comparison.budget) for n, s in runs]]

    def check_budgets(self, trials: pd.DataFrame, path: Path) -> None:
        """Raise CardError for a search that ended before its budget was spent, while its replay goes on, or after."""
        for _, run in trials[trials["strategy"] != BASELINES].sort_values("step").groupby(RUN, sort=False):
            name, seed = str(run["strategy"].iloc[0]), int(run["run_seed"].iloc[0])
            count = self.trials.get((name, seed), len(run))
            said = _spent(
                run, count, self.comparison.budget_seconds, goes_on=count < min(len(run), self.comparison.budget)
            )
            if said:
                raise CardError(f"{path}: {name}, seed {seed} {said}.")


def stated_comparison(stated: Mapping[str, Any], path: Path) -> StatedComparison:
    """Return the comparison of the part `reproducible` of a card.

    Raises InvalidFileError or CardError for values that cannot be, and the errors of spaces and tables that differ
    from the card's. Only strategies, spaces and tables of this package are named.
    """
    if stated.get("table", ...) is None:
        raise InvalidFileError(f"{path} is not of a benchmark table, and only a table can be replayed.")
    if said := misfit(stated, SHAPE):
        raise InvalidFileError(f"{path}: {said}.")
    try:
        return _parsed(stated, path)
    except InvalidNumberError as error:
        raise InvalidFileError(f"{path}: {error}") from None


def _parsed(stated: Mapping[str, Any], path: Path) -> StatedComparison:
    space, look_up = _space_and_table(stated, path)
    labels = [each["label"] for each in stated["strategies"]]
    for label in labels:
        name, _ = parse(label)
        if not (name in STRATEGIES or name.startswith(PREFIX)) or trains(name):
            raise InvalidFileError(f"{path} names the strategy {label!r}, which this package cannot replay on a table.")
    objectives = tuple(Objective.parse(text) for text in stated["objectives"])
    metrics = [*(objective.column for objective in objectives), *stated["limits"]]
    if device := next((metric for metric in metrics if "@" in metric), None):
        raise InvalidFileError(
            f"{path} has {device}, of a device file: only searches on a table alone can be replayed."
        )
    reference = tuple(finite(value, "reference") for value in stated["reference"])
    if len(reference) != len(objectives):
        raise InvalidFileError(f"{path} has {len(objectives)} objectives and a reference of {len(reference)} values.")
    seconds = stated["budget"]["core_seconds"]
    if seconds is not None and not finite(seconds, "budget.core_seconds") > 0:
        raise InvalidFileError(f"{path}: The budget.core_seconds is above 0, not {seconds}.")
    comparison = Comparison(
        space, tuple(labels), look_up,
        objectives=objectives,
        limits=tuple(Limit(name, finite(most, f"limit of {name}")) for name, most in stated["limits"].items()),
        tell_limits=bool(stated["limits_told"]),
        budget=_count(stated["budget"]["trials"], "budget.trials"),
        budget_seconds=float("inf") if seconds is None else float(seconds),
        seeds=_count(stated["seeds"]["count"], "seeds.count"),
        first_seed=_count(stated["seeds"]["first"], "seeds.first", least=0),
        parallel=_count(stated.get("workers", 1), "workers"),
        start_from=tuple(Genotype.parse(text) for text in stated["start_from"]),
    )  # fmt: skip
    return StatedComparison(comparison, _trials(stated["searches"], comparison, path), reference)


def _space_and_table(stated: Mapping[str, Any], path: Path) -> tuple[SearchSpace, LookUp]:
    space = load(pick("search space of this package", stated["space"]["name"], {known: known for known in names()}))
    if space.digest != stated["space"]["digest"]:
        raise InvalidFileError(
            f"{path} is of {space.name} {printable(stated['space']['digest'])}; here it is {space.digest}."
        )
    people = stated["table"]["people"].partition(":")[0]
    table, was = Benchmark.load(space.name, people), stated["table"]["sha256"]
    version = None if table.about["sha256"] == was else was
    try:
        table = table if version is None else Benchmark.load(space.name, people, version=version)
    except InvalidFileError:
        now = str(table.about["sha256"])[:16]
        raise InvalidFileError(
            f"{path} is of {table.name} of checksum {printable(was[:16])}; here it has {now}: it has other rows."
        ) from None
    _check_own_schedules(stated, table, path)
    return space, LookUp(space.name, people, space, version=version)


def _check_own_schedules(stated: Mapping[str, Any], table: Benchmark, path: Path) -> None:
    """Raise InvalidFileError if the card's table had other trainings on schedules of their own than the package's."""
    text = stated["protocol"]["text"]
    try:
        was = str(dict(json.loads(text)).get("own_sha256", "none"))
    except (ValueError, TypeError, RecursionError):
        raise InvalidFileError(f"{path}: protocol.text is an object of JSON, not {shown(text)}.") from None
    now = "none" if table.own is None else str(table.own.about["sha256"])
    if was != now:
        raise InvalidFileError(
            f"{path} is of {table.name} with trainings on own schedules of checksum {was[:16]}; here it has {now[:16]}."
        )


def _trials(searches: Any, comparison: Comparison, path: Path) -> dict[tuple[str, int], int]:
    """Return the trials of each search; every strategy and seed has one, and none more than the budget."""
    wanted = len(comparison.strategies) * comparison.seeds
    if len(searches) != wanted or not wanted:
        raise CardError(
            f"{path} has {len(searches)} searches, but {len(comparison.strategies)} strategies with "
            f"{comparison.seeds} seeds each make {wanted}."
        )
    found = {}
    for each in searches:
        where = f"{each['strategy']}, seed {each['seed']}"
        count = _count(each["trials"], f"number of trials of {where}")
        if count > comparison.budget:
            raise CardError(f"{path}: {where} made {count} trials, but its budget was {comparison.budget}.")
        found[each["strategy"], _count(each["seed"], "seed of a search", least=0)] = count
    if max(found.values()) * wanted > MOST:
        raise InvalidFileError(f"{path} has more than {MOST:,} trials, the most that can be replayed.")
    return found


def _count(value: Any, what: str, least: int = 1) -> int:
    if isinstance(value, bool):
        raise InvalidNumberError(f"The {what} is a whole number, not {value}.")
    return whole(value, what, least=least)


def _spent(run: pd.DataFrame, count: int, budget: float, *, goes_on: bool) -> str:
    """Return what is wrong with the end of a search after `count` trials of its replay `run`; "" for nothing."""
    if budget == float("inf"):
        return f"ended after {count} trials, but its replay goes on: it did not spend its budget" if goes_on else ""
    trainings, own = (run[column].head(count).to_numpy() for column in ("seconds", "ask_seconds"))
    if trainings[: count - 1].sum() >= budget and count > 1:
        return f"goes on after {trainings[: count - 1].sum():,.0f} core seconds of training; its budget was {budget:g}"
    if goes_on and trainings.sum() + SLOWER * own.sum() + STARTING < budget:
        return f"ended after {trainings.sum():,.0f} core seconds of training, but its budget was {budget:g}"
    return ""
