"""The figures of a comparison's statistics."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from nasbench_pose import plots, stats
from nasbench_pose.objective import Limit, Objective
from nasbench_pose.plots.style import headline
from nasbench_pose.report.figures import figure_of
from nasbench_pose.report.statistics import RANDOM, ComparisonStatistics

SHOWN = 4
"""Strategies in the figure of attainment: more surfaces hide each other."""
ATTAINED = "What a share of the searches attains, of the best strategies"
WORDS = {"evaluations": "trials", "seconds": "core seconds"}


def draw(
    found: Sequence[ComparisonStatistics],
    trials: pd.DataFrame,
    out: Path,
    x: Objective,
    y: Objective,
    *,
    protocol: str,
    limits: Sequence[Limit],
    budget: str = "",
    among: Sequence[str] = (),
    suffix: str = ".svg",
) -> Iterator[Path]:
    """Draw the statistics of a comparison into `out`, yielding each file.

    For each effort: the curves with bootstrap bands, the differences from the best strategy beside the noise of a
    training seed, and the probability of improvement. Of the finished `trials`: the attainment of the best strategies,
    and the difference of attainment of the best one and `random`. `budget` is that of each search in words, `among`
    are all strategies of the comparison.
    """
    for each in found:
        figure, ax = plots.figure()
        what = "Regret" if each.known else "Behind the best found"
        plots.anytime(
            each.curves, ax, over=each.over, objective=y, what=what, protocol=protocol, limits=limits, budget=budget,
            among=among,
        )  # fmt: skip
        yield plots.save(figure, out / f"regret_{each.over}{suffix}")
        after = f"after {each.budget:,.0f} {WORDS[each.over]}"
        names = list(each.strategies["strategy"])
        title = headline(f"{what} beyond that of the first in rank {after}", protocol, limits)
        ax = plots.equivalence(each.pairs, names[0], rope=each.rope, metric=y.metric, title=title, among=among)
        yield plots.save(figure_of(ax), out / f"equivalence_{each.over}{suffix}")
        chances = stats.improvement_table(each.scores, rng=np.random.default_rng(0))
        title = headline(f"Chance of less regret {after}", protocol, limits)
        ax = plots.improvement(chances, title=title, among=among)
        yield plots.save(figure_of(ax), out / f"improvement_{each.over}{suffix}")
    names = list(found[0].strategies["strategy"])
    surfaces = stats.attainment_surfaces(trials[trials["strategy"].isin(names[:SHOWN])], x, y)
    title = headline(ATTAINED, protocol, limits, budget)
    yield plots.save(figure_of(plots.attainment(surfaces, x, y, title=title, among=among)), out / f"attainment{suffix}")
    other = RANDOM if RANDOM in names and names[0] != RANDOM else names[1]
    rectangles = stats.attainment_difference(trials, names[0], other, x, y)
    title = headline("Where more searches of one strategy get than of another", protocol, limits, budget)
    ax = plots.attainment_difference(rectangles, names[0], other, x, y, title=title, among=among)
    yield plots.save(figure_of(ax), out / f"attainment_difference{suffix}")
