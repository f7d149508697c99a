"""The figures of a comparison's statistics."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from nasbench_pose import plots, stats
from nasbench_pose.objective import Limit, Objective
from nasbench_pose.report.statistics import RANDOM, ComparisonStatistics

SHOWN = 4
"""Strategies in the figure of attainment: more surfaces hide each other."""
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
    suffix: str = ".svg",
) -> Iterator[Path]:
    """Draw the statistics of a comparison into `out`, yielding each file.

    For each effort: the curves with bootstrap bands, the differences from the best strategy beside the noise of a
    training seed, and the probability of improvement. Of the finished `trials`: the attainment of the best strategies,
    and the difference of attainment of the best one and `random`.
    """
    for each in found:
        figure, ax = plots.figure()
        what = "Regret" if each.known else "Behind the best found"
        plots.anytime(each.curves, ax, over=each.over, objective=y, what=what, protocol=protocol, limits=limits)
        yield plots.save(figure, out / f"regret_{each.over}{suffix}")
        after = f"after {each.budget:,.0f} {WORDS[each.over]}"
        names = list(each.strategies["strategy"])
        figure, ax = plots.figure(height=1.9 + 0.32 * len(names))
        title = f"{what} beyond that of {names[0]}, {after}"
        plots.equivalence(each.pairs, names[0], ax, rope=each.rope, metric=y.metric, title=title)
        yield plots.save(figure, out / f"equivalence_{each.over}{suffix}")
        figure, ax = plots.figure(height=1.9 + 0.38 * len(names))
        chances = stats.improvement_table(each.scores, rng=np.random.default_rng(0))
        plots.improvement(chances, ax, title=f"Chance of less regret {after}")
        yield plots.save(figure, out / f"improvement_{each.over}{suffix}")
    yield from _attainment(list(found[0].strategies["strategy"]), trials, out, x, y, suffix)


def _attainment(
    names: list[str], trials: pd.DataFrame, out: Path, x: Objective, y: Objective, suffix: str
) -> Iterator[Path]:
    shown = trials[trials["strategy"].isin(names[:SHOWN])]
    figure, ax = plots.figure(height=5.8)
    plots.attainment(stats.attainment_surfaces(shown, x, y), x, y, ax, title="Fronts that a share of searches attain")
    yield plots.save(figure, out / f"attainment{suffix}")
    other = RANDOM if RANDOM in names and names[0] != RANDOM else names[1]
    figure, ax = plots.figure(height=5.8)
    rectangles = stats.attainment_difference(trials, names[0], other, x, y)
    plots.attainment_difference(rectangles, names[0], other, x, y, ax)
    yield plots.save(figure, out / f"attainment_difference{suffix}")
