"""The figure of what the members of spaces cost shows what was counted."""

import numpy as np
import pytest

from nasbench_pose import cost
from nasbench_pose.plots import figure
from nasbench_pose.plots.distribution import BIN, Landmark, macs_distribution
from nasbench_pose.spaces import load

TITLES = {"small": "efficientpose_small", "large": "efficientpose_large"}


def test_lines_and_marks_stand_where_the_counts_are() -> None:
    spaces = {title: cost.histogram(cost.table(load(name))) for title, name in TITLES.items()}
    marks = [Landmark("small", "A", 542_220_288), Landmark("large", "C", 1_862_033_408)]
    _, ax = figure()
    assert macs_distribution(spaces, marks, ax, title="All of them") is ax
    for histogram, line in zip(spaces.values(), ax.lines, strict=False):
        heights = np.asarray(line.get_ydata(), dtype=float)
        assert heights[:-1].sum() == pytest.approx(1)
        edges = np.asarray(line.get_xdata(), dtype=float) * 1e6
        middle = len(edges) // 2
        inside = histogram.within(round(edges[middle]), round(edges[middle]) + BIN - 1)
        assert heights[middle] == pytest.approx(inside / histogram.size)
    found = {text.get_text() for text in ax.texts}
    assert "A, 542 MMACs:\ndearer than 66.2 % of its space" in found
    assert "large\n2.9×10$^{28}$ members, 208 to 2,414 MMACs" in found
    assert ax.get_xlabel() == "Multiply-accumulates per image (MMACs)   ← cheaper"


def test_a_space_of_few_members() -> None:
    _, ax = figure()
    macs_distribution({"micro": cost.histogram(cost.table(load("efficientpose_micro")))}, [], ax, title="Micro")
    assert np.asarray(ax.lines[0].get_ydata(), dtype=float)[:-1].sum() == pytest.approx(1)
