"""The report of a comparison of strategies: frames, from which tables and figures are made."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nasbench_pose.benchmark.regret import final_regret, member_regrets, regret_so_far
from nasbench_pose.errors import NoTrialsError
from nasbench_pose.evaluators.measurement import MeasurementInfo, Truth
from nasbench_pose.metrics import SPREAD
from nasbench_pose.objective import Limit, Objective, called, within
from nasbench_pose.report.statistics import ComparisonStatistics, statistics_of
from nasbench_pose.report.summary import (
    ComparisonCriterion,
    check_finite,
    criterion,
    default_limits,
    summarise,
)
from nasbench_pose.report.trade_offs import best_trade_offs, by_genotype
from nasbench_pose.search import BASELINES, Comparison, ComparisonResult
from nasbench_pose.search.spending import with_supernets
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.stats import finished, uncharged

BEST = 3
"""Number of trade-offs in a report."""


@dataclass(frozen=True)
class ComparisonReport:
    """The frames of a comparison."""

    info: MeasurementInfo
    criterion: ComparisonCriterion
    trials: pd.DataFrame
    """Every step of every search, the seconds of a supernet included."""
    summary: pd.DataFrame
    """One row per strategy: see `summary.summarise`; with `regret` and `regret_spread` if the optimum is known."""
    genotypes: pd.DataFrame
    """One row per genotype: see `trade_offs.by_genotype`."""
    baselines: pd.DataFrame
    """The rows of `genotypes` that are hand-made networks."""
    trade_offs: pd.DataFrame
    """The members of the front that together cover the most hypervolume, the cheapest first."""
    regrets: pd.DataFrame | None
    """Curves of `benchmark.regret.regret_so_far`; None if the optimum is not known."""
    budget: str
    """The budget of each search in words, and the seeds."""
    budget_seconds: float
    """The budget of core seconds of each search; infinite: none, or unknown."""
    worst_regret: float
    """The regret of a search that found nothing within the limits: that of the worst member within them."""
    statistics: tuple[ComparisonStatistics, ...]
    """Statistics of the strategies, after equal trials and after equal core seconds; empty for too few seeds."""
    notes: tuple[str, ...]
    """Remarks for the reader, such as why there is no regret; one line each."""

    @property
    def failures(self) -> str:
        """One line with the number of failed trials and the most common reason; "" if none failed."""
        failed = self.trials[self.trials["error"].notna()]
        if failed.empty:
            return ""
        reason, times = commonest(failed)
        count, total = len(failed), len(self.trials)
        return f"{count} of {total} trials failed, hand-made networks included; {times} of them so: {reason}"

    def save(self, out: Path) -> None:
        """Write `trials.csv`, `summary.csv` and `genotypes.csv`, with statistics also `statistics.csv` and `pairs.csv`,
        into a folder; remove the latter of an earlier comparison."""
        for name in ("trials", "summary", "genotypes"):
            getattr(self, name).to_csv(out / f"{name}.csv", index=False)
        for name, frames in (("statistics", [each.strategies for each in self.statistics]),
                             ("pairs", [each.pairs for each in self.statistics])):  # fmt: skip
            path = out / f"{name}.csv"
            path.unlink(missing_ok=True)
            if frames:
                at = [
                    frame.assign(over=s.over, budget=s.budget) for frame, s in zip(frames, self.statistics, strict=True)
                ]
                pd.concat(at).to_csv(path, index=False)

    def draw(
        self, out: Path, *, published: bool = False, tell: Callable[[str], None] = lambda _: None
    ) -> Iterator[Path]:
        """Draw the figures into a folder and yield each file; call `tell` with the reason if there are no curves.

        With `published` the published planes are drawn too, which are the same for every comparison.
        """
        from nasbench_pose.plots.style import headline
        from nasbench_pose.report import figures, statistics_figures

        of: dict[str, Any] = {
            "protocol": self.info.title, "limits": self.criterion.limits, "budget": self.budget,
        }  # fmt: skip
        limits, among = self.criterion.limits, figures.searching(self.trials)
        y, x = self.criterion.objectives[:2]
        figures.clear_optional(out)
        yield figures.draw_plane(self.trials, out, x=x, y=y, **of)
        if len(self.criterion.objectives) > 2:
            searched = self.genotypes[~self.genotypes["key"].isin(self.baselines["key"])]
            title = headline("Networks at their means over seeds", **of)
            yield from figures.draw_three(searched, self.baselines, out, self.criterion.objectives, title=title)
        found = self.trials[finished(self.trials) & (self.trials["strategy"] != BASELINES)]
        if not self.criterion.within(found).any():
            within = "no trial within " + " and ".join(limit.amount for limit in limits)
            tell(f"No curves are drawn: {'no full trial of a search finished' if found.empty else within}.")
        else:
            yield from figures.draw_best_so_far(self.trials, out, objective=y, **of)
            if self.statistics:
                yield from statistics_figures.draw(self.statistics, found, out, x, y, among=among, **of)
            elif self.regrets is not None:
                yield figures.draw_regret(self.regrets, out, objective=y, among=among, **of)
        if published:
            yield from figures.draw_published(out)


def comparison_report(result: ComparisonResult, *, reference: Sequence[float] | None = None) -> ComparisonReport:
    """Return the frames of a comparison; raise NasbenchPoseError if no trial finished.

    `reference` is the reference point of the hypervolume, one value per objective; None: the nadir with a margin.
    """
    comparison = result.comparison
    report = report_of(
        result.trials, comparison.space, comparison.info,
        objectives=comparison.objectives, limits=comparison.limits, reference=reference,
        seconds=comparison.budget_seconds,
    )  # fmt: skip
    silent = dict.fromkeys(job.label for job in comparison.jobs()).keys() - set(result.trials["strategy"])
    return replace(report, notes=(*report.notes, *(f"{label}: no trial was made." for label in sorted(silent))))


def report_of(
    trials: pd.DataFrame,
    space: SearchSpace,
    info: MeasurementInfo,
    *,
    objectives: tuple[Objective, ...],
    limits: tuple[Limit, ...] | None = None,
    reference: Sequence[float] | None = None,
    seconds: float = np.inf,
) -> ComparisonReport:
    """Return the frames of trials of the measurement `info`; `limits` None stands for `summary.default_limits`.

    `seconds` is the budget of core seconds of every search, if it had one.
    """
    each, trials = uncharged(trials), with_supernets(trials)
    if limits is None:
        limits = default_limits(space, objectives, input=info.input, joints=info.joints)
    objectives = called(objectives, info.accuracy)
    by_hand = trials["strategy"] == BASELINES
    searched = trials if by_hand.all() else trials[~by_hand]
    judged = searched if finished(searched).any() else trials
    measure = criterion(judged, limits, objectives, members=_members(info.truth, objectives), reference=reference)
    summary = summarise(searched, measure)
    regrets, worst, notes = _regrets(trials[~by_hand], info.truth, measure)
    notes += _remarks(searched, info)
    if regrets is not None:
        summary = summary.merge(final_regret(regrets, worst), on="strategy", how="left")
        summary["regret_spread"] = summary["regret_spread"].mask(summary["same_trainings"])
    statistics, left_out = statistics_of(
        trials[~by_hand],
        info.truth if regrets is not None else None,
        measure,
        nothing=worst,
        seconds=seconds,
        spread_of_seeds=info.spread_of_seeds,
    )
    notes += [left_out] if left_out and not by_hand.all() else []
    genotypes = by_genotype(each, objectives)
    y, x = objectives[:2]
    return ComparisonReport(
        info,
        measure,
        trials,
        summary,
        genotypes,
        by_genotype(each[by_hand], objectives) if by_hand.any() else genotypes[:0],
        best_trade_offs(genotypes, x, y, BEST),
        regrets,
        _budget(trials[~by_hand], seconds),
        seconds,
        worst,
        statistics,
        tuple(notes),
    )


def _remarks(searched: pd.DataFrame, info: MeasurementInfo) -> list[str]:
    """Return which strategies measured nothing to the end, and whose seconds those of trainings are."""
    found = [f"{label}: no trial has full fidelity, so there is nothing to compare." for label in _partial(searched)]
    wall = f"Seconds of trainings are those of the wall, on {info.trained_on}."
    return found if info.trained_on == "cpu" else [*found, wall]


def check_reference(comparison: Comparison, reference: Sequence[float] | None) -> None:
    """Raise InvalidFileError for a reference point of `comparison_report` that the objectives do not fit.

    On a benchmark table that includes one which no network reaches; otherwise that is known only after the searches.
    """
    if reference is None:
        return
    check_finite(reference, comparison.objectives)
    members = _members(comparison.info.truth, comparison.objectives)
    if members is not None:
        criterion(members, (), comparison.objectives, members=members, reference=reference)


def check_any_finished(trials: pd.DataFrame) -> None:
    """Raise NasbenchPoseError if every trial of the searches failed."""
    searched = trials[trials["strategy"] != BASELINES]
    if len(searched) and searched["error"].notna().all():
        raise NoTrialsError(f"No trial of a search finished; the most common reason: {commonest(searched)[0]}")


def commonest(failed: pd.DataFrame) -> tuple[str, int]:
    """Return the most common reason of failed trials and its count."""
    reasons = Counter(  # the genotype's text is replaced: with it every reason would be different
        error.partition("\n")[0].replace(text, "…")
        for error, text in zip(failed["error"], failed["genotype"], strict=True)
    )
    return reasons.most_common(1)[0]


def _budget(trials: pd.DataFrame, seconds: float) -> str:
    """Return the core seconds or the most trials of a search, and the most seeds of a strategy, in words."""
    if trials.empty:
        return ""
    runs = trials.groupby(["strategy", "run_seed"]).size()
    most, seeds = int(runs.max()), int(runs.groupby("strategy").size().max())
    each = f"{most:,} trial{'s' * (most > 1)}" if seconds == np.inf else f"{seconds:,.0f} core seconds"
    return f"{each} × {seeds} seed{'s' * (seeds > 1)}"


def _partial(trials: pd.DataFrame) -> list[str]:
    """Return the strategies whose finished trials all have less than full fidelity."""
    ended = trials[trials["error"].isna()]
    return sorted(set(ended["strategy"]) - set(trials["strategy"][finished(trials)]))


def _members(truth: Truth | None, objectives: Sequence[Objective]) -> pd.DataFrame | None:
    """Return the means of the members in a benchmark table; None if it lacks one of the objectives."""
    if truth is None:
        return None
    means = truth.means()
    known = means[means["genotype_space"] == truth.space.name]
    columns = [objective.column for objective in objectives]
    if not set(columns) <= set(known) or known[columns].dropna().empty:
        return None
    return known


def _regrets(
    trials: pd.DataFrame, truth: Truth | None, measure: ComparisonCriterion
) -> tuple[pd.DataFrame | None, float, list[str]]:
    """Return the curves of regret, the regret of a search that found nothing, and remarks on them."""
    no_regret = (None, float("nan"))
    known = _members(truth, measure.objectives[:1])
    if truth is None:
        return *no_regret, []
    if known is None:
        return *no_regret, [f"No regret: {truth.name} has no {measure.objectives[0].column}."]
    members = trials[trials["genotype_space"] == truth.space.name]
    if not truth.complete:
        return *no_regret, [f"No regret: the optimum is not known, as the table has {truth.coverage}."]
    limits = [limit for limit in measure.limits if np.isfinite(limit.most)]
    if others := [limit.column for limit in limits if limit.column not in known]:
        return *no_regret, [f"No regret: the table has no optimum within a limit of {', '.join(others)}."]
    spreads = {limit.column: f"{limit.column}{SPREAD}" for limit in limits}
    if noisy := [name for name, spread in spreads.items() if spread in known and (known[spread] > 0).any()]:
        return *no_regret, [
            f"No regret: {', '.join(noisy)} differs between trainings of a network, so does what is within its limit."
        ]
    good = np.isfinite(measure.objectives[0].losses(known))
    lacking = {limit.column: int((good & known[limit.column].isna()).sum()) for limit in limits}
    if unknown := [f"{column} of {count}" for column, count in lacking.items() if count]:
        return *no_regret, [f"No regret: {', '.join(unknown)} networks is unknown, so the best within it is, too."]
    if members.empty:
        return *no_regret, []
    if not (within(known, limits) & good).any():
        amounts = " and ".join(limit.amount for limit in limits)
        return *no_regret, [f"No regret: no network of {truth.name} is within {amounts}."]
    first = measure.objectives[0]
    regrets = member_regrets(truth, first, limits)
    return regret_so_far(members, truth, objective=first, limits=limits), float(regrets[np.isfinite(regrets)].max()), []
