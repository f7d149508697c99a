"""Every figure takes axes or makes its own, and returns them."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nasbench_pose import plots
from nasbench_pose.errors import InvalidFileError, NasbenchPoseError
from nasbench_pose.objective import Objective
from nasbench_pose.stats import attainment_surfaces

DRAWING = [
    getattr(plots, name)
    for name in plots.__all__
    if inspect.isfunction(getattr(plots, name)) and "ax" in inspect.signature(getattr(plots, name)).parameters
]

FRAME = pd.DataFrame({"macs": [1e6, 2e6], "val_pckh": [60.0, 70.0]})
GOALS = Objective("macs"), Objective("val_pckh")


@pytest.mark.parametrize("draw", DRAWING, ids=lambda draw: draw.__name__)
def test_axes_are_optional(draw: object) -> None:
    signature = inspect.signature(draw)  # type: ignore[arg-type]
    assert signature.parameters["ax"].default is None
    assert signature.return_annotation is Axes


def test_without_axes_a_figure_is_made_and_given_ones_are_drawn_on() -> None:
    ax = plots.front_plane(FRAME, *GOALS)
    assert isinstance(ax, Axes) and ax.figure.axes == [ax] and len(ax.collections) == 2
    assert plots.front_plane(FRAME, *GOALS, ax) is ax


@pytest.mark.parametrize(
    ("ax", "what"),
    [("left", "a str"), (Figure(), "a Figure"), (Figure().subplots(2), "a ndarray"),
     (Figure().add_subplot(projection="polar"), "polar axes")],
)  # fmt: skip
def test_what_is_no_axes_is_said(ax: Any, what: str) -> None:
    with pytest.raises(InvalidFileError, match=rf"^A figure is drawn on axes such as .*, not on {what}\.$"):
        plots.front_plane(FRAME, *GOALS, ax)


def test_pairs_are_drawn_on_an_array_of_axes_or_on_one() -> None:
    three = [*GOALS, Objective("params")]
    panels = Figure().subplots(3, 1)
    assert list(plots.pairs(FRAME.assign(params=1.0), three, panels)) == list(panels)
    alone = Figure().subplots()
    assert list(plots.pairs(FRAME, GOALS, alone)) == [alone]


@pytest.mark.parametrize("draw", [plots.best_so_far, plots.best_of_seeds, plots.measured_plane])
@pytest.mark.parametrize("frame", [FRAME, FRAME.drop(columns="val_pckh").assign(strategy="a"), [1, 2]])
def test_trials_that_lack_a_column_are_refused_in_one_line(draw: Callable[[Any], Axes], frame: Any) -> None:
    with pytest.raises(NasbenchPoseError, match=r"lack the column|are a DataFrame|No column|those of a DataFrame"):
        draw(frame)


def test_without_a_finished_trial_a_plane_is_empty(tmp_path: Path) -> None:
    trials = pd.DataFrame({"strategy": 1, "run_seed": [0, 1], "macs": 1e6, "val_pckh": np.nan})
    drawn = [plots.front_plane(trials, *GOALS), plots.coloured_plane(trials, *GOALS, GOALS[0]),
             plots.attainment(attainment_surfaces(trials, *GOALS), *GOALS), plots.best_so_far(trials)]  # fmt: skip
    for number, ax in enumerate(drawn):
        file = plots.save(ax.figure, tmp_path / f"{number}.svg")
        assert ax.get_title(loc="left") and file.stat().st_size > 0
        assert not any(np.isfinite(line.get_ydata().astype(float)).any() for line in ax.lines)
        assert not any(
            np.isfinite(np.ma.filled(marks.get_offsets(), np.nan)).all(axis=1).any() for marks in ax.collections
        )


def test_a_cost_of_nothing_has_a_linear_axis() -> None:
    assert plots.front_plane(FRAME, *GOALS).get_xscale() == "log"
    assert plots.front_plane(FRAME.assign(macs=[0.0, 2e6]), *GOALS).get_xscale() == "linear"
