"""Curves of strategies: incumbent, regret and what `stats` aggregates, over evaluations or seconds."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from nasbench_pose import stats
from nasbench_pose.objective import ACCURACY, Limit, Objective, within
from nasbench_pose.plots.labels import Label, name_ends
from nasbench_pose.plots.measured import BASELINES
from nasbench_pose.plots.strategy_colours import spoken_names, strategy_colours
from nasbench_pose.plots.style import axes, axis_label, darker, dress, headline
from nasbench_pose.stats.inputs import with_columns

_TIMES = {"hours": 3600.0, "minutes": 60.0, "seconds": 1.0}


def best_so_far(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    over: stats.Effort = "evaluations",
    objective: Objective = ACCURACY,
    protocol: str = "",
    limits: Sequence[Limit] = (),
    budget: str = "",
    among: Iterable[str] = (),
) -> Axes:
    """Draw the incumbent of each strategy, mean over its seeds with a band of one standard deviation; return `ax`.

    `frame` is that of `stats.best_so_far`; rows of the strategy `baselines` are left out. Networks beyond a limit
    cost effort but are never the incumbent. `protocol` is the title of the protocol, `budget` that of each search in
    words. `among` are all strategies of the comparison, so that they have the same colour and name in all its figures.
    """
    ax = axes(ax)
    with_columns(frame, "trials", *stats.RUN, objective.column)
    searched = frame[frame["strategy"] != BASELINES]
    fits = searched[objective.column].where(within(searched, limits))
    curves = stats.best_so_far(searched.assign(**{objective.column: fits}), objective, over=over)
    curves["best"] /= objective.metric.scale
    about = headline("Best so far", protocol or stats.one_protocol(frame), limits, budget)
    table, seeds = _means(curves)
    names = [*curves["strategy"], *among]
    return _draw(table, ax, over, f"Best so far: {axis_label(objective)}", about, seeds, names)


def regret_so_far(
    curves: pd.DataFrame,
    ax: Axes | None = None,
    *,
    over: stats.Effort = "evaluations",
    objective: Objective = ACCURACY,
    protocol: str = "",
    limits: Sequence[Limit] = (),
    budget: str = "",
    among: Iterable[str] = (),
) -> Axes:
    """Draw the regret of each strategy, mean over its seeds with a band of one standard deviation; return `ax`.

    The band ends at 0: nothing is better than the best. `curves` are those of `benchmark.regret.regret_so_far`,
    made with the same objective and limits. `budget` and `among` are those of `best_so_far`.
    """
    ax = axes(ax)
    about, what = headline("Regret", protocol, limits, budget), objective.metric
    curves = curves.assign(best=curves["best"] / what.scale)
    unit = "points" if what.unit == "%" else what.unit
    ylabel = f"Regret: {what.label or what.name}{f' ({unit})' * bool(unit)}   ← better"
    table, seeds = _means(curves, least=0.0)
    return _draw(table, ax, over, ylabel, about, seeds, [*curves["strategy"], *among])


def anytime(
    curves: pd.DataFrame,
    ax: Axes | None = None,
    *,
    statistic: str = "iqm",
    over: stats.Effort = "evaluations",
    objective: Objective = ACCURACY,
    what: str = "Regret",
    less: bool = True,
    protocol: str = "",
    limits: Sequence[Limit] = (),
    budget: str = "",
    among: Iterable[str] = (),
) -> Axes:
    """Draw the median or interquartile mean of each strategy's curves with its 95 % bootstrap band; return `ax`.

    `curves` are those of `benchmark.regret.regret_so_far`, `stats.best_so_far` or `stats.hypervolume_so_far`; `what`
    they are is the label of the axis; `less` of it is better. `budget` and `among` are those of `best_so_far`. Use it
    from ten seeds on; `regret_so_far` draws fewer. The resamples are drawn with a fixed seed: equal frames give equal
    figures. Raises UnknownNameError for another statistic.
    """
    ax = axes(ax)
    scaled = curves.assign(best=curves["best"] / objective.metric.scale)
    table = stats.banded(scaled, statistic, rng=np.random.default_rng(0))
    unit = "points" if objective.metric.unit == "%" else objective.metric.unit
    name = objective.metric.label or objective.metric.name
    seeds = f"{STATISTICS[statistic]} of {_count(table)} seeds, 95 % band"
    about, better = headline(what, protocol, limits, budget), "← better" if less else "better →"
    ylabel = f"{what}: {name}{f' ({unit})' * bool(unit)}   {better}"
    return _draw(table, ax, over, ylabel, about, seeds, [*curves["strategy"], *among])


STATISTICS = {"iqm": "interquartile mean", "median": "median", "mean": "mean"}
"""Name of a statistic -> its words."""


def _means(curves: pd.DataFrame, least: float = -np.inf) -> tuple[pd.DataFrame, str]:
    """Return the means of curves with bands of one standard deviation, from `least` on, and words for them."""
    means = stats.average(curves)
    low, high = (means["mean"] - means["spread"]).clip(lower=least), means["mean"] + means["spread"]
    table = means.assign(value=means["mean"], low=low, high=high)
    seeds = _count(table)
    return table, "one seed" if seeds == "1" else f"mean and standard deviation of {seeds} seeds"


def _count(table: pd.DataFrame) -> str:
    return "–".join(str(n) for n in sorted({table["seeds"].min(), table["seeds"].max()})) if len(table) else "0"


def _draw(
    table: pd.DataFrame, ax: Axes, over: stats.Effort, ylabel: str, title: str, seeds: str, names: Sequence[str]
) -> Axes:
    """Draw the rows of strategy, `over`, value, low, high, seeds as named staircases with bands; `names` are those of
    all strategies, also of those that found nothing."""
    unit, divisor = _unit(table, over)
    colours = strategy_colours([*map(str, names)])
    ends, shown = [], spoken_names(dict.fromkeys(map(str, names)))
    for strategy, part in ((str(name), part) for name, part in table.groupby("strategy")):
        x, value = part[over].to_numpy(dtype=float) / divisor, part["value"].to_numpy(dtype=float)
        ax.step(
            x, value, where="post", color=colours[strategy], linewidth=1.8, zorder=3, marker="o", markersize=4,
            markevery=[-1],
        )  # fmt: skip
        if (part["seeds"] > 1).all():
            low, high = part["low"].to_numpy(dtype=float), part["high"].to_numpy(dtype=float)
            ax.fill_between(x, low, high, step="post", color=colours[strategy], alpha=0.15, linewidth=0)
        ends.append(Label(x[-1], value[-1], shown[strategy], darker(colours[strategy]), 9.5, "bold"))
    ax.set(xlabel=f"{unit}\n({seeds})", ylabel=ylabel)
    dress(ax, title)
    ax.margins(x=0.02)
    if over == "evaluations":
        ax.set_xlim(left=0)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10], min_n_ticks=1))
    name_ends(ax, ends)
    return ax


def _unit(table: pd.DataFrame, over: stats.Effort) -> tuple[str, float]:
    if over == "evaluations":
        return "Trials told to the strategy", 1.0
    what = "Core {}, the strategy's own included" if over == "seconds" else "Clock of the search, {}"
    longest = float(table[over].max()) if len(table) else 0.0
    name, divisor = next((pair for pair in _TIMES.items() if longest >= 2 * pair[1]), ("seconds", 1.0))
    return what.format(name), divisor
