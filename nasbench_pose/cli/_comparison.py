"""What a comparison of strategies prints and draws."""

import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nasbench_pose.cli._tables import aligned, genotype_table, spread
from nasbench_pose.errors import NasbenchPoseError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from nasbench_pose.benchmark import Benchmark
    from nasbench_pose.report.summary import Yardstick
    from nasbench_pose.spaces import SearchSpace


@dataclass(frozen=True)
class Plane:
    """What all accuracies of a comparison have in common."""

    title: str
    """Of the protocol."""
    input: tuple[int, int]
    joints: int
    benchmark: "Benchmark | None" = None
    """The table they were looked up in."""


def report(trials: "pd.DataFrame", space: "SearchSpace", plane: Plane, limit: float | None, out: Path) -> None:
    """Print the tables, keep them in `out`, and draw the figures there; `limit` is in MMACs, None for the typical."""
    from nasbench_pose.benchmark.regret import final_regret
    from nasbench_pose.objective import Objective
    from nasbench_pose.report.figures import draw_plane, draw_published
    from nasbench_pose.report.summary import summarise
    from nasbench_pose.report.trade_offs import best_trade_offs, by_genotype
    from nasbench_pose.search import BASELINES

    measure = _yardstick(trials, space, limit, plane)
    baselines = trials["strategy"] == BASELINES
    summary = summarise(trials if baselines.all() else trials[~baselines], measure)
    regrets = _regrets(trials[~baselines], plane.benchmark, measure.macs_limit)
    if regrets is not None:
        summary = summary.merge(final_regret(regrets), on="strategy", how="left")
        summary["regret_spread"] = summary["regret_spread"].where(summary["hypervolume_spread"].notna())
    summary.to_csv(out / "summary.csv", index=False)
    genotypes = by_genotype(trials)
    genotypes.to_csv(out / "genotypes.csv", index=False)
    click.echo(f"\nMeasured plane: {plane.title}\n\n{_summary_table(summary, measure)}{_failures(trials)}")
    if baselines.any():
        click.echo(f"\nHand-made networks under the same protocol\n\n{genotype_table(by_genotype(trials[baselines]))}")
    best = best_trade_offs(genotypes, Objective("macs"), Objective("val_pckh", maximise=True), 3)
    head = "The best trade-offs: the members of the front that together cover most of it"
    click.echo(f"\n{head}\n\n{genotype_table(best)}")
    drawn = draw_plane(trials, out, protocol=plane.title, macs_limit=measure.macs_limit)
    for path in (drawn, *_curves(trials, regrets, plane, measure.macs_limit, out), *draw_published(out)):
        click.echo(f"drawn: {path}", err=True)


def _curves(
    trials: "pd.DataFrame", regrets: "pd.DataFrame | None", plane: Plane, limit: float, out: Path
) -> "Iterator[Path]":
    """Draw the curves of what was found within the limit, yielding each file; say so if there is nothing to draw."""
    from nasbench_pose.report.figures import clear_curves, draw_best_so_far, draw_regret
    from nasbench_pose.search import BASELINES
    from nasbench_pose.stats import finished

    clear_curves(out)
    found = trials[finished(trials) & (trials["strategy"] != BASELINES)]
    if not (found["macs"] <= limit).any():
        none = "no trial of a search finished" if found.empty else f"no trial within {limit / 1e6:g} MMACs"
        click.echo(f"No curves are drawn: {none}.", err=True)
        return
    yield from draw_best_so_far(trials, out, protocol=plane.title, macs_limit=limit)
    if regrets is not None:
        yield draw_regret(regrets, out, protocol=plane.title, macs_limit=limit)


def check_any_finished(trials: "pd.DataFrame") -> None:
    """Raise NasbenchPoseError if there were searches and every trial of theirs failed."""
    from nasbench_pose.search import BASELINES

    searched = trials[trials["strategy"] != BASELINES]
    if len(searched) and searched["error"].notna().all():
        raise NasbenchPoseError(f"No trial of a search finished; the commonest reason: {_commonest(searched)[0]}")


def _failures(trials: "pd.DataFrame") -> str:
    """Return a line on why trials failed, most of them; "" if none did."""
    failed = trials[trials["error"].notna()]
    if failed.empty:
        return ""
    reason, times = _commonest(failed)
    return f"\n{len(failed)} of {len(trials)} trials failed, hand-made networks included; {times} of them so: {reason}"


def _commonest(failed: "pd.DataFrame") -> tuple[str, int]:
    """Return the commonest reason of trials that all failed, and how often it was given."""
    reasons = Counter(  # many name the genotype, and would all be different
        error.partition("\n")[0].replace(text, "…")
        for error, text in zip(failed["error"], failed["genotype"], strict=True)
    )
    return reasons.most_common(1)[0]


def _yardstick(trials: "pd.DataFrame", space: "SearchSpace", limit: float | None, plane: Plane) -> "Yardstick":
    from nasbench_pose.report.summary import typical_macs, yardstick

    typical = typical_macs(space, input=plane.input, joints=plane.joints)
    return yardstick(trials, typical if limit is None else 1e6 * limit)


def _regrets(trials: "pd.DataFrame", benchmark: "Benchmark | None", macs_limit: float) -> "pd.DataFrame | None":
    """Return the curves of regret of the strategies that propose members of the table's space, if the best is known."""
    from nasbench_pose.benchmark.regret import regret_so_far

    if benchmark is None:
        return None
    members = trials[trials["genotype_space"] == benchmark.space.name]
    if not benchmark.complete:
        click.echo(f"No regret: the best is not known, as the table has {benchmark.coverage}.", err=True)
        return None
    return None if members.empty else regret_so_far(members, benchmark, macs_limit=macs_limit)


def _summary_table(summary: "pd.DataFrame", measure: "Yardstick") -> str:
    unlimited = math.isinf(measure.macs_limit)
    limit = "PCKh@0.5 (%)" if unlimited else f"PCKh@0.5 (%), ≤ {measure.macs_limit / 1e6:g} MMACs"
    head = ["strategy", "seeds", "trials", "failed", limit, "hypervolume (%)", "core seconds per search"]
    rows = [
        [
            row["strategy"],
            *(f"{row[column]}" for column in ("seeds", "trials", "failed")),
            spread(row["best_pckh"], row["best_pckh_spread"], 1),
            spread(row["hypervolume"], row["hypervolume_spread"], 0),
            spread(row["seconds"], row["seconds_spread"], 0),
        ]
        for row in summary.to_dict("records")
    ]
    if "regret" in summary:
        head.insert(5, "regret (points)")
        deviations = summary["regret_spread"].mask(summary["best_pckh_spread"].isna())
        for row, mean, deviation in zip(rows, summary["regret"], deviations, strict=True):
            row.insert(5, spread(mean, deviation, 2))
    note = "mean ± one standard deviation over seeds; hypervolume: share of the box from the worst to the best seen"
    if (same := summary["seeds"].gt(1) & summary["best_pckh_spread"].isna() & summary["best_pckh"].notna()).any():
        names = ", ".join(summary.loc[same, "strategy"])
        note += f"\n{names}: no ± of what the table answered all seeds with the same training"
    return f"{aligned([head, *rows], left=1)}\n{note}"
