"""What a short training is worth: how well it ranks networks, and which network one chooses by it at equal cost.

Draws `fidelity_value.svg` and writes `fidelity_value.md`. The short trainings are those of seed 0; they are compared
with the means of the full trainings of the other seeds, so luck of a seed helps nobody. A point of the whole schedule
is on the learning curve of a full training; a schedule of its own ends after so many steps.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.special import gammaln

from nasbench_pose import plots
from nasbench_pose.benchmark import Benchmark
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.plots import style
from nasbench_pose.plots.labels import Label, name_points
from nasbench_pose.stats import Interval, rank_correlation

SPACE, DATA = "efficientpose_micro", "lspet"
WHOLE, OWN = "first steps of a full training", "schedule of its own"
COLOURS, MARKERS = {WHOLE: "#0072B2", OWN: "#D55E00"}, {WHOLE: "o", OWN: "s"}
NAMED = {"tau": {WHOLE: 2, OWN: 1}, "gain": {WHOLE: 1, OWN: 1}}
"""Places of the points that have the names of the lines, by panel."""
BESIDE = {WHOLE: 0.98, OWN: 1.02}
"""Factors of the drawn costs, so that intervals do not hide each other."""
TRAININGS = 50
"""The choice is made with the steps of so many full trainings."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Short:
    """Trainings of one length of all networks, with seed 0; NaN where there is none."""

    schedule: str
    steps: int
    scores: Floats


def main(out: Path, budget: int = 2000) -> list[Path]:
    """Draw and tabulate what short trainings are worth into the folder `out`; `budget` is the number of resamples."""
    table = Benchmark.load(SPACE, DATA)
    members = len(table.index.members)
    full = table.grid.accuracy["val"][:members]
    found = tabulated(list(short_trainings(table)), np.nanmean(full[:, 1:], axis=1), max(budget, 20))
    title = Protocol.parse(table.about["protocol"]).title
    (out / "fidelity_value.md").write_text(markdown(found), encoding="utf-8")
    return [plots.save(figure(found, title), out / "fidelity_value.svg"), out / "fidelity_value.md"]


def short_trainings(table: Benchmark) -> Iterator[Short]:
    """Yield the points of the learning curves, the trainings on schedules of their own, and the full training."""
    grid, members = table.grid, len(table.index.members)
    for number, steps in enumerate(grid.steps):
        yield Short(WHOLE, steps, grid.curve[:members, 0, number])
    if (own := table.own) is not None:
        texts = [genotype.text for genotype in table.index.members]
        for steps in own.steps:
            yield Short(OWN, steps, own.arrays(steps, texts).accuracy["val"][:, 0])
    yield Short(OWN, grid.full, grid.accuracy["val"][:members, 0])


def tabulated(short: list[Short], values: Floats, resamples: int) -> pd.DataFrame:
    """Return a row for each schedule and length: its cost, how well it ranks, and what one chooses by it.

    `values` are the accuracies of full trainings of other seeds. `cost` is the share of the steps of a full training,
    the last of `short`: seconds of trainings that were made at different times differ by more than the work.
    """
    full, rng, rows = short[-1], np.random.default_rng(0), []
    for each in short:
        known = np.isfinite(each.scores) & np.isfinite(full.scores) & np.isfinite(values)
        scores, truth, cost = each.scores[known], values[known], each.steps / full.steps
        tau = rank_correlation(scores, truth, rng=rng, resamples=resamples)
        number = min(int(TRAININGS / cost), len(truth))
        chosen = expected_choice(scores, truth, number)
        gain = gain_over(scores, full.scores[known], truth, number, resamples)
        rows.append((each.schedule, each.steps, len(truth), cost, tau, number, chosen, gain))
    return pd.DataFrame(
        rows, columns=["schedule", "steps", "networks", "cost", "tau", "tried", "chosen", "gain"]
    ).astype({"tau": object, "gain": object})


def gain_over(scores: Floats, full: Floats, values: Floats, tried: int, resamples: int) -> Interval:
    """Return by how much the choice of `tried` networks by `scores` is better than that of TRAININGS by `full`.

    The 95 % interval is a paired bootstrap over networks. Points of PCKh.
    """

    def gain(rows: NDArray[np.int_]) -> float:
        least = min(TRAININGS, len(rows))
        by_full = expected_choice(full[rows], values[rows], least)
        return expected_choice(scores[rows], values[rows], tried) - by_full

    every, rng = np.arange(len(values)), np.random.default_rng(0)
    drawn = [gain(rng.choice(every, len(every))) for _ in range(resamples)]
    return Interval(gain(every), *np.quantile(drawn, [0.025, 0.975]).tolist())


def expected_choice(scores: Floats, values: Floats, tried: int) -> float:
    """Return the expected value of the item with the best score among `tried` random ones, exactly.

    The item of rank k (0: best) wins with probability C(n - 1 - k, tried - 1) / C(n, tried).

    >>> expected_choice(np.array([3.0, 2.0, 1.0]), np.array([9.0, 6.0, 3.0]), 2)
    8.0
    """
    ordered = values[np.argsort(-scores, kind="stable")]
    below = np.arange(len(scores))[::-1]
    below = below[below >= tried - 1]
    chances = np.exp(_log_choose(below, tried - 1) - _log_choose(np.array([len(scores)]), tried))
    return round(float(chances @ ordered[: len(below)]), 12)


def _log_choose(items: NDArray[np.int_], chosen: int) -> Floats:
    return np.asarray(gammaln(items + 1) - gammaln(chosen + 1) - gammaln(items - chosen + 1), dtype=np.float64)


def markdown(found: pd.DataFrame) -> str:
    """Return the rows as a table of Markdown."""
    lines = ["| schedule | steps | networks | cost | τ | tried at equal cost | accuracy of the choice (%) | gain |"]
    lines.append("| --- " * 8 + "|")
    lines += [
        f"| {row.schedule} | {row.steps} | {row.networks} | {row.cost:.3g} "
        f"| {row.tau} | {row.tried} | {row.chosen:.1f} | {row.gain} |"
        for row in found.itertuples()
    ]
    return "\n".join(
        [
            *lines,
            "",
            "τ: Kendall's, between trainings of seed 0 and the means of full trainings of the other seeds, with 95 % "
            "bootstrap interval over networks. Cost: steps, as a share of those of a full training. Tried: random "
            f"networks that cost as much as {TRAININGS} full trainings; the choice is the best of them, and its "
            "accuracy is that of the other seeds, in expectation. Gain: by how many points it is better than that of "
            "full trainings, with a paired 95 % bootstrap interval over networks. Points of a full training were "
            "measured on 256 people of val, without flip test.",
            "",
        ]
    )


def figure(found: pd.DataFrame, title: str) -> Figure:
    """Return the figure: how well short trainings rank, and how good a network one chooses by them, over their cost."""
    drawing, _ = plots.figure(height=4.4)
    drawing.clear()
    left, right = drawing.subplots(1, 2)
    left.set_ylabel("Kendall's τ with full trainings   better →")
    right.set_ylabel("PCKh@0.5 of the choice, gain (points)   better →")
    lines(left, found, "tau")
    lines(right, found, "gain")
    right.axhline(0, color="0.6", linewidth=0.8, zorder=0)
    style.dress(left, "How short trainings rank", width=40)
    style.dress(right, f"Against choosing among {TRAININGS} full trainings, at equal cost", width=40)
    style.caption(left, f"All networks of {SPACE}: {title}. Seed 0 against the other seeds.", width=60)
    return drawing


def lines(ax: Axes, found: pd.DataFrame, column: str) -> None:
    """Draw a column of intervals over cost, a line for each schedule."""
    labels = []
    for schedule, part in found.groupby("schedule", sort=False):
        colour, name = COLOURS[str(schedule)], str(schedule)
        value, low, high = np.array([(one.value, one.low, one.high) for one in part[column]]).T
        spread = [value - low, high - value]
        ax.errorbar(
            part["cost"] * BESIDE[name], value, yerr=spread, color=colour, marker=MARKERS[name], markersize=4,
            elinewidth=0.8,
        )  # fmt: skip
        point = NAMED[column][name]
        labels.append(Label(part["cost"].iloc[point], value[point], name, style.darker(colour), 9))
    ax.set_xscale("log")
    ax.margins(y=0.12)
    ax.set_xticks([0.125, 0.25, 0.5, 1], ["1/8", "1/4", "1/2", "1"])
    ax.minorticks_off()
    ax.set_xlabel("cost, share of a full training   ← cheaper")
    name_points(ax, labels)
