"""How fast the strategies get there."""

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
    means = stats.average(curves)
    unit, divisor = _unit(means, over)
    colours = strategy_colours(means["strategy"])
    ends = []
    for strategy, part in ((str(name), part) for name, part in means.groupby("strategy")):
        x, mean = part[over].to_numpy(dtype=float) / divisor, part["mean"].to_numpy(dtype=float)
        ax.step(x, mean, where="post", color=colours[strategy], linewidth=1.8, zorder=3)
        spread = part["spread"].fillna(0.0).to_numpy(dtype=float)
        ax.fill_between(x, mean - spread, mean + spread, step="post", color=colours[strategy], alpha=0.15, linewidth=0)
        ends.append(Label(x[-1], mean[-1], spoken(strategy), darker(colours[strategy]), 9.5, "bold"))
    ax.set(xlabel=unit, ylabel=f"Best so far: {axis_label(objective)}")
    dress(ax, f"Best so far on the measured plane: {title}" if title else "Best so far on the measured plane")
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
