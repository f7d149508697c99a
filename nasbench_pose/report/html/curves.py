"""Curves over effort of each strategy, and the learning curves of networks."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from bokeh.models import CDSView, ColumnDataSource, IndexFilter, LegendItem
from bokeh.plotting import figure as Figure
from numpy.typing import NDArray

from nasbench_pose import stats
from nasbench_pose.objective import Limit, Objective, within
from nasbench_pose.plots.strategy_colours import spoken
from nasbench_pose.plots.style import axis_label
from nasbench_pose.report.comparison import ComparisonReport
from nasbench_pose.report.html.look import blank, colours_of, hover, legend
from nasbench_pose.report.html.networks import Networks
from nasbench_pose.search import BASELINES

MOST_POINTS = 250
"""Steps of a curve that are drawn; of more, every n-th is."""
MOST_CURVES = 400
"""Learning curves in a page: those of the networks nearest to the front."""
X_LABELS = {
    "evaluations": "Trials told to the strategy   ← fewer",
    "seconds": "Seconds of one core, the strategy's own included   ← fewer",
}


def strategy_curves(report: ComparisonReport) -> list[Figure]:
    """Return the best so far over trials and over seconds, and the regret where the optimum is known."""
    searched = report.trials[report.trials["strategy"] != BASELINES]
    judged = searched[stats.finished(searched)]
    figures, among = [], sorted(set(searched["strategy"]))
    if report.criterion.within(judged).any():
        first, limits = report.criterion.objectives[0], report.criterion.limits
        label = f"Best so far: {axis_label(first)}"
        for over in ("evaluations", "seconds"):
            curves = _incumbents(searched, first, limits, "seconds" if over == "seconds" else "evaluations")
            figures.append(_curves(f"best_so_far_{over}", curves, over, label, among))
        if report.regrets is not None:
            regrets = report.regrets.assign(best=report.regrets["best"] / first.metric.scale)
            figures.append(_curves("regret", regrets, "evaluations", f"Regret: {first.metric.title}   ← better", among))
    return figures


def _incumbents(searched: pd.DataFrame, first: Objective, limits: Sequence[Limit], over: stats.Effort) -> pd.DataFrame:
    fits = searched[first.column].where(within(searched, limits))
    curves = stats.best_so_far(searched.assign(**{first.column: fits}), first, over=over)
    return curves.assign(best=curves["best"] / first.metric.scale)


def _curves(name: str, curves: pd.DataFrame, over: str, label: str, among: Sequence[str]) -> Figure:
    """Return the means over seeds as staircases, each with a band of one standard deviation."""
    means = stats.average(curves)
    drawn = blank(name, height=320, x_axis_label=X_LABELS[over], y_axis_label=label)
    strategies = sorted(set(means["strategy"]))
    names = legend(drawn, len(strategies))
    for strategy, colour in zip(strategies, colours_of(strategies, among), strict=True):
        part = _thinned(means[means["strategy"] == strategy])
        mean, spread = part["mean"], part["spread"].fillna(0.0)
        source = ColumnDataSource(
            {"x": part[over].to_numpy(dtype=np.float32), "mean": mean.to_numpy(dtype=np.float32),
             "low": (mean - spread).to_numpy(dtype=np.float32), "high": (mean + spread).to_numpy(dtype=np.float32),
             "seeds": part["seeds"].to_numpy(dtype=np.uint16)},
        )  # fmt: skip
        band = drawn.varea_step(
            "x", "low", "high", source=source, step_mode="after", fill_color=colour, fill_alpha=0.15
        )
        line = drawn.step("x", "mean", source=source, mode="after", line_color=colour, line_width=2)
        points = drawn.scatter("x", "mean", source=source, size=7, fill_color=colour, line_color=None, fill_alpha=0.0)
        points.hover_glyph = None
        hover(drawn, points, [("strategy", strategy), ("after", "@x{0,0.[0]}"), ("mean", "@mean{0.00}"),
                              ("± 1 s.d.", "@low{0.00} to @high{0.00}"), ("seeds", "@seeds")])  # fmt: skip
        names.items.append(LegendItem(label=spoken(strategy), renderers=[line, band]))
    return drawn


def _thinned(part: pd.DataFrame) -> pd.DataFrame:
    return part.iloc[np.unique(np.linspace(0, len(part) - 1, MOST_POINTS).round().astype(int))] if len(part) else part


def learning_curves(curves: pd.DataFrame, networks: Networks) -> Figure | None:
    """Return the learning curves of the trainings of the networks nearest to the front; None if none were stored.

    The page shows those of the networks that are brushed or pinned, or of the nearest ones.
    """
    place = {key: row for row, key in enumerate(networks.rows["key"])}
    known = curves[curves["key"].isin(place)]
    trainings = sorted(
        ((place[str(key)], seed, part) for (key, seed), part in known.groupby(["key", "seed"], sort=False)),
        key=lambda found: found[:2],
    )[:MOST_CURVES]
    if not trainings:
        return None
    source = ColumnDataSource(
        {"xs": [_numbers(part["training_step"]) for *_, part in trainings],
         "ys": [_numbers(part["val"]) for *_, part in trainings],
         "row": np.array([row for row, *_ in trainings], dtype=np.int32),
         "name": [str(networks.rows["name"][row] or networks.rows["key"][row]) for row, *_ in trainings],
         "seed": np.array([seed for _, seed, _ in trainings], dtype=np.int32)},
        name="learning",
    )  # fmt: skip
    drawn = blank(
        "learning_curves", height=340, x_axis_label="Training steps   → longer",
        y_axis_label="Accuracy on validation (%)   better →",
    )  # fmt: skip
    view = CDSView(filter=IndexFilter(indices=list(range(min(20, len(trainings)))), name="learning shown"))
    marks = drawn.multi_line(
        "xs", "ys", source=source, view=view, line_color="#0072B2", line_alpha=0.5, line_width=1.5,
        hover_line_color="#D55E00", hover_line_alpha=1.0,
    )  # fmt: skip
    hover(drawn, marks, [("network", "@name"), ("seed", "@seed")])
    return drawn


def _numbers(values: "pd.Series[float]") -> NDArray[np.float32]:
    return values.to_numpy(dtype=np.float32)
