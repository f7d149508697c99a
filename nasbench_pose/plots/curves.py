"""Curves of strategies: the incumbent and the regret over evaluations or seconds."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from nasbench_pose import stats
from nasbench_pose.objective import ACCURACY, Limit, Objective, within
from nasbench_pose.plots.labels import Label, name_ends
from nasbench_pose.plots.measured import BASELINES
from nasbench_pose.plots.style import axes, axis_label, darker, dress, spoken, strategy_colours

_TIMES = {"hours": 3600.0, "minutes": 60.0, "seconds": 1.0}


def best_so_far(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    over: stats.Effort = "evaluations",
    objective: Objective = ACCURACY,
    protocol: str = "",
    limits: Sequence[Limit] = (),
) -> Axes:
    """Draw the incumbent of each strategy, mean over its seeds with a band of one standard deviation; return `ax`.

    `frame` is that of `stats.best_so_far`; rows of the strategy `baselines` are left out. Networks beyond a limit
    cost effort but are never the incumbent. `protocol` is the title of the protocol.
    """
    ax = axes(ax)
    searched = frame[frame["strategy"] != BASELINES]
    fits = searched[objective.column].where(within(searched, limits))
    curves = stats.best_so_far(searched.assign(**{objective.column: fits}), objective, over=over)
    curves["best"] /= objective.metric.scale
    about = _about("Best so far", protocol or stats.one_protocol(frame), limits)
    return _draw(curves, ax, over, f"Best so far: {axis_label(objective)}", about)


def regret_so_far(
    curves: pd.DataFrame,
    ax: Axes | None = None,
    *,
    over: stats.Effort = "evaluations",
    objective: Objective = ACCURACY,
    protocol: str = "",
    limits: Sequence[Limit] = (),
) -> Axes:
    """Draw how far each strategy stays behind the best there is, mean over its seeds with a band; return `ax`.

    The band ends at 0: nothing is better than the best. `curves` are those of `benchmark.regret.regret_so_far`,
    made with the same objective and limits.
    """
    ax = axes(ax)
    about, what = _about("Regret", protocol, limits), objective.metric
    curves = curves.assign(best=curves["best"] / what.scale)
    unit = "points" if what.unit == "%" else what.unit
    ylabel = f"Regret: {what.label or what.name}{f' ({unit})' * bool(unit)}   ← better"
    return _draw(curves, ax, over, ylabel, about, least=0.0)


def _about(what: str, protocol: str, limits: Sequence[Limit]) -> str:
    among = ", ".join(limit.label for limit in limits if np.isfinite(limit.most)) or "no limit"
    return f"{what} ({among}) on the measured plane{': ' * bool(protocol)}{protocol}"


def _draw(curves: pd.DataFrame, ax: Axes, over: stats.Effort, ylabel: str, title: str, least: float = -np.inf) -> Axes:
    """Draw the means over seeds as staircases with bands of one standard deviation, from `least` on, named."""
    means = stats.average(curves)
    unit, divisor = _unit(means, over)
    colours = strategy_colours(curves["strategy"])  # also of those that found nothing
    ends = []
    for strategy, part in ((str(name), part) for name, part in means.groupby("strategy")):
        x, mean = part[over].to_numpy(dtype=float) / divisor, part["mean"].to_numpy(dtype=float)
        ax.step(
            x, mean, where="post", color=colours[strategy], linewidth=1.8, zorder=3, marker="o", markersize=4,
            markevery=[-1],
        )  # fmt: skip
        if (part["seeds"] > 1).all():
            spread = part["spread"].to_numpy(dtype=float)
            low, high = np.maximum(mean - spread, least), mean + spread
            ax.fill_between(x, low, high, step="post", color=colours[strategy], alpha=0.15, linewidth=0)
        ends.append(Label(x[-1], mean[-1], spoken(strategy), darker(colours[strategy]), 9.5, "bold"))
    ax.set(xlabel=unit, ylabel=ylabel)
    dress(ax, title)
    ax.margins(x=0.02)
    if over == "evaluations":
        ax.set_xlim(left=0)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10], min_n_ticks=1))
    name_ends(ax, ends)
    return ax


def _unit(means: pd.DataFrame, over: stats.Effort) -> tuple[str, float]:
    seeds = "–".join(str(n) for n in sorted({means["seeds"].min(), means["seeds"].max()})) if len(means) else "0"
    band = "one seed" if seeds == "1" else f"mean and standard deviation of {seeds} seeds"
    if over == "evaluations":
        return f"Trials told to the strategy   ({band})", 1.0
    longest = float(means[over].max()) if len(means) else 0.0
    name, divisor = next((pair for pair in _TIMES.items() if longest >= 2 * pair[1]), ("seconds", 1.0))
    return f"Time of one core ({name}), the strategy's own included   ({band})", divisor
