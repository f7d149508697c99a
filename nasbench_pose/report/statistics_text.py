"""The statistics of a comparison as text: strategies by rank, and the verdict on each pair."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import isnan
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from nasbench_pose.metrics import Metric
from nasbench_pose.report.text import aligned

if TYPE_CHECKING:
    from nasbench_pose.report.statistics import ComparisonStatistics

VERDICTS = {
    "better": "better than",
    "equal": "equal within the noise to",
    "not decided": "not decided against",
    "worse": "worse than",
}
"""Verdict -> its text before the numbers of the other strategies."""


@dataclass(frozen=True)
class StatisticsTable:
    """The text of the statistics: a title, a table, and lines that explain it."""

    title: str
    columns: list[str]
    rows: list[list[str]]
    remarks: list[str]


def statistics_table(found: "ComparisonStatistics", what: Metric) -> StatisticsTable:
    """Return the table of strategies by rank, with the verdicts on each; `what` is the metric of the scores."""
    unit = "points" if what.unit == "%" else what.unit or what.name
    score = f"{'regret' if found.known else 'behind the best found'} ({unit})"
    optional = [head for column, (head, _) in COLUMNS.items() if column in found.strategies]
    columns = ["#", "strategy", score, "rank", *optional, "verdicts"]
    rows = [
        [str(place), str(row["strategy"]), _interval(row, what), f"{row['rank']:.1f}"]
        + [text.format(row[column]) for column, (_, text) in COLUMNS.items() if column in found.strategies]
        + ["  " + _said(found.verdicts(str(row["strategy"])))]
        for place, row in enumerate(found.strategies.to_dict("records"), start=1)
    ]
    amount = f"{found.budget:,.0f} {'trials' if found.over == 'evaluations' else 'core seconds'}"
    seeds = sorted(set(found.strategies["seeds"]))
    title = f"Statistics after {amount} of each search, from {'–'.join(map(str, seeds))} searches of a strategy"
    return StatisticsTable(title, columns, rows, _explained(found, what, unit))


def printed_statistics(
    found: "ComparisonStatistics", what: Metric, names: Mapping[str, str] = MappingProxyType({})
) -> str:
    """Return `statistics_table` as lines of text; `names` are shorter ones of strategies."""
    table = statistics_table(found, what)
    rows = [[place, names.get(strategy, strategy), *others] for place, strategy, *others in table.rows]
    return "\n".join([table.title, _table([table.columns, *rows]), *table.remarks])


COLUMNS = {
    "hypervolume": ("hypervolume regret (%)", "{:.0f}"),
    "a12": ("beats random", "{:.2f}"),
    "saved": ("saves of random's", "{:.0%}"),
}
"""Column of `ComparisonStatistics.strategies` -> its head and format. Unknown columns are left out."""


def ranges(numbers: Sequence[int]) -> str:
    """Return rising numbers as a short list.

    >>> ranges([2, 3, 4, 7, 9, 10])
    '2–4, 7, 9–10'
    """
    runs = [[number for _, number in run] for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0])]
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)


def _interval(row: "Mapping[Hashable, Any]", what: Metric) -> str:
    digits = 2 if what.digits is None else what.digits + 1
    value, low, high = (f"{row[end] / what.scale:.{digits}f}" for end in ("value", "low", "high"))
    return f"{value} [{low}, {high}]"


def _said(verdicts: dict[str, list[int]]) -> str:
    return "; ".join(f"{text} {ranges(verdicts[verdict])}" for verdict, text in VERDICTS.items() if verdict in verdicts)


def _table(rows: list[list[str]]) -> str:
    """Return the rows aligned; the last column is text and is aligned on the left."""
    words = [row[-1].strip() for row in rows]
    numbers = aligned([row[1:-1] for row in rows], left=1).splitlines()
    widest, width = max(map(len, numbers)), max(len(row[0]) for row in rows)
    return "\n".join(
        f"{row[0].rjust(width)}  {line.ljust(widest)}  {said}".rstrip()
        for row, line, said in zip(rows, numbers, words, strict=True)
    )


def _explained(found: "ComparisonStatistics", what: Metric, unit: str) -> list[str]:
    lines = ["interquartile mean [95 % bootstrap interval]; rank: mean over seeds; # counts by rank"]
    if "a12" in found.strategies:
        lines[0] += "; beats random: the chance that it is better than a search of random (A12)"
    lines.append("verdicts: tests at 5 % over all pairs together (Bonferroni); better, worse: two-sided; equal: TOST")
    if found.rope and not isnan(found.rope):
        rope = f"{found.rope / what.scale:.2g} {unit}"
        lines.append(
            f"equal: the mean scores differ by less than {rope}, the deviation over training seeds of one network"
        )
    else:
        lines.append("nothing is called equal: the deviation over training seeds of one network is unknown")
    if early := _ended_before(found):
        lines.append(f"ended before, and counted as they ended: {early}")
    if found.ranks is not None:
        p_value = found.ranks.p_value
        chance = "p < 0.001" if p_value < 0.001 else f"p = {p_value:.2g}"
        apart = f"ranks {found.ranks.critical_difference:.1f} apart differ by Nemenyi's test"
        lines.append(f"Friedman's test over {found.ranks.blocks} seeds: {chance}; {apart}; all pairs: pairs.csv")
    return lines


def _ended_before(found: "ComparisonStatistics") -> str:
    """Return how many searches of which strategies made fewer trials than the budget that they are judged at."""
    if found.over != "evaluations":
        return ""  # of core seconds no two searches spend the same
    made = found.curves.groupby(["strategy", "run_seed"], sort=False)["evaluations"].max()
    shorter = (made < found.budget).groupby("strategy", sort=False)
    early = {str(name): f"{int(part.sum())} of {len(part)} searches" for name, part in shorter if part.any()}
    order = enumerate(map(str, found.strategies["strategy"]), start=1)
    return "; ".join(f"{early[name]} of #{place}" for place, name in order if name in early)
