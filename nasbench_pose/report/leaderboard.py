"""The leaderboard: every built-in strategy on complete benchmark tables within several limits."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nasbench_pose import reference
from nasbench_pose.benchmark import Benchmark
from nasbench_pose.errors import InvalidFileError, NasbenchPoseError
from nasbench_pose.report.statistics_text import ranges
from nasbench_pose.report.text import aligned
from nasbench_pose.stats import RankTest, aggregate, by_task, equivalences, rank_test

COLUMNS = (
    "table", "sha256", "limit", "strategy", "seed", "budget_seconds", "trials", "core_seconds", "regret",
    "hypervolume_regret",
)  # fmt: skip
NO_LIMIT = "none"


@dataclass(frozen=True, eq=False)
class Leaderboard:
    """Strategies by rank over all tasks; a task is a table with a limit."""

    seeds: int
    """Searches of each strategy in each task, at least."""
    ranks: RankTest
    """Over the tasks, by mean regret."""
    regrets: pd.DataFrame
    """By strategy (rows, by rank) and task (columns): the interquartile mean of the regret, in points."""
    intervals: pd.DataFrame
    """By strategy: value, low, high over all tasks, stratified by task; hypervolume and trials, means."""
    equal: pd.DataFrame
    """By strategy and task: whether its mean regret is equal to the best within the noise of a training seed, or not
    decided: True unless it is worse."""


def rows_of() -> pd.DataFrame:
    """Return the rows of `results/leaderboard.csv`, of the newest state of each table."""
    rows = reference.table("leaderboard")
    newest = rows.groupby("table")["sha256"].last()
    return rows[rows["sha256"] == rows["table"].map(newest)].reset_index(drop=True)


def leaderboard(rows: pd.DataFrame) -> Leaderboard:
    """Return the leaderboard of rows such as those of `rows_of`; strategies that lack a task, or
    have fewer searches than others in one, are left out until they have them.

    Raises InvalidFileError for fewer than two strategies or tasks.
    """
    names = rows["table"].str.removeprefix("bench_").str.rpartition("_")
    shown = names[2] if names[0].nunique() == 1 else rows["table"]  # tables of one space differ in their data
    tasks = shown + " ≤ " + rows["limit"].astype(str)
    scores = rows.assign(task=tasks.str.replace(f" ≤ {NO_LIMIT}", " any"), score=rows["regret"])
    searches = scores.groupby(["task", "strategy"]).size().unstack("strategy").fillna(0).min()
    whole = searches.index[(searches > 0) & (searches == searches.max())]
    means = by_task(scores[scores["strategy"].isin(whole)])
    if min(means.shape) < 2:
        raise InvalidFileError(f"A leaderboard needs two strategies and two tasks; here are {means.shape[::-1]}.")
    scores = scores[scores["strategy"].isin(means.columns)]
    ranks = rank_test(means)
    order = list(ranks.ranks.index)
    regrets = pd.DataFrame(
        {str(task): aggregate(part, rng=np.random.default_rng(0), resamples=2).set_index("strategy")["value"]
         for task, part in scores.groupby("task", sort=False)}
    ).loc[order]  # fmt: skip
    every = aggregate(scores, rng=np.random.default_rng(0)).set_index("strategy")
    groups = scores.groupby("strategy")
    every = every.assign(hypervolume=groups["hypervolume_regret"].mean(), trials=groups["trials"].mean())
    return Leaderboard(
        int(scores.groupby(["strategy", "task"]).size().min()), ranks, regrets, every.loc[order], _equal(scores, order)
    )


def _equal(scores: pd.DataFrame, order: list[str]) -> pd.DataFrame:
    """Return by strategy and task whether it is not worse than the best, given the noise of a training seed."""
    found = {}
    for (task, name), part in scores.groupby(["task", "table"], sort=False):
        rope, best = _noise(str(name)), str(part.groupby("strategy")["score"].mean().idxmin())
        pairs = equivalences(part, rope=rope)
        worse = {row.other for row in pairs.itertuples() if row.strategy == best and row.verdict == "better"}
        worse |= {row.strategy for row in pairs.itertuples() if row.other == best and row.verdict == "worse"}
        found[str(task)] = pd.Series({strategy: strategy not in worse for strategy in order})
    return pd.DataFrame(found)


def _noise(name: str) -> float:
    """Return the deviation over training seeds of a table of the package; 0 if there is no such table."""
    space, _, data = name.removeprefix("bench_").rpartition("_")
    try:
        return Benchmark.load(space, data).spread_of_seeds()
    except NasbenchPoseError:
        return 0.0


def printed(found: Leaderboard) -> str:
    """Return the leaderboard as text."""
    return "\n".join([aligned(_cells(found), left=2), *_explained(found)])


def markdown(found: Leaderboard) -> str:
    """Return the leaderboard as a table of Markdown."""
    head, *rows = _cells(found)
    lines = [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
    return "\n".join([*lines, "", *(f"{line}  " for line in _explained(found))]) + "\n"


def _cells(found: Leaderboard) -> list[list[str]]:
    head = ["#", "strategy", "rank", "regret, all tasks", *found.regrets, "hypervolume regret (%)", "trials"]
    rows = []
    for place, name in enumerate(map(str, found.regrets.index), start=1):
        every, values = found.intervals.loc[name], found.regrets.loc[name]
        interval = f"{every['value']:.2f} [{every['low']:.2f}, {every['high']:.2f}]"
        best = found.equal.loc[name]
        cells = [f"{values[task]:.2f}{'*' if best[task] else ''}" for task in map(str, found.regrets)]
        means = (f"{every[column]:.0f}" for column in ("hypervolume", "trials"))
        rows.append([str(place), name, f"{found.ranks.ranks[name]:.1f}", interval, *cells, *means])
    return [head, *rows]


def _explained(found: Leaderboard) -> list[str]:
    place = {name: number for number, name in enumerate(found.ranks.ranks.index, start=1)}
    groups = "; ".join(ranges(sorted(place[name] for name in group)) for group in found.ranks.groups())
    tables = len({str(task).partition(" ")[0] for task in found.regrets})
    return [
        f"Interquartile mean of the regret in points over {found.seeds} seeds or more, 95 % bootstrap interval; "
        "columns: data of the table and limit of MMACs.",
        "* not worse than the best of its column: equal within the noise of a training seed, or not decided.",
        f"Not told apart over {found.ranks.blocks} tasks (Nemenyi): {groups or 'none'}. The tasks are those of "
        f"{tables} tables and so are correlated: differences are less certain than that.",
    ]
