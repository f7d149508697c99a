"""The published plane: accuracies of papers over costs as published, or recounted under any convention."""

from collections.abc import Mapping
from functools import cache

import numpy as np
import pandas as pd
from bokeh.models import BoxSelectTool, ColumnDataSource, LegendItem
from bokeh.plotting import figure as Figure

from nasbench_pose import reference
from nasbench_pose.cost import CONVENTIONS
from nasbench_pose.plots.published import CONVENTIONS as PRINTED
from nasbench_pose.plots.style import FAMILIES, family
from nasbench_pose.reference import NETWORKS
from nasbench_pose.report.figures import PUBLISHED
from nasbench_pose.report.html.look import FAINT, blank, hover, legend
from nasbench_pose.report.html.networks import Networks
from nasbench_pose.spaces import find

RECOUNTED = ("macs", "hrnet", "mmcv", "fvcore", "thop")
"""The conventions of which the page offers the counts."""
COUNTS = {f"as_{convention}": convention for convention in RECOUNTED}
"""Column -> convention of the costs in it."""
MARKS = {"hrnet": "circle", "mmcv": "square", "macs": "diamond", "torchstat": "triangle", "osmr": "inverted_triangle",
         "unspecified": "x", "flops_unverified": "plus"}  # fmt: skip
"""Convention of a published cost -> marker."""


def published_planes(networks: Networks | None = None) -> list[Figure]:
    """Return a plane for MPII and one for COCO; `plotted` is the column of costs that the page exchanges.

    `row` is that of the same network among the measured ones, -1 without one.
    """
    keys = [] if networks is None else networks.rows["key"].tolist()
    place = {key: row for row, key in enumerate(keys)}
    measured = {model: place.get(find(network).key, -1) for model, network in NETWORKS.items()} if place else {}
    return [_plane(name, measured, *about) for name, about in PUBLISHED.items()]


def printed_conventions() -> list[tuple[str, str]]:
    """Return the conventions of published costs, with what each counts."""
    return [(convention.replace("_", " "), PRINTED[convention][1]) for convention in MARKS]


def _plane(
    name: str, measured: Mapping[str, int], dataset: str, split: str, size: tuple[int, int], title: str, lowest: float
) -> Figure:
    rows = _rows(dataset, split, size, lowest)
    costs = {name: rows[name].to_numpy(dtype=np.float64) for name in ("as_published", *COUNTS)}
    drawn = blank(
        name, height=420, x_axis_type="log",
        x_axis_label="Cost per person (G, as selected)   ← cheaper",
        y_axis_label=f"{rows['metric'].iloc[0]} as published (%)   better →",
    )  # fmt: skip
    drawn.title.text = f"Published plane: {title}"
    conventions = [one for one in MARKS if (rows["convention"] == one).any()]
    names = legend(drawn, len(conventions))
    for convention in conventions:
        own = (rows["convention"] == convention).to_numpy()
        part = rows[own]
        source = ColumnDataSource(
            {"plotted": costs["as_macs"][own], **{column: values[own] for column, values in costs.items()},
             "value": part["value"].to_numpy(dtype=np.float64), "model": part["model"].tolist(),
             "source": part["source"].fillna("").tolist(), "year": part["year"].fillna(0).to_numpy(dtype=np.uint16),
             "convention": [PRINTED[convention][1]] * len(part),
             "row": np.array([measured.get(model, -1) for model in part["model"]], dtype=np.int32),
             "colour": [FAMILIES.get(family(NETWORKS.get(m, "")), FAINT) for m in part["model"]],
             "counted": ["counted by this package" if m in NETWORKS else "as published" for m in part["model"]]},
            name="published",
        )  # fmt: skip
        marks = drawn.scatter(
            "plotted", "value", source=source, marker=MARKS[convention], size=9, fill_color="colour",
            line_color="colour", fill_alpha=0.65, name="published",
        )  # fmt: skip
        names.items.append(LegendItem(label=convention.replace("_", " "), renderers=[marks]))
        hover(drawn, marks, [("model", "@model (@year)"), ("accuracy", "@value{0.0} %"), ("shown", "@plotted{0.00} G"),
                             ("as published", "@as_published{0.00} G, @convention"), ("recounted", "@counted"),
                             ("source", "@source")])  # fmt: skip
    brush = BoxSelectTool(description="Brush: drag over published networks", renderers=[])  # the page selects them
    drawn.add_tools(brush)
    drawn.toolbar.active_drag = brush
    return drawn


@cache
def _rows(dataset: str, split: str, size: tuple[int, int], lowest: float) -> pd.DataFrame:
    """Return the published results with their cost as published and under each convention, each in its own G.

    A network that this package does not build keeps its published cost under every convention.
    """
    rows = reference.published(dataset=dataset, split=split, input=size, role="primary", paradigm="top-down")
    rows.attrs.clear()  # the provenance, which pandas would copy at every operation
    rows = rows[~rows["extra_data"].fillna(False).astype(bool) & (rows["value"] >= lowest)]
    counts = reference.counted(rows, *RECOUNTED)
    for column, convention in COUNTS.items():
        giga = (counts[convention] / CONVENTIONS[convention].giga).astype("float64")
        rows[column] = giga.fillna(rows["cost"])
    return rows.assign(as_published=rows["cost"])
