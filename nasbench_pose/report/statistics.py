"""Statistics of the strategies of a comparison, at equal trials and at equal core seconds."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, nan

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasbench_pose.benchmark.regret import hypervolume_regret, regret_so_far
from nasbench_pose.evaluators.measurement import Truth
from nasbench_pose.metrics import DEFAULT_OBJECTIVES
from nasbench_pose.objective import Limit, Objective, within
from nasbench_pose.report.summary import ComparisonCriterion
from nasbench_pose.stats import (
    RUN,
    Effort,
    RankTest,
    a12,
    aggregate,
    at_budget,
    best_so_far,
    effort_of,
    equivalences,
    finished,
    in_order,
    rank_test,
    relative_improvement,
)

LEAST = 10
"""Searches of a strategy, all different, that statistics need."""
RANDOM = "random"
"""The strategy that the others are compared with."""
EFFORTS: tuple[Effort, ...] = ("evaluations", "seconds")


@dataclass(frozen=True, eq=False)
class ComparisonStatistics:
    """Scores of all searches after the same effort, and their statistics. Less is better."""

    over: Effort
    budget: float
    """Trials or core seconds of every search at which it is judged; one that ended before counts as it ended."""
    known: bool
    """Whether a score is the exact regret; otherwise it is the distance to the best that any search found."""
    rope: float
    """Mean scores that differ by less are equal for practical purposes: the standard deviation over training seeds of
    one network; 0 if it is unknown."""
    curves: pd.DataFrame
    """The curves that the scores are read from, as of `benchmark.regret.regret_so_far`; a search that has found nothing
    yet has the score of one that finds nothing."""
    scores: pd.DataFrame
    """strategy, run_seed, score and, where the front is known, hypervolume: what the search's front lacks, percent."""
    strategies: pd.DataFrame
    """By rank: strategy, value, low, high (interquartile mean with a 95 % bootstrap interval), median, seeds, rank, and
    where they are known hypervolume, a12 (the chance to be better than a search of `random`) and saved (the share of
    the median score of `random` that it saves)."""
    pairs: pd.DataFrame
    """As `stats.equivalences`, with a12, nemenyi and wilcoxon (p-values corrected for the number of pairs)."""
    ranks: RankTest | None
    """Ranks over the seeds; None if the strategies share fewer than two seeds."""

    def verdicts(self, strategy: str) -> dict[str, list[int]]:
        """Return verdict -> numbers (places by rank, from 1) of the strategies that it holds against."""
        mirrored = {"better": "worse", "worse": "better"}
        place = {name: number for number, name in enumerate(self.strategies["strategy"], start=1)}
        found: dict[str, list[int]] = {}
        for one, other, verdict in self.pairs[["strategy", "other", "verdict"]].itertuples(index=False, name=None):
            if strategy == one:
                found.setdefault(verdict, []).append(place[other])
            elif strategy == other:
                found.setdefault(mirrored.get(verdict, verdict), []).append(place[one])
        return {verdict: sorted(numbers) for verdict, numbers in found.items()}


def statistics_of(
    trials: pd.DataFrame,
    truth: Truth | None,
    measure: ComparisonCriterion,
    *,
    nothing: float = nan,
    seconds: float = np.inf,
    spread_of_seeds: float = nan,
) -> tuple[tuple[ComparisonStatistics, ...], str]:
    """Return the statistics of searches, and one line on omitted strategies or missing statistics; "" for none.

    `trials` are those of the searches, `truth` a complete table of their space or None; then `nothing` is the regret of
    a search that found nothing. With a budget of core `seconds` the searches are judged there, otherwise after the most
    trials of a search, and after the core seconds that the searches of the cheapest strategy took (median).
    `spread_of_seeds` is that of the measurement.
    """
    counts = _different(trials)
    left_out = [f"{name} ({count})" for name, count in counts.items() if count < LEAST]
    trials = trials[trials["strategy"].map(counts).astype(int) >= LEAST]
    if len(counts) - len(left_out) < 2:
        seen = ", ".join(f"{name} has {count}" for name, count in counts.items())
        return (), f"No statistics: they need {LEAST} different searches of two strategies or more; {seen or 'none'}."
    trials = in_order(trials)
    first, limits = measure.objectives[0], measure.limits
    if truth is None and not (within(trials, limits) & finished(trials).to_numpy()).any():
        return (), f"No statistics: no search found a network within {' and '.join(one.amount for one in limits)}."
    rope = spread_of_seeds if first.column == DEFAULT_OBJECTIVES[0] and isfinite(spread_of_seeds) else 0.0
    found = []
    for over in EFFORTS if seconds == np.inf else EFFORTS[1:]:
        curves = _curves(trials, truth, first, limits, over)
        budget = _budget(curves, over) if seconds == np.inf or over == "evaluations" else seconds
        worst = nothing if truth is not None else curves.attrs["worst"]
        curves["best"] = curves["best"].fillna(worst)
        scores = at_budget(curves, budget, nothing=worst)  # none: its first training had not ended
        volumes = _hypervolumes(trials, (curves[over] <= budget).to_numpy(), truth, measure)
        if volumes is not None:
            scores = scores.merge(volumes, on=RUN)
        found.append(_statistics(curves, scores, budget, rope, known=truth is not None))
    return tuple(found), f"Not in the statistics, which need {LEAST} different searches: {', '.join(left_out)}." * bool(
        left_out
    )


def _different(trials: pd.DataFrame) -> dict[str, int]:
    """Return strategy -> number of its searches that differ: a list of networks is one search for all seeds."""
    parts = [column for column in ("key", "fidelity", "trained_seed") if column in trials]
    rows = pd.Series(list(trials[parts].itertuples(index=False, name=None)), index=trials.index)
    searches = rows.astype(str).groupby([trials[column] for column in RUN], sort=False).agg("|".join)
    return {str(name): int(count) for name, count in searches.groupby("strategy", sort=False).nunique().items()}


def _curves(
    trials: pd.DataFrame, truth: Truth | None, objective: Objective, limits: Sequence[Limit], over: Effort
) -> pd.DataFrame:
    """Return the curves of the regret, or without a truth those of the distance to the best result of any search."""
    if truth is not None:
        return regret_so_far(trials, truth, objective=objective, limits=limits, over=over)
    fits = within(trials, limits) & finished(trials).to_numpy()
    curves = best_so_far(
        trials.assign(**{objective.column: trials[objective.column].where(fits)}), objective, over=over
    )
    losses = np.where(fits, objective.losses(trials), np.nan)
    curves["best"] = np.where(objective.maximise, -1, 1) * curves["best"] - np.nanmin(losses)
    curves.attrs["worst"] = float(np.nanmax(losses) - np.nanmin(losses))
    return curves


def _budget(curves: pd.DataFrame, over: Effort) -> float:
    spent = curves.groupby(RUN, sort=False)[over].max()
    return float(spent.max() if over == "evaluations" else spent.groupby("strategy").median().min())


def _hypervolumes(
    trials: pd.DataFrame, in_time: NDArray[np.bool_], truth: Truth | None, measure: ComparisonCriterion
) -> pd.DataFrame | None:
    """Return what the front of each search at the budget lacks, percent; None if the front of all is not known."""
    if truth is None or not measure.volume or not {o.column for o in measure.objectives} <= set(truth.means()):
        return None
    trials = trials.assign(error=trials["error"].where(in_time, "after the budget"))  # a search that had none lacks all
    lacking = hypervolume_regret(trials, truth, *measure.objectives, reference=measure.reference)
    return (100 * lacking / measure.volume).rename("hypervolume").reset_index()


def _statistics(
    curves: pd.DataFrame, scores: pd.DataFrame, budget: float, rope: float, *, known: bool
) -> ComparisonStatistics:
    table = aggregate(scores, rng=np.random.default_rng(0)).set_index("strategy")
    groups = scores.groupby("strategy", sort=False)
    table["median"] = groups["score"].median()
    wide = scores.pivot(index="run_seed", columns="strategy", values="score").dropna()
    ranks = rank_test(wide) if len(wide) > 1 else None
    table["rank"] = ranks.ranks if ranks is not None else table["value"].rank()
    if "hypervolume" in scores:
        volumes = scores.drop(columns="score").rename(columns={"hypervolume": "score"})
        table["hypervolume"] = aggregate(volumes, rng=np.random.default_rng(0)).set_index("strategy")["value"]
    values = {str(name): part["score"].to_numpy() for name, part in groups}
    if RANDOM in values:
        table["a12"] = pd.Series({name: a12(own, values[RANDOM]) for name, own in values.items()})
        if np.median(values[RANDOM]) > 0:
            table["saved"] = relative_improvement(scores, RANDOM)
    pairs = equivalences(scores, rope=rope)
    sides = list(zip(pairs["strategy"], pairs["other"], strict=True))
    pairs["a12"] = [a12(values[one], values[other]) for one, other in sides]
    if ranks is not None:
        for test in ("nemenyi", "wilcoxon"):
            pairs[test] = [float(getattr(ranks, test).loc[pair]) for pair in sides]
    ordered = table.sort_values(["rank", "value"], kind="stable").reset_index()
    return ComparisonStatistics(effort_of(curves), budget, known, rope, curves, scores, ordered, pairs, ranks)
