"""Curves of a strategy over effort: median or interquartile mean of its seeds, with bootstrap bands."""

import numpy as np
import pandas as pd

from nasbench_pose.errors import pick
from nasbench_pose.scalar import whole
from nasbench_pose.stats.aggregates import STATISTICS
from nasbench_pose.stats.curves import checked_curves, effort_of

POINTS, RESAMPLES = 80, 400


def banded(
    curves: pd.DataFrame,
    statistic: str = "iqm",
    *,
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
    points: int = POINTS,
) -> pd.DataFrame:
    """Return a statistic of each strategy's curves with its 95 % band: strategy, the effort, value, low, high, seeds.

    `curves` are those of `best_so_far`, `hypervolume_so_far` or `benchmark.regret`. A curve is a step function. It is
    read at up to `points` efforts, the first of which is the first at which every seed has a value. A resample draws
    whole curves, so the band of one strategy is that of its seeds. Seeds that never have a value are left out; `seeds`
    counts the others.

    >>> curves = pd.DataFrame({"strategy": "a", "run_seed": [0, 0, 1, 1], "evaluations": [1, 2, 1, 2]})
    >>> found = banded(curves.assign(best=[1.0, 3.0, 2.0, 4.0]), "mean", rng=np.random.default_rng(0))
    >>> found[["evaluations", "value", "low", "high"]].values.tolist()
    [[1.0, 1.5, 1.0, 2.0], [2.0, 3.5, 3.0, 4.0]]
    """
    of, curves = pick("statistic", statistic, STATISTICS), checked_curves(curves)
    effort, resamples = effort_of(curves), whole(resamples, "number of resamples", least=1)
    points = whole(points, "number of points", least=1)
    parts = []
    for name, part in curves.groupby("strategy", sort=False):
        wide = wide_curves(part, effort, points)
        values = wide.to_numpy().T  # (seeds, efforts)
        if not values.size:
            continue
        seeds = len(values)
        found = of(values[rng.integers(seeds, size=(resamples, seeds))], axis=1)
        low, high = np.quantile(found, [0.025, 0.975], axis=0)
        table = pd.DataFrame({"value": of(values, axis=0), "low": low, "high": high}, index=wide.index)
        parts.append(table.assign(strategy=name, seeds=seeds).rename_axis(effort).reset_index())
    columns = ["strategy", effort, "value", "low", "high", "seeds"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def wide_curves(curves: pd.DataFrame, effort: str, points: int = POINTS) -> pd.DataFrame:
    """Return the curves of one strategy side by side: a row for each effort, a column for each seed.

    The rows begin where every seed has a value; at most `points` of them are kept, evenly among those there are.
    """
    steps = curves.dropna(subset=["best"]).drop_duplicates(["run_seed", effort], keep="last")
    wide = steps.pivot(index=effort, columns="run_seed", values="best").sort_index().ffill().dropna()
    if len(wide) > points:
        wide = wide.iloc[np.unique(np.linspace(0, len(wide) - 1, points).round().astype(int))]
    return wide
