"""How fast the strategies get there."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from nasbench_pose import stats
from nasbench_pose.objective import Objective
from nasbench_pose.plots.labels import Label, name_ends
from nasbench_pose.plots.measured import BASELINES, PCKH
from nasbench_pose.plots.style import axis_label, darker, dress, spoken, strategy_colours

_TIMES = {"hours": 3600.0, "minutes": 60.0, "seconds": 1.0}


def best_so_far(
    frame: pd.DataFrame,
    ax: Axes,
    *,
    over: stats.Effort = "evaluations",
    objective: Objective = PCKH,
    protocol: str = "",
) -> Axes:
    """Draw the incumbent of each strategy, mean over its seeds with a band of one standard deviation; return `ax`.

    `frame` is that of `stats.best_so_far`; rows of the strategy `baselines` are left out. `protocol` is its title.
    """
    title = protocol or stats.one_protocol(frame)
    curves = stats.best_so_far(frame[frame["strategy"] != BASELINES], objective, over=over)
    about = f"Best so far on the measured plane: {title}" if title else "Best so far on the measured plane"
    return _draw(curves, ax, over, f"Best so far: {axis_label(objective)}", about)


def regret_so_far(
    curves: pd.DataFrame, ax: Axes, *, over: stats.Effort = "evaluations", protocol: str = "", within: str = ""
) -> Axes:
    """Draw how far each strategy stays behind the best there is, mean over its seeds with a band; return `ax`.

    The band ends at 0: nothing is better than the best. `curves` are those of `benchmark.regret.regret_so_far`, in
    points of PCKh; `within` says among which genotypes, if not all.
    """
    about = f"Regret on the measured plane: {', '.join(filter(None, (protocol, within)))}"
    return _draw(curves, ax, over, "Regret (points of PCKh@0.5)   ← better", about, least=0.0)


def _draw(curves: pd.DataFrame, ax: Axes, over: stats.Effort, ylabel: str, title: str, least: float = -np.inf) -> Axes:
    """Draw the means over seeds as staircases with bands of one standard deviation, from `least` on, named."""
    means = stats.average(curves)
    unit, divisor = _unit(means, over)
    colours = strategy_colours(curves["strategy"])  # also of those that found nothing
    ends = []
    for strategy, part in ((str(name), part) for name, part in means.groupby("strategy")):
        x, mean = part[over].to_numpy(dtype=float) / divisor, part["mean"].to_numpy(dtype=float)
        ax.step(x, mean, where="post", color=colours[strategy], linewidth=1.8, zorder=3)
        spread = part["spread"].fillna(0.0).to_numpy(dtype=float)
        low, high = np.maximum(mean - spread, least), mean + spread
        ax.fill_between(x, low, high, step="post", color=colours[strategy], alpha=0.15, linewidth=0)
        ends.append(Label(x[-1], mean[-1], spoken(strategy), darker(colours[strategy]), 9.5, "bold"))
    ax.set(xlabel=unit, ylabel=ylabel)
    dress(ax, title)
    ax.margins(x=0.02)
    name_ends(ax, ends)
    return ax


def _unit(means: pd.DataFrame, over: stats.Effort) -> tuple[str, float]:
    seeds = "–".join(str(n) for n in sorted({means["seeds"].min(), means["seeds"].max()})) if len(means) else "0"
    band = f"mean and standard deviation of {seeds} seeds"
    if over == "evaluations":
        return f"Trials told to the strategy   ({band})", 1.0
    longest = float(means[over].max()) if len(means) else 0.0
    name, divisor = next((pair for pair in _TIMES.items() if longest >= 2 * pair[1]), ("seconds", 1.0))
    return f"Time of one core ({name}), the strategy's own included   ({band})", divisor
