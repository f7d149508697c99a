"""The protocol card of a comparison: its reproducible numbers, and the circumstances in which they were made."""

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.report.checklist import checklist
from nasbench_pose.report.comparison import ComparisonReport
from nasbench_pose.search import BASELINES, Comparison, ComparisonResult
from nasbench_pose.stats import RUN, finished
from nasbench_pose.store.provenance import provenance
from nasbench_pose.strategies import STRATEGIES
from nasbench_pose.strategies.limits import treatment
from nasbench_pose.strategies.optuna_sampler import PREFIX
from nasbench_pose.strategies.registry import accepts, declaration, default_of, settings, treatment_of, variant

FORMAT = 1
"""Version of the format of `card.json`. A reader refuses newer ones."""
NOT_TOLD = "not told of limits"
LIBRARIES = ("moocore", "optuna", "pandas", "scipy")
"""Packages whose versions are in the card, besides those of the provenance: strategies and statistics use them."""


def card_of(result: ComparisonResult, report: ComparisonReport) -> dict[str, Any]:
    """Return the card as JSON values: format, reproducible, circumstances, checklist.

    `reproducible` follows from the code, the seeds and the measurement. A replay on a benchmark table repeats it.
    `circumstances` does not: seconds of searches, versions, machine.
    """
    found = {
        "format": FORMAT,
        "reproducible": reproducible(result, report),
        "circumstances": _circumstances(result.comparison, report),
    }
    return {**found, "checklist": checklist(found)}


def write(card: Mapping[str, Any], out: Path) -> None:
    """Write `card.json` and `card.md` into a folder."""
    from nasbench_pose.report.card_text import markdown

    (out / "card.json").write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (out / "card.md").write_text(markdown(card), encoding="utf-8")


def reproducible(result: ComparisonResult, report: ComparisonReport) -> dict[str, Any]:
    """Return the numbers that a replay of the comparison repeats."""
    comparison, measure = result.comparison, report.criterion
    info, evaluator = comparison.info, comparison.evaluator
    truth = info.truth if isinstance(info.truth, Benchmark) else None
    seconds = comparison.budget_seconds
    jobs = {job.label: job for job in comparison.jobs() if job.strategy != BASELINES}
    return {
        "space": {"name": comparison.space.name, "digest": comparison.space.digest},
        "protocol": {"key": evaluator.protocol_key, "title": info.title, "text": evaluator.protocol_text},
        "table": None
        if truth is None
        else {"name": truth.name, "sha256": truth.about["sha256"], "people": truth.people},
        "objectives": [objective.text for objective in comparison.objectives],
        "limits": {limit.column: limit.most for limit in measure.limits},
        "reference": list(measure.reference),
        "budget": {"trials": comparison.budget, "core_seconds": seconds if seconds < float("inf") else None},
        "seeds": {"first": comparison.first_seed, "count": comparison.seeds},
        **({"workers": comparison.parallel} if comparison.parallel > 1 else {}),  # old cards are without
        "start_from": [genotype.text for genotype in comparison.start_from],
        "limits_told": bool(comparison.told_limits),
        "strategies": [
            described(label, job.strategy, job.settings, [limit.column for limit in comparison.told_limits])
            for label, job in jobs.items()
        ],
        "searches": searches(report),
        "statistics": statistics(report),
    }


def searches(report: ComparisonReport) -> list[dict[str, Any]]:
    """Return the result of every search: trials, failures, seconds of trainings, the network it selects, regret."""
    trials = report.trials[report.trials["strategy"] != BASELINES]
    first = report.criterion.objectives[0]
    good = trials[finished(trials) & report.criterion.within(trials)]
    regrets = {} if report.regrets is None else report.regrets.groupby(RUN, sort=False)["best"].last().to_dict()
    rows = []
    for run, part in trials.groupby(RUN, sort=False):
        fits = good.loc[good.index.intersection(part.index)]
        chosen = fits.iloc[int(np.argmin(first.losses(fits)))] if len(fits) else None
        regret = regrets.get(run, float("nan"))
        rows.append(
            {
                "strategy": str(part["strategy"].iloc[0]), "seed": int(part["run_seed"].iloc[0]), "trials": len(part),
                "failed": int(part["error"].notna().sum()),
                "training_seconds": round(float(part["seconds"].sum()), 3),
                "selected": None if chosen is None else str(chosen["genotype"]),
                first.column: None if chosen is None else float(chosen.to_dict()[first.column]),
                "regret": None if pd.isna(regret) else float(regret),
            }
        )  # fmt: skip
    return rows


def statistics(report: ComparisonReport) -> list[dict[str, Any]]:
    """Return the table of strategies after equal trials; after equal core seconds it depends on the machine."""
    found = [each.strategies for each in report.statistics if each.over == "evaluations"]
    return [dict(row) for row in json.loads(found[0].to_json(orient="records", double_precision=15))] if found else []


def described(label: str, name: str, given: Mapping[str, Any], told: Sequence[str]) -> dict[str, Any]:
    """Return name, settings (all of them, by value), sources, and how a strategy treats the limits that it is told."""
    about = declaration(name)
    defaults = {each.name: each.default for each in settings(name) if not each.required}
    cost = given.get("cost", default_of(name, "cost"))
    return {
        "label": label,
        "name": name,
        "variant": variant(name, given),
        "built_in": name in STRATEGIES or name.startswith(PREFIX),
        "settings": json.loads(json.dumps({**defaults, **given}, default=str)),
        "changed": sorted(given),
        "paper": about.paper,
        "defaults": about.defaults,
        "limits": treatment(treatment_of(name), told, cost) if told else NOT_TOLD,
        "fidelities": "chosen by the strategy" if accepts(name, "eta") else "full trainings",
    }


def _circumstances(comparison: Comparison, report: ComparisonReport) -> dict[str, Any]:
    made = provenance()
    return {
        "written": made.started,
        "versions": {**made.versions, **{library: _version(library) for library in LIBRARIES}},
        "machine": made.machine,
        "commit": made.git_commit,
        "command": made.command,
        "people": comparison.people or comparison.info.people or "",
        **spent_and_failed(report),
        "notes": list(report.notes),
    }


def spent_and_failed(report: ComparisonReport) -> dict[str, Any]:
    """Return the core seconds of each strategy, and the first reason of its failures."""
    trials = report.trials[report.trials["strategy"] != BASELINES]
    failed = trials[trials["error"].notna()].groupby("strategy")
    return {
        "core_seconds": {str(name): _seconds(part) for name, part in trials.groupby("strategy", sort=False)},
        "failures": {str(name): str(part["error"].iloc[0]).partition("\n")[0] for name, part in failed},
    }


def _seconds(trials: pd.DataFrame) -> dict[str, float]:
    return {
        "trainings": round(float(trials["seconds"].sum()), 1),
        "search": round(float(trials["ask_seconds"].sum()), 3),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"
