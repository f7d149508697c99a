"""The tables of a report as rows of text; the template escapes them."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from nasbench_pose.errors import printable
from nasbench_pose.metrics import Metric, metric
from nasbench_pose.report.card_text import sections
from nasbench_pose.report.comparison import ComparisonReport
from nasbench_pose.report.comparison_text import cell, explained, finer, regret_heading
from nasbench_pose.report.statistics_text import statistics_table


@dataclass(frozen=True)
class Table:
    """A table with a caption; every cell is text."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


def strategies(report: ComparisonReport) -> Table:
    """Return a row per strategy: the best network, the regret, the hypervolume and the effort."""
    first = report.criterion.objectives[0].metric
    limits = ", ".join(limit.label for limit in report.criterion.limits) or "no limit"
    columns: dict[str, tuple[str, Metric | int]] = {
        f"{first.heading}, {limits}   better ↑": ("best", first),
        f"{regret_heading(first)}   better ↓": ("regret", finer(first)),
        "hypervolume (%)   better ↑": ("hypervolume", 1),
        "core seconds": ("seconds", 0),
    }
    columns = {head: column for head, column in columns.items() if column[0] in report.summary}
    counts = ("seeds", "trials", "failed", "duplicates")
    rows = [
        [printable(row["strategy"]), *(str(row[name]) for name in counts),
         *(cell(row, name, how) for name, how in columns.values())]
        for row in report.summary.to_dict("records")
    ]  # fmt: skip
    return Table(f"Strategies: {'; '.join(explained(report))}", ["strategy", *counts, *columns], rows)


def statistics(report: ComparisonReport) -> list[Table]:
    """Return the statistics of the strategies, after equal trials and after equal core seconds."""
    what = report.criterion.objectives[0].metric
    found = [statistics_table(each, what) for each in report.statistics]
    return [
        Table(f"{one.title}. {'; '.join(one.remarks)}.", one.columns, [list(map(printable, row)) for row in one.rows])
        for one in found
    ]


def networks(frame: pd.DataFrame, report: ComparisonReport, caption: str) -> Table:
    """Return a row per network: its name or key, the objectives and the number of seeds."""
    shown = [objective.metric for objective in reversed(report.criterion.objectives)]
    rows = [
        [printable(row["name"] or row["key"]), *(one.text(row[one.name]) for one in shown), str(row["seeds"])]
        for row in frame.to_dict("records")
    ]
    return Table(caption, ["network", *(one.heading for one in shown), "seeds"], rows)


def failures(trials: pd.DataFrame) -> Table | None:
    """Return the reasons of failed trials, the most common first; None if none failed."""
    failed = trials[trials["error"].notna()]
    reasons = Counter(
        (printable(error.partition("\n")[0].replace(text, "…")), printable(strategy))
        for error, text, strategy in failed[["error", "genotype", "strategy"]].itertuples(index=False, name=None)
    )
    if not reasons:
        return None
    rows = [[reason, strategy, str(times)] for (reason, strategy), times in reasons.most_common(50)]
    more = f"; {len(reasons) - 50} more reasons are left out" if len(reasons) > 50 else ""
    return Table(f"{len(failed)} of {len(trials)} trials failed{more}", ["reason", "strategy", "trials"], rows)


def protocol(text: str) -> Table:
    """Return the fields of a protocol, of nested ones by dotted names."""
    try:
        fields = _fields(json.loads(text or "{}"))
    except ValueError:
        fields = {"text": text}
    return Table("Protocol: how every accuracy was measured", ["field", "value"], _pairs(fields))


def card(values: Mapping[str, Any]) -> list[Table]:
    """Return the sections of a protocol card, a dictionary as `report.card.card_of` returns it."""
    return [
        Table(f"Protocol card: {name}", head, [list(map(printable, row)) for row in rows])
        for name, head, rows in sections(values)
    ]


def provenance(runs: pd.DataFrame) -> Table:
    """Return where the searches were run, with what, and by which commands."""
    left = {"run", "seed", "protocol", "protocol_text", "budget", "objectives", "settings", "strategy"}
    fields = {str(column): _distinct(runs[column]) for column in runs if column not in left}
    return Table("Provenance: what made these trials", ["field", "values"], _pairs(fields))


def objectives(report: ComparisonReport) -> Table:
    """Return what the metrics of the report mean, and which way is better."""
    rows = [
        [known.title, "more is better" if known.direction == "max" else "less is better", known.meaning]
        for known in (metric(str(name)).called(report.info.accuracy) for name in report.genotypes.columns)
        if known.direction
    ]
    return Table("Metrics", ["metric", "direction", "meaning"], rows)


def _fields(document: Any, before: str = "") -> dict[str, Any]:
    if not isinstance(document, Mapping):
        return {before.rstrip("."): document}
    return {name: value for key, part in document.items() for name, value in _fields(part, f"{before}{key}.").items()}


def _pairs(fields: Mapping[str, Any]) -> list[list[str]]:
    return [[printable(name), printable(value)] for name, value in fields.items()]


def _distinct(values: "pd.Series[Any]") -> str:
    known = list(dict.fromkeys(str(value) for value in values.dropna()))
    return "; ".join(known[:4]) + (f"; and {len(known) - 4} more" if len(known) > 4 else "")
