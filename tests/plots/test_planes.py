"""What stands on the planes: every trial, every front, every name, and nothing on top of anything else."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.collections import PathCollection
from matplotlib.text import Annotation, Text

from nasbench_pose import plots, reference
from nasbench_pose.objective import Objective
from nasbench_pose.pareto import front
from nasbench_pose.plots.style import FAMILIES, MARKERS, STRATEGIES, darker, strategy_colours
from nasbench_pose.spaces import find, load
from nasbench_pose.stats import MixedProtocolsError
from nasbench_pose.strategies import registry

PROTOCOL = "synthetic people 64×64, 300 steps of 32, PCKh@0.5"
MACS, PCKH = Objective("macs"), Objective("val_pckh", maximise=True)


def trials(strategies: tuple[str, ...] = ("random", "evolution", "darts"), steps: int = 40) -> pd.DataFrame:
    """A made-up search of one space, with its baselines, one failure and one partial trial."""
    rng = np.random.default_rng(0)
    space = load("efficientpose_micro")
    rows = []
    for strategy in strategies:
        for genotype in (space.sample(rng) for _ in range(steps)):
            macs = float(np.exp(rng.uniform(14, 17.5)))
            rows.append((strategy, 0, genotype, macs, 40 + 2.5 * np.log(macs / 1e6) * 3 - abs(rng.normal(0, 3))))
    for name, macs in zip(space.baselines, (6e6, 2.2e7, 5.2e6, 1.2e7), strict=True):
        rows += [("baselines", seed, find(name), macs, 55 + 3 * np.log(macs / 1e6) + seed) for seed in range(3)]
    frame = pd.DataFrame(rows, columns=["strategy", "run_seed", "architecture", "macs", "val_pckh"])
    frame = frame.assign(
        key=[g.key for g in frame["architecture"]], genotype=[g.text for g in frame["architecture"]],
        genotype_space=[g.space for g in frame["architecture"]], step=frame.groupby("strategy").cumcount(),
        params=frame["macs"] / 30, seconds=10.0, ask_seconds=0.1, fidelity=300, protocol="9f", error=None,
    ).drop(columns="architecture")  # fmt: skip
    frame.loc[0, ["error", "val_pckh"]] = ["diverged", np.nan]
    frame.loc[1, ["fidelity", "val_pckh"]] = [50, 99.0]
    return frame


def texts(ax: Axes) -> list[Text]:
    """Every text of the axes that is seen."""
    legend = ax.get_legend()
    inside = [] if legend is None else legend.get_texts()
    return [*ax.texts, *inside, ax.xaxis.label, ax.yaxis.label, ax._left_title, *_ticks(ax.xaxis), *_ticks(ax.yaxis)]


def _ticks(axis: Axis) -> list[Text]:
    low, high = sorted(axis.get_view_interval())
    return [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]


def assert_readable(ax: Axes) -> None:
    """No text on another one, none cut by the edge of the figure, none smaller than 7 points."""
    figure = ax.figure
    figure.draw_without_rendering()
    seen = texts(ax)
    boxes = [Text.get_window_extent(text) for text in seen]
    for (one, a), (other, b) in combinations(zip(seen, boxes, strict=True), 2):
        overlap = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        assert min(overlap) < 1.0, f"{one.get_text()!r} lies on {other.get_text()!r}"
    for text, box in zip(seen, boxes, strict=True):
        whole = figure.bbox
        fits = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= whole.x1 + 1 and box.y1 <= whole.y1 + 1
        assert fits, f"{text.get_text()!r} is cut off"
        assert text.get_fontsize() >= 7


def labels(ax: Axes) -> set[str]:
    return {text.get_text().partition("\n")[0] for text in ax.texts if isinstance(text, Annotation)}


def dots(ax: Axes) -> int:
    return sum(len(marks.get_offsets()) for marks in ax.collections if isinstance(marks, PathCollection))


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
    assert STRATEGIES.keys() == registry.STRATEGIES.keys() - {"baselines"}
    colours = strategy_colours([*STRATEGIES, *"abcde"])
    assert len(set(colours.values())) == len(STRATEGIES) + 5
    assert not set(colours.values()) & set(FAMILIES.values())


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
    plots.front_plane(pd.DataFrame({"joules": [1, 2], "oks": [3, 4]}), Objective("joules"), Objective("oks", True), ax)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("joules   ← better", "oks   better →")


@pytest.mark.parametrize("over", ["evaluations", "seconds"])
def test_the_curves_have_a_line_and_a_name_for_each_strategy_and_a_band_over_seeds(over: str) -> None:
    frame = pd.concat([trials().assign(run_seed=seed).sample(frac=1, random_state=seed) for seed in range(3)])
    frame["step"] = frame.groupby(["strategy", "run_seed"]).cumcount()
    _, ax = plots.figure()
    assert plots.best_so_far(frame, ax, over=over, protocol=PROTOCOL) is ax
    assert labels(ax) == {"random", "evolution", "darts"}
    assert len(ax.get_lines()) == len(ax.collections) == 3
    assert "3 seeds" in ax.get_xlabel()
    assert ("minutes" in ax.get_xlabel()) == (over == "seconds")
    assert ax.get_ylabel() == "Best so far: PCKh@0.5 on validation (%)   better →"
    ends = {line.get_ydata()[-1] for line in ax.get_lines()}
    assert max(ends) == pytest.approx(frame[frame.fidelity == 300].query("strategy != 'baselines'").val_pckh.max())
    assert_readable(ax)


def test_regret_is_never_drawn_below_zero() -> None:
    curves = pd.DataFrame({"strategy": "random", "run_seed": [0, 1], "evaluations": 1, "best": [0.0, 3.0]})
    ax = plots.regret_so_far(curves, plots.figure()[1], protocol="p")
    (band,) = ax.collections
    corners = np.vstack([path.vertices for path in band.get_paths()])[:, 1]
    assert (corners.min(), corners.max()) == pytest.approx((0.0, 1.5 + np.std([0.0, 3.0], ddof=1)))
    assert ax.get_title(loc="left") == "Regret on the measured plane: p"


def test_a_grey_print_still_tells_the_families_apart() -> None:
    assert FAMILIES.keys() == MARKERS.keys()
    assert len(set(MARKERS.values())) == len(set(FAMILIES.values())) == len(FAMILIES)
