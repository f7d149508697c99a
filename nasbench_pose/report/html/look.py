"""The look of the interactive figures: axes with directions, tools, colours."""

from collections.abc import Iterable, Sequence
from typing import Any

from bokeh.models import (
    BoxSelectTool,
    ColumnDataSource,
    FixedTicker,
    HoverTool,
    LassoSelectTool,
    Legend,
    LogAxis,
    NoOverlap,
    NumeralTickFormatter,
    PanTool,
    ResetTool,
    SaveTool,
    TapTool,
    WheelZoomTool,
)
from bokeh.plotting import figure
from bokeh.plotting import figure as Figure

from nasbench_pose.objective import Objective
from nasbench_pose.plots.strategy_colours import spoken, strategy_colours
from nasbench_pose.plots.style import axis_label
from nasbench_pose.search import BASELINES

SEVERAL, HAND_MADE = "#1c2430", "#b8860b"
"""Colours of networks that several strategies proposed, which is the page's own ink, and of hand-made ones."""
FAINT = "#8a8a8a"
LINE_OF_LEGEND = 23
"""Pixels."""
LONGEST_NAME = 44
"""Letters of a name in a legend."""
LOG_TICKS = [digit * 10.0**power for power in range(-6, 13) for digit in range(1, 10)]
"""Ticks of a logarithmic axis; the page leaves out some where there are many, see script/look.js."""


def colours_of(strategies: Sequence[str], among: Iterable[str] = ()) -> list[str]:
    """Return the colours of strategies in their order; `among` are all of the comparison, as in the other figures."""
    known = strategy_colours({*strategies, *among} - {BASELINES})
    return [known.get(name, HAND_MADE) for name in strategies]


def plane(name: str, x: Objective, y: Objective, *, log: tuple[bool, bool], **more: Any) -> Figure:
    """Return an empty figure of two metrics, which `log` says the scales of, with the tools of a plane of networks."""
    drawn = blank(
        name,
        x_axis_type="log" if log[0] else "linear",
        y_axis_type="log" if log[1] else "linear",
        x_axis_label=axis_label(x),
        y_axis_label=axis_label(y),
        **more,
    )
    brush = BoxSelectTool(description="Brush: drag over networks")
    drawn.add_tools(brush, LassoSelectTool(), TapTool())
    drawn.toolbar.active_drag = brush
    return drawn


def blank(name: str, *, height: int = 420, min_width: int = 200, **more: Any) -> Figure:
    """Return an empty figure that fills the width of its column; pages colour its text for light and dark."""
    drawn = figure(
        name=name,
        height=height,
        sizing_mode="stretch_width",
        min_width=min_width,
        toolbar_location="above",
        tools=[],
        **more,
    )
    drawn.add_tools(PanTool(), WheelZoomTool(), ResetTool(), SaveTool(filename=name))
    drawn.toolbar.logo = None
    drawn.background_fill_color = drawn.border_fill_color = None
    drawn.outline_line_color = None
    drawn.grid.grid_line_color, drawn.grid.grid_line_alpha = FAINT, 0.25
    drawn.axis.axis_line_color = drawn.axis.major_tick_line_color = FAINT
    drawn.axis.minor_tick_line_color = None
    drawn.axis.axis_label_text_font_style = "normal"
    drawn.axis.axis_label_text_font_size = "12px"
    for axis in drawn.select(LogAxis):
        axis.ticker = FixedTicker(ticks=LOG_TICKS)  # over less than two decades, LogTicker has linear ticks
        axis.major_label_policy = NoOverlap()
        axis.formatter = NumeralTickFormatter(format="0,0.[000000]")
    return drawn


def legend(drawn: Figure, entries: int) -> Legend:
    """Return an empty legend below a figure, which grows by it: two entries a line; a click on one hides its marks."""
    drawn.height += LINE_OF_LEGEND * -(-entries // 2)
    made = Legend(
        click_policy="hide", ncols=2, location="left", margin=0, label_text_font_size="11px", glyph_width=16,
        background_fill_alpha=0, border_line_color=None,
    )  # fmt: skip
    drawn.add_layout(made, "below")
    return made


def short(strategy: str) -> str:
    """Return the name of a strategy for a legend, in which a longer one would leave no room for the others."""
    words = spoken(strategy)
    return words if len(words) <= LONGEST_NAME else f"{words[:24]}…{words[25 - LONGEST_NAME :]}"


def hover(drawn: Figure, renderer: Any, tooltips: Sequence[tuple[str, str]] | None = None) -> None:
    """Show `tooltips` over the marks of a renderer; without any, the page shows the card of the network.

    The page knows by the data source which network is under the pointer: a served page may not run a `CustomJS`.
    """
    drawn.add_tools(HoverTool(renderers=[renderer], tooltips=list(tooltips) if tooltips else None))


def positive(source: ColumnDataSource, objective: Objective) -> bool:
    """Return whether a metric is plotted on a logarithmic axis: the catalogue says so and no value is 0 or less."""
    values = source.data[objective.column] / objective.metric.scale
    return bool(objective.metric.log and (values[values == values] > 0).all())
