"""The protocol card of the searches in a database, which may be of several comparisons."""

import math
from collections.abc import Iterable
from typing import Any

import pandas as pd

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.report.card import FORMAT, described, searches, spent_and_failed, statistics
from nasbench_pose.report.checklist import checklist
from nasbench_pose.report.comparison import ComparisonReport
from nasbench_pose.search import BASELINES
from nasbench_pose.search.jobs import LIMITS, PARALLEL, START
from nasbench_pose.strategies import STRATEGIES
from nasbench_pose.strategies.optuna_sampler import PREFIX

VERSIONS = ("python", "nasbench-pose", "torch", "numpy")
SECONDS = (
    "Limits of core seconds are not in a database; a search with one may have ended before its budget of trials. "
    "report --budget-seconds takes the limit."
)


def card_of_runs(report: ComparisonReport, runs: pd.DataFrame) -> dict[str, Any] | None:
    """Return the card of a report's searches, of the form of `card.card_of`; None if it has no searches.

    `runs` are those of `Store.runs`. Of several budgets the card has the largest, and it says what differs.
    """
    labels = report.trials[report.trials["strategy"] != BASELINES].groupby("run", sort=False)["strategy"].first()
    own = runs[runs["run"].isin(labels.index)]
    if own.empty:
        return None
    own = own.assign(label=own["run"].map(labels).astype(str))
    found = {"format": FORMAT, "reproducible": _reproducible(report, own), "circumstances": _circumstances(report, own)}
    return {**found, "checklist": checklist(found)}


def _reproducible(report: ComparisonReport, runs: pd.DataFrame) -> dict[str, Any]:
    truth, first = report.info.truth if isinstance(report.info.truth, Benchmark) else None, runs.iloc[0]
    told = [setting.get(LIMITS, {}) for setting in runs["settings"]]
    seeds = runs.groupby("label", sort=False)["seed"].agg(["min", "nunique"])
    return {
        "space": {"name": first["space"], "digest": _all(runs["space_digest"])},
        "protocol": {"key": first["protocol"], "title": report.info.title, "text": first["protocol_text"]},
        "table": None
        if truth is None
        else {"name": truth.name, "sha256": truth.about["sha256"], "people": truth.people},
        "objectives": [objective.text for objective in report.criterion.objectives],
        "limits": {limit.column: limit.most for limit in report.criterion.limits},
        "reference": list(report.criterion.reference),
        "budget": {"trials": int(runs["budget"].max()), "core_seconds": _finite(report.budget_seconds)},
        "seeds": {"first": int(seeds["min"].min()), "count": int(seeds["nunique"].max())},
        "workers": max(setting.get(PARALLEL, 1) for setting in runs["settings"]),
        "start_from": list(dict.fromkeys(text for setting in runs["settings"] for text in setting.get(START, ()))),
        "limits_told": any(told),
        "unequal": _unequal(runs),
        "strategies": [
            _strategy(str(label), part.iloc[0], sorted({column for limits in told for column in limits}))
            for label, part in runs.groupby("label", sort=False)
        ],
        "searches": searches(report),
        "statistics": statistics(report),
    }


def _unequal(runs: pd.DataFrame) -> list[str]:
    """Return which of space, limits, budget and seeds differ between the searches."""
    limits = {str(setting[LIMITS]) for setting in runs["settings"] if setting.get(LIMITS)}
    several = {
        "space": runs["space_digest"].nunique() > 1,
        "limits": len(limits) > 1,
        "budget": runs["budget"].nunique() > 1,
        "seeds": len({tuple(sorted(part)) for _, part in runs.groupby("label")["seed"]}) > 1,
    }
    return [what for what, differ in several.items() if differ]


def _strategy(label: str, run: "pd.Series[Any]", told: list[str]) -> dict[str, Any]:
    """Return the entry of a strategy; one of another package is not imported only because a database names it."""
    name = str(run["strategy"])
    given = {key: value for key, value in run["settings"].items() if key not in (START, LIMITS, PARALLEL)}
    if name in STRATEGIES or name.startswith(PREFIX):
        return described(label, name, given, told if LIMITS in run["settings"] else [])
    unknown = "of another package"
    return {
        "label": label, "name": name, "variant": "", "built_in": False, "settings": given, "changed": sorted(given),
        "paper": "", "defaults": unknown, "limits": unknown, "fidelities": unknown,
    }  # fmt: skip


def _circumstances(report: ComparisonReport, runs: pd.DataFrame) -> dict[str, Any]:
    notes = [*([SECONDS] if report.budget_seconds == math.inf else []), *report.notes]
    if differing := _unequal(runs):
        notes.insert(0, f"Not equal for all searches of this database: {', '.join(differing)}.")
    machines = pd.DataFrame([machine for machine in runs["machine"] if isinstance(machine, dict)])
    commits = sorted(runs["git_commit"].dropna(), key=lambda commit: str(commit).endswith("-dirty"))
    return {
        "written": f"searches started {runs['started'].min()} to {runs['started'].max()}",
        "versions": {name: _all(runs[name]) for name in VERSIONS if name in runs},
        "machine": {column: _all(machines[column]) for column in machines},
        "commit": _all(commits),
        "command": _all(runs["command"]),
        "people": "",
        **spent_and_failed(report),
        "notes": notes,
    }


def _finite(seconds: float) -> float | None:
    """Return a budget of core seconds; None for none."""
    return None if seconds == math.inf else seconds


def _all(values: Iterable[object]) -> str:
    """Return the different values, in their order."""
    return "; ".join(dict.fromkeys(str(value) for value in values))
