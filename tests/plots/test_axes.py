"""Every figure takes axes or makes its own, and returns them."""

import inspect

import pandas as pd
import pytest
from matplotlib.axes import Axes

from nasbench_pose import plots
from nasbench_pose.objective import Objective

DRAWING = [
    getattr(plots, name)
    for name in plots.__all__
    if inspect.isfunction(getattr(plots, name)) and "ax" in inspect.signature(getattr(plots, name)).parameters
]


@pytest.mark.parametrize("draw", DRAWING, ids=lambda draw: draw.__name__)
def test_axes_are_optional(draw: object) -> None:
    signature = inspect.signature(draw)  # type: ignore[arg-type]
    assert signature.parameters["ax"].default is None
    assert signature.return_annotation is Axes


def test_without_axes_a_figure_is_made_and_given_ones_are_drawn_on() -> None:
    frame = pd.DataFrame({"macs": [1e6, 2e6], "val_pckh": [60.0, 70.0]})
    goals = Objective("macs"), Objective("val_pckh")
    ax = plots.front_plane(frame, *goals)
    assert isinstance(ax, Axes) and ax.figure.axes == [ax] and len(ax.collections) == 2
    assert plots.front_plane(frame, *goals, ax) is ax


def test_a_cost_of_nothing_has_a_linear_axis() -> None:
    goals = Objective("macs"), Objective("val_pckh")
    frame = pd.DataFrame({"macs": [1e6, 2e6], "val_pckh": [60.0, 70.0]})
    assert plots.front_plane(frame, *goals).get_xscale() == "log"
    assert plots.front_plane(frame.assign(macs=[0.0, 2e6]), *goals).get_xscale() == "linear"
