"""The genes of the networks: parallel coordinates, and the map of choices. Their lines and cells are made in the page.

Both show what is shown elsewhere, so the page computes them anew whenever a limit or a brush changes.
"""

import numpy as np
from bokeh.models import BoxSelectTool, ColumnDataSource, FixedTicker, LinearColorMapper, TapTool
from bokeh.palettes import Blues9
from bokeh.plotting import figure as Figure

from nasbench_pose.report.html.look import FAINT, blank, hover
from nasbench_pose.report.html.networks import Networks
from nasbench_pose.report.html.planes import Linked

CELL_WIDTH = 24
"""Pixels for a gene in the map of choices."""
AXIS_WIDTH = 64
"""Pixels for an axis of the parallel coordinates; on a narrow screen they are scrolled."""


def parallel(shared: Linked) -> Figure:
    """Return the parallel coordinates of the genes and the metrics, each axis from its lowest to its highest value."""
    networks = shared.networks
    metrics = [f"{one.metric.heading} {'↑' if one.maximise else '↓'}" for one in networks.objectives]
    names = [*networks.options, *metrics]
    drawn = blank(
        "parallel_coordinates", height=420, min_width=AXIS_WIDTH * len(names),
        x_range=(-0.4, len(names) - 0.6), y_range=(-0.08, 1.08),
        x_axis_label="Genes, then metrics from low to high, logarithmic as in the plane; ↑ ↓ is better",
    )  # fmt: skip
    lines = ColumnDataSource({"xs": [], "ys": [], "colour": [], "row": []}, name="lines")
    drawn.multi_line("xs", "ys", source=lines, line_color="colour", line_alpha=0.35, line_width=1.2)
    ends = ColumnDataSource({"x": [], "y": [], "text": []}, name="axis ends")
    drawn.text("x", "y", "text", source=ends, text_font_size="10px", text_align="left", x_offset=4, name="options")
    drawn.xaxis.ticker = FixedTicker(ticks=list(range(len(names))))
    drawn.xaxis.major_label_overrides = dict(enumerate(names))
    drawn.xaxis.major_label_orientation = 0.6 if len(names) > 6 else "horizontal"
    drawn.yaxis.visible = False
    drawn.ygrid.visible = False
    drawn.xgrid.grid_line_alpha = 0.8
    brush = BoxSelectTool(description="Brush: drag over an axis", name="brush axes")
    drawn.add_tools(brush)
    drawn.toolbar.active_drag = brush
    return drawn


def choice_map(networks: Networks) -> Figure | None:
    """Return the map of choices: the share of the shown networks with each option; None without genes to choose."""
    genes = [gene for gene, options in networks.options.items() if len(options) > 1]
    if not genes:
        return None
    rows = list(dict.fromkeys(str(value) for gene in genes for value in networks.options[gene]))
    cells = [(gene, str(value)) for gene in genes for value in networks.options[gene]]
    source = ColumnDataSource(
        {"gene": [gene for gene, _ in cells], "option": [option for _, option in cells],
         "share": np.zeros(len(cells)), "text": [""] * len(cells), "ink": [""] * len(cells)},
        name="choices",
    )  # fmt: skip
    drawn = blank(
        "choice_map", height=max(220, 26 * len(rows) + 130), x_range=genes, y_range=rows[::-1],
        min_width=CELL_WIDTH * len(genes) + 110, x_axis_label="Gene", y_axis_label="Option",
    )  # fmt: skip
    mapper = LinearColorMapper(palette=Blues9[::-1], low=0, high=100)
    marks = drawn.rect(
        "gene", "option", 0.96, 0.92, source=source, fill_color={"field": "share", "transform": mapper},
        line_color=FAINT, line_alpha=0.3, nonselection_fill_alpha=1.0,
    )  # fmt: skip
    drawn.text(
        "gene", "option", "text", source=source, text_color="ink", text_font_size="11px", text_align="center",
        text_baseline="middle", nonselection_text_alpha=1.0,
    )  # fmt: skip
    drawn.grid.visible = False
    drawn.xaxis.major_label_orientation = 0.9 if len(genes) > 8 else "horizontal"
    hover(drawn, marks, [("gene", "@gene"), ("option", "@option"), ("share", "@share{0.0} %")])
    drawn.add_tools(TapTool())
    return drawn
