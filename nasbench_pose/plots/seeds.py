"""The spread over seeds: the best network of every search, by strategy."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from nasbench_pose import stats
from nasbench_pose.objective import ACCURACY, Limit, Objective, within
from nasbench_pose.plots.measured import BASELINES
from nasbench_pose.plots.strategy_colours import spoken_names, strategy_colours
from nasbench_pose.plots.style import FAINT, axes, axis_label, dress
from nasbench_pose.stats.inputs import with_columns


def best_of_seeds(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    objective: Objective = ACCURACY,
    limits: Sequence[Limit] = (),
    title: str = "What every search found",
) -> Axes:
    """Draw the best result of every search: a stroke for each seed, their median and quartiles; return the axes.

    `frame` is that of `stats.best_so_far`; rows of the strategy `baselines` are left out, as are networks beyond a
    limit. The label of a strategy has its number of seeds, those that found nothing included. Drawn by
    seaborn.

    >>> frame = pd.DataFrame({"strategy": "random", "run_seed": [0, 1], "macs": 1e6, "val_pckh": [20.0, 22.0]})
    >>> [text.get_text() for text in best_of_seeds(frame).get_yticklabels()]
    ['random (2 seeds)']
    """
    import seaborn as sns  # takes more than two seconds to load

    ax = axes(ax)
    with_columns(frame, "trials", *stats.RUN, objective.column)
    searched = frame[frame["strategy"] != BASELINES]
    fits = searched[objective.column].where(within(searched, limits))
    found = stats.final_best(searched.assign(**{objective.column: fits}), objective).reset_index()
    seeds = found.groupby("strategy", sort=False)["best"].agg(["size", "count"])
    spoken = spoken_names(map(str, seeds.index))
    names = {
        name: f"{spoken[str(name)]} ({_count(*row)})"
        for name, row in zip(seeds.index, seeds.to_numpy().tolist(), strict=True)
    }
    shown = found.assign(strategy=found["strategy"].map(names), best=found["best"] / objective.metric.scale)
    order = list(names.values())
    colours = {names[name]: colour for name, colour in strategy_colours(list(names)).items()}
    common: dict[str, Any] = {"x": "best", "y": "strategy", "hue": "strategy", "order": order, "hue_order": order}
    # no jitter: seaborn draws it from NumPy's global generator, but equal frames must give equal figures
    sns.stripplot(
        shown, **common, palette=colours, marker="|", size=16, linewidth=1.2, jitter=False, legend=False, ax=ax
    )
    sns.pointplot(
        shown, **common, palette=colours, estimator="median", errorbar=("pi", 50), marker="D", markersize=7,
        linestyle="none", legend=False, ax=ax,
    )  # fmt: skip
    ax.set(xlabel=axis_label(objective), ylabel="")
    ax.grid(axis="y", visible=False)
    dress(ax, title).spines["left"].set_color(FAINT)
    return ax


def _count(seeds: int, found: int) -> str:
    """Return the number of seeds; if some found nothing, also the number of those that did.

    >>> _count(1, 1), _count(4, 4), _count(4, 1)
    ('1 seed', '4 seeds', '1 of 4 seeds')
    """
    if found < seeds:
        return f"{found} of {seeds} seeds"
    return f"{seeds} seed{'s' * (seeds != 1)}"
