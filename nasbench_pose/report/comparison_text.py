"""The tables of a comparison as text."""

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from nasbench_pose.errors import printable
from nasbench_pose.metrics import Metric
from nasbench_pose.report.statistics_text import printed_statistics
from nasbench_pose.report.text import aligned, genotype_table, spread
from nasbench_pose.strategies.labels import shared_settings, told_apart

if TYPE_CHECKING:
    import pandas as pd

    from nasbench_pose.report.comparison import ComparisonReport


COUNTS = ("seeds", "trials", "failed", "duplicates")


def printed(report: "ComparisonReport") -> str:
    """Return the table of strategies, their statistics, the hand-made networks, the best trade-offs, and why
    trials failed."""
    shown = [objective.metric for objective in reversed(report.criterion.objectives)]
    parts = [f"\nMeasured plane: {printable(report.info.title)}", _strategies(report)]
    if report.failures:
        parts[-1] += f"\n{printable(report.failures)}"
    names, first = told_apart(report.summary["strategy"]), report.criterion.objectives[0].metric
    parts += [printed_statistics(each, first, names) for each in report.statistics]
    if len(report.baselines):
        parts += ["Hand-made networks under the same protocol", genotype_table(report.baselines, *shown)]
    head = "The best trade-offs: the members of the front that together cover most of it"
    return "\n\n".join([*parts, head, genotype_table(report.trade_offs, *shown)])


def _strategies(report: "ComparisonReport") -> str:
    best, limits = report.criterion.objectives[0].metric, report.criterion.limits
    within = [limit.label for limit in limits]
    columns: dict[str, tuple[str, Metric | int]] = {
        ", ".join([best.heading, *within]): ("best", best),
        regret_heading(best): ("regret", finer(best)),
        "hypervolume (%)": ("hypervolume", 0),
        "core seconds per search": ("seconds", 0),
    }
    columns = {head: column for head, column in columns.items() if column[0] in report.summary}
    names = told_apart(report.summary["strategy"])
    rows = [
        [
            names[row["strategy"]],
            *(str(row[column]) for column in COUNTS),
            *(cell(row, column, how) for column, how in columns.values()),
        ]
        for row in report.summary.to_dict("records")
    ]
    table = aligned([["strategy", *COUNTS, *columns], *rows], left=1)
    shared = shared_settings(names)
    return "\n".join(
        [table, *(f"{name}: {', '.join(shared[name])} in each row" for name in shared), *explained(report)]
    )


def regret_heading(what: Metric) -> str:
    """Return the head of a column of regrets, with their unit."""
    return f"regret ({'points' if what.unit == '%' else what.unit or what.name})"


def finer(what: Metric) -> Metric:
    """Return a metric with one more digit: a regret is a small difference."""
    return replace(what, digits=None if what.digits is None else what.digits + 1)


def cell(row: "Mapping[Hashable, Any]", column: str, how: "Metric | int") -> str:
    """Return mean ± deviation of a column of `ComparisonReport.summary`, and the number of seeds if some have no best
    network."""
    mean, deviation = row[column], row[f"{column}_spread"]
    if column == "regret" and row["same_best"]:
        deviation = np.nan
    text = "—" if column == "hypervolume" and np.isnan(mean) else spread(mean, deviation, how)
    seeds, found = row["seeds"], row["best_seeds"]
    return f"{text} ({found} of {seeds})" if column == "best" and 0 < found < seeds else text


def explained(report: "ComparisonReport") -> list[str]:
    """Return what the table of strategies means, and which of its means are not of all seeds, in lines."""
    summary, measure = report.summary, report.criterion
    corner = ", ".join(
        f"{o.metric.text(worst)} {o.metric.unit}".strip()
        for o, worst in zip(measure.objectives, measure.reference, strict=True)
    )
    lines = [
        "mean ± one standard deviation over seeds; hypervolume: share of the box between the best of each objective "
        f"and {corner}"
    ]
    limit = " and ".join(one.label for one in measure.limits) or "the limits"
    worst = finer(measure.objectives[0].metric).text(report.worst_regret)
    charged = f" with {worst}, that of the worst network" if "regret" in summary else ""
    names = told_apart(summary["strategy"])

    def listed(rows: "pd.Series[bool]") -> str:
        return ", ".join(names[name] for name in summary["strategy"][rows])

    if (none := summary["best_seeds"].eq(0)).any():
        regret = f", and the regret counts them{charged}" if charged else ""
        lines.append(f"{listed(none)}: no seed found a network of {limit}{regret}")
    if (some := summary["best_seeds"].lt(summary["seeds"]) & ~none).any():
        regret = f", and the regret counts the others{charged}" if charged else ""
        found = f"{listed(some)}: only so many seeds found a network of {limit}"
        lines.append(f"{found}; the best is their mean{regret}")
    if (same := summary["same_best"] | summary["same_trainings"]).any():
        lines.append(f"{listed(same)}: no ± of what the table answered all seeds with the same training")
    return lines
