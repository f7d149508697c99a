"""Figures of statistics: what is drawn where, and whether it can be read."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from planes import assert_readable, texts

from nasbench_pose import plots, stats
from nasbench_pose.errors import InvalidFileError, UnknownNameError
from nasbench_pose.objective import Objective

NAMES = ("random", "evolution", "nsga2", "local", "successive_halving", "mo_asha", "hyperband", "asha")
MACS, PCKH, PARAMS = Objective("macs"), Objective("val_pckh"), Objective("params")


@pytest.fixture(scope="module")
def trials() -> pd.DataFrame:
    """Twelve made-up searches of eight strategies."""
    rng = np.random.default_rng(0)
    rows = [(n, seed, step) for n in NAMES for seed in range(12) for step in range(10)]
    frame = pd.DataFrame(rows, columns=["strategy", "run_seed", "step"])
    macs = rng.uniform(1e6, 9e6, len(frame))
    better = frame["strategy"].map({name: 0.3 * place for place, name in enumerate(NAMES)})
    return frame.assign(
        macs=macs, params=macs / 50 + rng.uniform(0, 3e4, len(frame)),
        val_pckh=15 + macs / 1e6 - 2 * rng.random(len(frame)) + better, seconds=30.0,
    )  # fmt: skip


@pytest.fixture(scope="module")
def scores(trials: pd.DataFrame) -> pd.DataFrame:
    curves = stats.best_so_far(trials, PCKH)
    return stats.at_budget(curves.assign(best=30 - curves["best"]), 10)


def test_curves_have_the_statistic_and_its_band(trials: pd.DataFrame) -> None:
    some = trials[trials["strategy"].isin(NAMES[:3])]
    curves = stats.best_so_far(some, PCKH, over="seconds").assign(best=lambda rows: 30 - rows["best"])
    ax = plots.anytime(curves, over="seconds", statistic="median")
    table = stats.banded(curves, "median", rng=np.random.default_rng(0))
    drawn = {line.get_color(): line.get_ydata() for line in ax.lines}
    assert len(drawn) == 3
    for _, part in table.groupby("strategy"):
        assert any(np.array_equal(part["value"], line) for line in drawn.values())
    assert "median of 12 seeds, 95 % band" in ax.get_xlabel()
    assert_readable(ax)
    with pytest.raises(UnknownNameError):
        plots.anytime(curves, statistic="mode")


def test_ranks_stand_at_their_places_and_bars_join_what_does_not_differ(scores: pd.DataFrame) -> None:
    found = stats.rank_test(scores.pivot(index="run_seed", columns="strategy", values="score"))
    ax = plots.critical_difference(found)
    starts = [line.get_xdata()[0] for line in ax.lines if len(line.get_xdata()) == 3]
    assert starts == pytest.approx(list(found.ranks))
    bars = [line.get_xdata() for line in ax.lines if line.get_linewidth() == 3.5]
    groups = [
        (found.ranks[list(group)].min() - 0.03, found.ranks[list(group)].max() + 0.03) for group in found.groups()
    ]
    np.testing.assert_allclose(bars, groups)
    assert any("correlated tasks" in " ".join(text.get_text().split()) for text in ax.texts)
    assert_readable(ax)
    assert "Wilcoxon's test" in plots.critical_difference(found, by="wilcoxon", note="").texts[-1].get_text()


def test_chances_are_written_in_their_cells(scores: pd.DataFrame) -> None:
    table = stats.improvement_table(scores, rng=np.random.default_rng(0))
    ax = plots.improvement(table)
    order = [tick.get_text().rpartition("  ")[0].replace(" ", "_") for tick in ax.get_yticklabels()]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == [str(place) for place in range(1, len(NAMES) + 1)]
    means = table.groupby("strategy")["value"].mean()
    assert means[order].is_monotonic_decreasing and order[-1] == "random"
    known = table.set_index(["strategy", "over"])
    cells = [text for text in ax.texts if text.get_text()[:1].isdigit()]
    assert len(cells) == len(NAMES) * (len(NAMES) - 1)
    for cell in cells:
        column, row = (int(at) for at in cell.get_position())
        entry = known.loc[(order[row], order[column])]
        assert cell.get_text() == f"{entry['value']:.2f}"
        assert (cell.get_fontweight() == "bold") == (entry["low"] > 0.5 or entry["high"] < 0.5)


def test_differences_are_those_from_one_strategy_beside_the_region(scores: pd.DataFrame) -> None:
    pairs = stats.equivalences(scores, rope=0.5)
    ax = plots.equivalence(pairs, "asha", rope=0.5, metric=PCKH.metric)
    labels = [tick.get_text() for tick in ax.get_yticklabels()]
    means = scores.groupby("strategy")["score"].mean()
    differences = (means - means["asha"]).drop("asha").sort_values()
    assert [label.partition(":")[0].replace(" ", "_") for label in labels] == list(differences.index)
    marks = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "D"]
    assert marks == pytest.approx(differences.tolist())
    (band,) = (patch for patch in ax.patches if isinstance(patch, Rectangle))
    assert (band.get_x(), band.get_width()) == (-0.5, 1.0)
    assert_readable(ax)
    with pytest.raises(UnknownNameError, match="evolutoin"):
        plots.equivalence(pairs, "evolutoin")


def test_surfaces_go_through_the_points_that_half_of_the_searches_reach(trials: pd.DataFrame) -> None:
    some = trials[trials["strategy"].isin(NAMES[:2])]
    surfaces = stats.attainment_surfaces(some, MACS, PCKH)
    ax = plots.attainment(surfaces, MACS, PCKH)
    median = surfaces.query("strategy == 'random' and percentile == 50").sort_values("macs")
    corners = [np.column_stack(line.get_data()) for line in ax.lines if line.get_linewidth() == 2.0]
    assert any(
        {tuple(point) for point in median[["macs", "val_pckh"]].to_numpy() / (1e6, 1)} <= set(map(tuple, line))
        for line in corners
    )
    assert_readable(ax)


def test_a_difference_of_attainment_is_coloured_by_who_gets_there(trials: pd.DataFrame) -> None:
    rectangles = stats.attainment_difference(trials, "asha", "random", MACS, PCKH)
    ax = plots.attainment_difference(rectangles, "asha", "random", MACS, PCKH)
    (drawn,) = ax.collections
    assert np.array_equal(drawn.get_array(), rectangles.loc[rectangles["share"] != 0, "share"])
    assert np.isfinite([path.vertices for path in drawn.get_paths()]).all()
    assert ax.get_xlim()[0] > 0 and drawn.get_array().max() > 0.3


def test_three_objectives_are_a_plane_with_colour_and_all_pairs(trials: pd.DataFrame) -> None:
    ax = plots.coloured_plane(trials, MACS, PCKH, PARAMS)
    best = plots.pairs(trials, (PCKH, MACS, PARAMS))
    assert [(one.get_xlabel().split()[0], one.get_ylabel().split()[0]) for one in best] == [
        ("Parameters", "Multiply-accumulates"), ("Parameters", "PCKh@0.5"), ("Multiply-accumulates", "PCKh@0.5"),
    ]  # fmt: skip
    count = int(stats_front(trials))
    circles = ax.collections[1].get_offsets()
    assert len(circles) == count and all(len(one.collections[1].get_offsets()) == count for one in best)
    lacking = trials.assign(params=trials["params"].where(trials.index % 3 > 0))
    known = int(np.isfinite(lacking[["macs", "params", "val_pckh"]]).all(axis=1).sum())
    for drawn in (plots.coloured_plane(lacking, MACS, PCKH, PARAMS), plots.pairs(lacking, (PCKH, MACS, PARAMS))[-1]):
        (words,) = [text.get_text() for text in drawn.texts if "the front of all" in text.get_text()]
        assert f"of {known} networks" in " ".join(words.split())
    with pytest.raises(InvalidFileError, match="3 pairs; 1 axes"):
        plots.pairs(trials, (PCKH, MACS, PARAMS), [ax])
    assert isinstance(ax, Axes) and texts(ax)


def stats_front(trials: pd.DataFrame) -> int:
    """Count the rows that no other dominates, one by one."""
    points = trials[["macs", "params", "val_pckh"]].to_numpy() * (1, 1, -1)
    return sum(not ((points <= point).all(axis=1) & (points < point).any(axis=1)).any() for point in points)
