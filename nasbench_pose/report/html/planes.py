"""The measured plane and its companions: every pair of three metrics, with one data source and one filter."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from bokeh.models import (
    BooleanFilter,
    CDSView,
    ColorMapper,
    ColumnDataSource,
    LegendItem,
    LinearColorMapper,
    LogColorMapper,
    Scatter,
)
from bokeh.palettes import cividis
from bokeh.plotting import figure as Figure

from nasbench_pose.objective import Limit, Objective
from nasbench_pose.plots.fronts import corners
from nasbench_pose.report.html.look import FAINT, SEVERAL, colours_of, hover, legend, plane, positive, short
from nasbench_pose.report.html.networks import Networks

PALETTE = list(reversed(cividis(64)))


@dataclass(frozen=True)
class Linked:
    """What the figures of the networks share: the data, the rows that the limits leave, and the colours."""

    networks: Networks
    source: ColumnDataSource
    kept: BooleanFilter
    mappers: dict[str, ColorMapper]
    """Column -> its colours; `by` is who proposed the network."""

    @property
    def view(self) -> CDSView:
        """The networks within the limits."""
        return CDSView(filter=self.kept)


def linked(networks: Networks) -> Linked:
    """Return the shared data of the figures: metrics in the units of the axes."""
    columns = networks.columns()
    for objective in networks.objectives:
        if objective.metric.scale != 1:
            columns[objective.column] = (columns[objective.column] / objective.metric.scale).astype(np.float32)
    source = ColumnDataSource(columns, name="networks")
    kept = BooleanFilter(booleans=None, name="kept")
    return Linked(networks, source, kept, {"by": _by(networks), **_scales(networks, columns)})


def _by(networks: Networks) -> ColorMapper:
    colours = [*colours_of(networks.strategies), SEVERAL]
    return LinearColorMapper(palette=colours, low=-0.5, high=len(colours) - 0.5, name="colour:by")


def _scales(networks: Networks, columns: dict[str, Any]) -> dict[str, ColorMapper]:
    found: dict[str, ColorMapper] = {}
    for objective in networks.objectives:
        values = columns[objective.column]
        finite = values[np.isfinite(values)]
        log = objective.metric.log and finite.size > 0 and bool((finite > 0).all())
        kind = LogColorMapper if log else LinearColorMapper
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
        found[objective.column] = kind(palette=PALETTE, low=low, high=high, name=f"colour:{objective.column}")
    return found


def measured(shared: Linked, limits: tuple[Limit, ...]) -> Figure:
    """Return accuracy over cost: every network, the front of each strategy, and the front of what is shown."""
    networks = shared.networks
    drawn = _scatter(shared, "measured_plane", networks.cost, networks.quality, height=440)
    _fronts(drawn, networks)
    shown = ColumnDataSource({"x": [], "y": []}, name="front")
    line = drawn.step(
        "x", "y", source=shown, mode="before" if networks.cost.maximise else "after", line_width=2.5,
        line_color="#D55E00", line_dash=[6, 3], name="front of what is shown",
    )  # fmt: skip
    drawn.legend.items.append(LegendItem(label="front of what is shown", renderers=[line]))
    for limit in limits:
        if limit.column == networks.cost.column and np.isfinite(limit.most):
            line = drawn.vspan(x=limit.most / limit.metric.scale, line_color=FAINT, line_dash="dotted", line_width=2)
            drawn.legend.items.append(LegendItem(label=f"limit: {limit.label}", renderers=[line]))
    return drawn


def pairs(shared: Linked) -> list[Figure]:
    """Return the other two planes of the objectives and a third metric; none if there is no third."""
    if len(shared.networks.objectives) < 3:
        return []
    quality, cost, third = shared.networks.objectives[:3]
    return [
        _scatter(shared, f"plane_{x.column}_{y.column}", x, y, height=320) for x, y in ((third, quality), (cost, third))
    ]


def _scatter(shared: Linked, name: str, x: Objective, y: Objective, *, height: int) -> Figure:
    log = positive(shared.source, x), positive(shared.source, y)
    drawn = plane(name, x, y, log=log, height=height, output_backend="canvas")
    look = {"size": 7, "fill_color": {"field": "by", "transform": shared.mappers["by"]}, "line_color": None}
    marks = drawn.add_glyph(
        shared.source,
        Scatter(x=x.column, y=y.column, fill_alpha=0.75, **look),
        selection_glyph=Scatter(x=x.column, y=y.column, fill_alpha=0.95, **look),
        nonselection_glyph=Scatter(x=x.column, y=y.column, size=4, fill_color=FAINT, fill_alpha=0.12, line_color=None),
        view=shared.view,
        name="marks",
    )
    hover(drawn, marks)
    return drawn


def _fronts(drawn: Figure, networks: Networks) -> None:
    """Draw the staircase of each strategy: the front of its networks at their means."""
    names = legend(drawn, len(networks.strategies) + 2)  # the front of what is shown, and a limit
    mode = "before" if networks.cost.maximise else "after"
    for number, (strategy, colour) in enumerate(zip(networks.strategies, colours_of(networks.strategies), strict=True)):
        own = networks.rows[(networks.proposed >> number & 1).astype(bool)]
        across, up = corners(own, networks.cost, networks.quality).T.astype(np.float32)  # as the networks themselves
        line = drawn.step(across, up, mode=mode, line_color=colour, line_width=2)
        names.items.append(LegendItem(label=short(strategy), renderers=[line]))
