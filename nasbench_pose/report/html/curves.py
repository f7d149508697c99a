"""Curves over effort of each strategy, and the learning curves of networks."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from bokeh.models import (
    BoxSelectTool,
    CDSView,
    ColumnDataSource,
    IndexFilter,
    LegendItem,
    LinearColorMapper,
    Scatter,
    TapTool,
)
from bokeh.plotting import figure as Figure
from numpy.typing import NDArray

from nasbench_pose import stats
from nasbench_pose.objective import Limit, Objective, within
from nasbench_pose.plots.style import axis_label
from nasbench_pose.report.comparison import ComparisonReport
from nasbench_pose.report.html.look import FAINT, blank, colours_of, hover, legend, short
from nasbench_pose.report.html.networks import Networks
from nasbench_pose.search import BASELINES

MOST_POINTS = 250
"""Steps of a curve that are drawn; of more, every n-th is."""
MOST_CURVES = 400
"""Learning curves in a page: those of the networks nearest to the front."""
EFFORTS: tuple[stats.Effort, ...] = ("evaluations", "seconds")
X_LABELS = {
    "evaluations": "Trials told to the strategy   ← fewer",
    "seconds": "Seconds of one core, the strategy's own included   ← fewer",
}


def strategy_curves(report: ComparisonReport, networks: Networks) -> list[Figure]:
    """Return the best so far over trials and over seconds, and the regret where the optimum is known.

    The trials are marks on the curve of their strategy, which are seen while their networks are brushed.
    """
    searched = report.trials[report.trials["strategy"] != BASELINES]
    judged = searched[stats.finished(searched)]
    if not report.criterion.within(judged).any():
        return []
    first, limits = report.criterion.objectives[0], report.criterion.limits
    label = f"Best so far: {axis_label(first)}"
    trials, figures = _trials(searched, networks), []
    for over in EFFORTS:
        curves = _incumbents(searched, first, limits, over)
        trials.data[over] = curves[over].to_numpy(dtype=np.float32)
        figures.append(_curves(f"best_so_far_{over}", curves, over, label, trials, networks.strategies))
    if report.regrets is not None:
        regrets = report.regrets.assign(best=report.regrets["best"] / first.metric.scale)
        label = f"Regret: {first.metric.title}   ← better"
        figures.append(_curves("regret", regrets, "evaluations", label, trials, networks.strategies))
    return figures


def _trials(searched: pd.DataFrame, networks: Networks) -> ColumnDataSource:
    """Return the trials in the order of curves: row of the network, -1 without one, and number of the strategy."""
    ordered = stats.in_order(searched)
    row = ordered["key"].map({key: row for row, key in enumerate(networks.rows["key"])}).fillna(-1)
    by = ordered["strategy"].map({strategy: number for number, strategy in enumerate(networks.strategies)}).fillna(0)
    return ColumnDataSource({"row": row.to_numpy(dtype=np.int32), "by": by.to_numpy(dtype=np.uint8)}, name="trials")


def _incumbents(searched: pd.DataFrame, first: Objective, limits: Sequence[Limit], over: stats.Effort) -> pd.DataFrame:
    fits = searched[first.column].where(within(searched, limits))
    curves = stats.best_so_far(searched.assign(**{first.column: fits}), first, over=over)
    return curves.assign(best=curves["best"] / first.metric.scale)


def _curves(
    name: str, curves: pd.DataFrame, over: str, label: str, trials: ColumnDataSource, every: Sequence[str]
) -> Figure:
    """Return the means over seeds as staircases, each with a band of one standard deviation, and the trials on them."""
    means = stats.average(curves)
    drawn = blank(name, height=320, x_axis_label=X_LABELS[over], y_axis_label=label)
    strategies = sorted(set(means["strategy"]))
    names = legend(drawn, len(strategies))
    heights = np.full(len(trials.data["row"]), np.nan, dtype=np.float32)
    for strategy, colour in zip(strategies, colours_of(strategies, every), strict=True):
        whole = means[means["strategy"] == strategy]
        own = trials.data["by"] == every.index(strategy)
        heights[own] = _read(whole, over, trials.data[over][own])
        part = _thinned(whole)
        mean, spread = part["mean"], part["spread"].fillna(0.0)
        source = ColumnDataSource(
            {"x": part[over].to_numpy(dtype=np.float32), "mean": mean.to_numpy(dtype=np.float32),
             "low": (mean - spread).to_numpy(dtype=np.float32), "high": (mean + spread).to_numpy(dtype=np.float32),
             "seeds": part["seeds"].to_numpy(dtype=np.uint16)},
        )  # fmt: skip
        band = drawn.varea_step(
            "x",
            "low",
            "high",
            source=source,
            step_mode="after",
            fill_color=colour,
            fill_alpha=min(0.15, 0.6 / len(strategies)),
        )
        line = drawn.step("x", "mean", source=source, mode="after", line_color=colour, line_width=2)
        seen = float(len(part) == 1)  # of a staircase of one step, nothing else is seen
        points = drawn.scatter("x", "mean", source=source, size=7, fill_color=colour, line_color=None, fill_alpha=seen)
        points.hover_glyph = None
        hover(drawn, points, [("strategy", strategy), ("after", "@x{0,0.[0]}"), ("mean", "@mean{0.00}"),
                              ("± 1 s.d.", "@low{0.00} to @high{0.00}"), ("seeds", "@seeds")])  # fmt: skip
        names.items.append(LegendItem(label=short(strategy), renderers=[line, band]))
    trials.data[name] = heights
    _add_trials(drawn, trials, over, colours_of(every))
    return drawn


def _read(means: pd.DataFrame, over: str, at: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the height of a staircase at these efforts; NaN before its first step."""
    steps = means[over].to_numpy(dtype=np.float32)
    heights = np.concatenate([[np.nan], means["mean"].to_numpy(dtype=np.float32)])
    found: NDArray[np.float32] = heights[np.searchsorted(steps, at, side="right")].astype(np.float32)
    return found


def _add_trials(drawn: Figure, trials: ColumnDataSource, over: str, colours: Sequence[str]) -> None:
    """Add the trials as marks that are seen where they are selected, and a brush along the curves."""
    mapper = LinearColorMapper(palette=[*colours], low=-0.5, high=len(colours) - 0.5)
    look = {"x": over, "y": drawn.name, "size": 8, "fill_color": {"field": "by", "transform": mapper}}
    marks = drawn.add_glyph(
        trials,
        Scatter(**look, fill_alpha=0.0, line_alpha=0.0),
        selection_glyph=Scatter(**look, fill_alpha=0.9, line_color=FAINT, line_width=0.5),
        nonselection_glyph=Scatter(**look, fill_alpha=0.0, line_alpha=0.0),
    )
    brush = BoxSelectTool(description="Brush: drag along the curves", dimensions="width", renderers=[marks])
    drawn.add_tools(brush)
    drawn.toolbar.active_drag = brush


def _thinned(part: pd.DataFrame) -> pd.DataFrame:
    return part.iloc[np.unique(np.linspace(0, len(part) - 1, MOST_POINTS).round().astype(int))] if len(part) else part


def learning_curves(curves: pd.DataFrame, networks: Networks) -> Figure | None:
    """Return the learning curves of the trainings of the networks nearest to the front; None if none were stored.

    The page shows those of the networks that are brushed or pinned, or of the nearest ones.
    """
    place = {key: row for row, key in enumerate(networks.rows["key"])}
    known = _of_trainings(curves[curves["key"].isin(place)])
    trainings = sorted(
        ((place[str(key)], seed, own, part) for (key, seed, own), part in known.groupby(["key", "seed", "own"])),
        key=lambda found: found[:3],
    )[:MOST_CURVES]
    if not trainings:
        return None
    source = ColumnDataSource(
        {"xs": [_numbers(part["training_step"]) for *_, part in trainings],
         "ys": [_numbers(part["val"]) for *_, part in trainings],
         "row": np.array([row for row, *_ in trainings], dtype=np.int32),
         "name": [str(networks.rows["name"][row] or networks.rows["key"][row]) for row, *_ in trainings],
         "seed": np.array([seed for _, seed, *_ in trainings], dtype=np.int32),
         "schedule": [f"{own} steps of its own" if own else "whole" for *_, own, _ in trainings]},
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
    hover(drawn, marks, [("network", "@name"), ("seed", "@seed"), ("schedule", "@schedule")])
    drawn.add_tools(TapTool(renderers=[marks]))
    return drawn


def _of_trainings(curves: pd.DataFrame) -> pd.DataFrame:
    """Return each point of a training once, in order; `own` is the length of a schedule of its own, else 0.

    Trials of several fidelities have the first points of one training; on schedules of their own they are several.
    """
    own = curves["fidelity"].where(curves["schedule"] == "own", 0)
    points = curves.assign(own=own).drop_duplicates(["key", "protocol", "seed", "own", "training_step"])
    return points.sort_values("training_step", kind="stable")


def _numbers(values: "pd.Series[float]") -> NDArray[np.float32]:
    return values.to_numpy(dtype=np.float32)
