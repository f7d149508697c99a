"""What stands on the planes: every trial, every front, every name, and nothing on top of anything else."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from matplotlib import colormaps
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex
from planes import PROTOCOL, assert_readable, dots, labels, trials

from nasbench_pose import plots, reference
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.objective import Limit, Objective
from nasbench_pose.pareto import front
from nasbench_pose.plots.strategy_colours import strategy_colours
from nasbench_pose.plots.style import FAINT, FAMILIES, MARKERS, darker
from nasbench_pose.stats import MixedProtocolsError
from nasbench_pose.strategies import registry

MACS, PCKH = Objective("macs"), Objective("val_pckh", maximise=True)


def test_the_measured_plane_shows_every_finished_trial_every_front_and_every_baseline() -> None:
    frame = trials()
    before = frame.copy(deep=True)
    _, ax = plots.figure()
    assert plots.measured_plane(frame, ax, protocol=PROTOCOL) is ax
    pd.testing.assert_frame_equal(frame, before)
    assert ax.get_title(loc="left") == f"Measured plane: {PROTOCOL}"
    assert ax.get_xlabel() == "Multiply-accumulates per image (MMACs)   ← cheaper"
    assert ax.get_ylabel() == "PCKh@0.5 on validation (%)   better →"
    assert ax.get_xscale() == "log"
    assert dots(ax) == 3 * 40 - 2
    assert labels(ax) == {
        "random", "evolution", "darts", "HRNet-W8-narrow", "HRNet-W16-narrow", "SimpleBaseline-R26-narrow",
        "SimpleBaseline-R50-narrow",
    }  # fmt: skip
    assert_readable(ax)


def test_long_settings_of_a_family_stay_on_the_figure() -> None:
    family = [f"efficientpose[batch=16,choice_rate=0.3,cost_weight={weight},steps=10,warm_up=20]" for weight in (1, 2)]
    alone = "darts[batch=16,choice_rate=0.3,cost_weight=3,steps=10,warm_up=20,warm_up_share=0]"
    _, ax = plots.figure()
    plots.measured_plane(trials((*family, alone)), ax)
    names = {"efficientpose[cost weight=1]", "efficientpose[cost weight=2]", "darts[…]"}
    assert names <= labels(ax)
    assert_readable(ax)


def test_a_front_on_the_plane_is_the_staircase_of_what_can_be_had() -> None:
    frame = trials(("random",))
    _, ax = plots.figure()
    plots.measured_plane(frame, ax)
    lines = [line.get_xydata() for line in ax.get_lines() if line.get_linestyle() == "-" and len(line.get_xydata()) > 2]
    assert len(lines) == 1
    done = frame[(frame.strategy == "random") & frame.error.isna() & (frame.fidelity == 300)]
    for across in np.linspace(lines[0][0, 0] * 1.0001, lines[0][-1, 0] * 0.9999, 50):
        best = done.loc[done.macs / 1e6 <= across, "val_pckh"].max()
        before = lines[0][lines[0][:, 0] <= across][-1, 1]
        assert before == pytest.approx(best)


def test_two_protocols_never_share_a_plane() -> None:
    _, ax = plots.figure()
    with pytest.raises(MixedProtocolsError):
        plots.measured_plane(pd.concat([trials(), trials().assign(protocol="aa")]), ax)


@pytest.mark.parametrize("kept", ["strategy == 'baselines'", "strategy != 'baselines'", "strategy == 'nobody'"])
def test_the_measured_plane_takes_whatever_has_been_measured(kept: str) -> None:
    _, ax = plots.figure()
    plots.measured_plane(trials().query(kept), ax)
    assert_readable(ax)


def test_a_strategy_keeps_its_colour_whoever_stands_beside_it() -> None:
    drawn = []
    for strategies in (("random", "fixed"), ("fixed", "another:Bandit"), ("fixed",)):
        _, ax = plots.figure()
        plots.measured_plane(trials(strategies), ax)
        drawn.append({text.get_text(): text.get_color() for text in ax.texts}["fixed"])
    assert drawn[0] == drawn[1] == drawn[2]


def test_every_built_in_strategy_has_a_colour_that_no_other_takes() -> None:
    built_in = registry.STRATEGIES.keys() - {"baselines"}
    assert all(registry.declaration(name).colour for name in built_in)
    colours = (*strategy_colours([*built_in, *"abcde"]).values(), *FAMILIES.values())
    taken = Counter(to_hex(colour) for colour in colours)
    free = [to_hex(colour) for colour in colormaps["tab20b"].colors if to_hex(colour) not in taken]
    assert not [colour for colour, times in taken.items() if times > 1], f"free are, for example, {', '.join(free)}"


def test_a_strategy_that_found_nothing_shifts_no_colour_of_the_others() -> None:
    frame = trials(("a:One", "b:Two"))
    frame.loc[frame.strategy == "a:One", ["error", "val_pckh"]] = ["diverged", np.nan]
    for draw in (plots.measured_plane, plots.best_so_far):
        ax = draw(frame, plots.figure()[1])
        shown = {text.get_text(): text.get_color() for text in ax.texts}
        assert shown["b:Two"] == darker(strategy_colours(["a:One", "b:Two"])["b:Two"])


@pytest.mark.parametrize(
    ("dataset", "split", "size", "families"),
    [("COCO", "val2017", (256, 192), 8), ("MPII", "val", (256, 256), 7)],
)
def test_the_published_plane_names_our_families_and_shows_where_their_papers_put_them(
    dataset: str, split: str, size: tuple[int, int], families: int
) -> None:
    rows = reference.recounted(reference.published(dataset=dataset, split=split, input=size, role="primary"))
    _, ax = plots.figure(height=6.0)
    plots.published_plane(rows, ax, title=dataset)
    assert "as published (%)   better →" in ax.get_ylabel()
    assert "1 G = 1e9" in ax.get_xlabel()
    moved = [text.get_text() for text in ax.texts if " → " in text.get_text()]
    assert len(moved) == families
    shown = rows[rows.giga_plotted.notna() & ~rows.extra_data.astype(bool)]
    assert dots(ax) == len(shown) + families
    assert {name for name in reference.NETWORKS.values() if name in set(rows.model)} <= labels(ax)
    assert_readable(ax)


def test_the_published_plane_shows_that_the_order_swaps() -> None:
    rows = reference.recounted(reference.published(dataset="COCO", split="val2017", input=(256, 192), role="primary"))
    _, ax = plots.figure(height=6.0)
    plots.published_plane(rows, ax, title="COCO", lowest=61.5)
    written = " ".join(text.get_text() for text in ax.texts)
    assert "HRNet-W32\n7.1 → 7.65 G" in written
    assert "SimpleBaseline-R50\n8.9 → 5.43 G" in written
    assert "4 results below 61.5 % are not shown" in " ".join(written.split())
    assert f"{int(rows.dropna(subset='giga_plotted').extra_data.sum())} results with extra training data" in " ".join(
        written.split()
    )
    # each thin line runs at the height of its accuracy, from the published to the counted cost
    ghosts = {tuple(line.get_xdata().round(3)) for line in ax.get_lines() if len(line.get_xydata()) == 2}
    assert {(7.1, 7.645), (8.9, 5.426)} <= ghosts


@pytest.mark.parametrize("x", [Objective("params"), Objective("val_pckh", maximise=True)])
@pytest.mark.parametrize("y", [Objective("val_pckh", maximise=True), Objective("seconds")])
def test_a_front_can_be_drawn_of_any_frame(x: Objective, y: Objective) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"params": rng.random(30), "val_pckh": rng.random(30), "seconds": rng.random(30)})
    frame = frame.assign(key=[f"net {row}" for row in range(30)])
    frame.loc[3, "params"] = np.nan
    _, ax = plots.figure()
    plots.front_plane(frame, x, y, ax, title="Mine", name="key")
    best = frame[front(frame, x, y)]
    whole = int(frame[[x.column, y.column]].notna().all(axis=1).sum())
    assert ax.get_title(loc="left") == f"Mine: {len(best)} of {whole}"
    assert labels(ax) == set(best["key"])
    assert_readable(ax)


def test_an_unknown_column_is_drawn_under_its_own_name() -> None:
    _, ax = plots.figure()
    frame = pd.DataFrame({"joules": [1, 2], "oks": [3, 4]})
    plots.front_plane(frame, Objective("joules", False), Objective("oks", True), ax)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("joules   ← better", "oks   better →")


def test_the_front_and_the_bars_are_of_means_and_each_training_counts_once() -> None:
    frame = trials(("random",), steps=2).query("error.isna() and fidelity == 300")
    lucky = frame.query("strategy == 'baselines'").head(1)
    rows = [lucky.assign(strategy="random", seed=seed, trained_seed=min(seed, 1), val_pckh=value) for seed, value in
            enumerate((50.0, 60.0, 60.0))]  # fmt: skip
    ax = plots.measured_plane(pd.concat(rows), plots.figure()[1])
    (front_line,) = ax.get_lines()
    assert front_line.get_ydata().tolist() == [55.0]
    (dotted,) = (marks for marks in ax.collections if isinstance(marks, PathCollection))
    assert sorted(dotted.get_offsets()[:, 1]) == [50.0, 60.0]
    ax = plots.measured_plane(pd.concat(rows).assign(strategy="baselines"), plots.figure()[1])
    (bar,) = (bars for bars in ax.collections if isinstance(bars, LineCollection))
    low, high = bar.get_segments()[0][:, 1]
    assert (low, high) == pytest.approx((55 - np.std([50, 60], ddof=1), 55 + np.std([50, 60], ddof=1)))


def test_the_measured_plane_explains_what_is_on_it() -> None:
    said = {}
    for name, kept, limit in (("all", "macs > 0", 4e6), ("searches", "strategy != 'baselines'", np.inf)):
        ax = plots.measured_plane(trials().query(kept), plots.figure()[1], limits=[Limit("macs", limit)])
        said[name] = " ".join(" ".join(text.get_text() for text in ax.texts).split())
    assert "Bars: one standard deviation over seeds." in said["all"]
    assert "The other figures and the table keep within 4 MMACs (dotted)." in said["all"]
    assert "the front of all searches of a strategy together, each network at its mean" in said["searches"]
    assert "Bars" not in said["searches"] and "keep within" not in said["searches"]


@pytest.mark.filterwarnings("error")
def test_a_single_network_is_drawn() -> None:
    one = trials().query("strategy == 'baselines'").head(1).assign(macs=7149568.0)
    drawing, ax = plots.figure()
    plots.measured_plane(one, ax)
    drawing.draw_without_rendering()
    low, high = ax.get_xlim()
    assert low < 5 and high > 10
    assert ax.get_window_extent().width > 300
    assert_readable(ax)


def test_a_leader_is_grey_so_that_nobody_takes_it_for_an_error_bar() -> None:
    _, ax = plots.figure()
    plots.measured_plane(trials(), ax)
    leaders = [text.arrow_patch for text in ax.texts if text.arrow_patch and text.arrow_patch.get_linewidth()]
    assert leaders
    assert all(to_hex(leader.get_edgecolor()) == FAINT and leader.get_linewidth() < 1 for leader in leaders)


def test_a_grey_print_still_tells_the_families_apart() -> None:
    assert FAMILIES.keys() == MARKERS.keys()
    assert len(set(MARKERS.values())) == len(set(FAMILIES.values())) == len(FAMILIES)


def test_costs_per_person_and_per_image_share_no_plane() -> None:
    rows = reference.recounted(reference.published(dataset="COCO", split="val2017", role="primary"))
    _, ax = plots.figure()
    with pytest.raises(InvalidFileError, match=r"one-stage and top-down .*paradigm='top-down'"):
        plots.published_plane(rows, ax, title="COCO")
