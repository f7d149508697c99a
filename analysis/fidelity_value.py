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
from nasbench_pose.benchmark.own_schedules import OwnSchedules
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.plots import style
from nasbench_pose.plots.labels import Label, name_points
from nasbench_pose.stats import Interval, rank_correlation

SPACE, DATA = "efficientpose_micro", "lspet"
UNFINISHED = Path(f"results/in_progress/bench_{SPACE}_{DATA}.csv")
WHOLE, OWN = "first steps of a full training", "schedule of its own"
COLOURS, MARKERS = {WHOLE: "#0072B2", OWN: "#D55E00"}, {WHOLE: "o", OWN: "s"}
TRAININGS = 50
"""The choice is made with the core seconds of so many full trainings."""
FEWEST = 100
"""Networks that a length of schedule needs, so that an unfinished build shows nothing by chance."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Short:
    """Trainings of one length of all networks, with seed 0; NaN where there is none."""

    schedule: str
    steps: int
    scores: Floats
    seconds: Floats


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
    """Yield the points of the learning curves, the full training, and what there is of schedules of their own."""
    grid, members = table.grid, len(table.index.members)
    seconds = grid.seconds[:members, 0]
    for number, steps in enumerate(grid.steps):
        yield Short(WHOLE, steps, grid.curve[:members, 0, number], seconds * steps / grid.full)
    own = table.own or OwnSchedules.beside(UNFINISHED, table.about)
    if own is not None:
        texts = [genotype.text for genotype in table.index.members]
        for steps in own.steps:
            arrays = own.arrays(steps, texts)
            yield Short(OWN, steps, arrays.accuracy["val"][:, 0], arrays.seconds[:, 0])
    yield Short(OWN, grid.full, grid.accuracy["val"][:members, 0], seconds)


def tabulated(short: list[Short], values: Floats, resamples: int) -> pd.DataFrame:
    """Return a row for each schedule and length: its cost, how well it ranks, and what one chooses by it.

    `values` are the accuracies of full trainings of other seeds. `cost` is a share of a full training.
    """
    full, rng, rows = short[-1], np.random.default_rng(0), []
    for each in short:
        known = np.isfinite(each.scores) & np.isfinite(values)
        if known.sum() >= FEWEST:
            tau: Interval = rank_correlation(each.scores[known], values[known], rng=rng, resamples=resamples)
            cost = float(each.seconds[known].mean() / full.seconds[known].mean())
            number = min(int(TRAININGS / cost), int(known.sum()))
            chosen = expected_choice(each.scores[known], values[known], number)
            rows.append(
                (each.schedule, each.steps, int(known.sum()), cost, tau.value, tau.low, tau.high, number, chosen)
            )
    columns = ["schedule", "steps", "networks", "cost", "tau", "low", "high", "tried", "chosen"]
    return pd.DataFrame(rows, columns=columns)


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
    lines = ["| schedule | steps | networks | cost | τ | tried at equal cost | accuracy of the choice (%) |"]
    lines.append("| --- " * 7 + "|")
    lines += [
        f"| {row.schedule} | {row.steps} | {row.networks} | {row.cost:.2f} "
        f"| {row.tau:.2f} [{row.low:.2f}, {row.high:.2f}] | {row.tried} | {row.chosen:.1f} |"
        for row in found.itertuples()
    ]
    return "\n".join(
        [
            *lines,
            "",
            "τ: Kendall's, between trainings of seed 0 and the means of full trainings of the other seeds, with 95 % "
            "bootstrap interval over networks. Cost: mean core seconds, as a share of a full training. Tried: random "
            f"networks that cost as much as {TRAININGS} full trainings; the choice is the best of them, and its "
            "accuracy is that of the other seeds, in expectation. Points of a full training were measured on 256 "
            "people of val, without flip test.",
            "",
        ]
    )


def figure(found: pd.DataFrame, title: str) -> Figure:
    """Return the figure: how well short trainings rank, and how good a network one chooses by them, over their cost."""
    drawing, _ = plots.figure(height=4.4)
    drawing.clear()
    left, right = drawing.subplots(1, 2)
    left.set_ylabel("Kendall's τ with full trainings   better →")
    right.set_ylabel("PCKh@0.5 of the choice (%)   better →")
    lines(left, found, "tau")
    lines(right, found, "chosen")
    style.dress(left, "How short trainings rank", width=40)
    style.dress(right, f"Choice with the cost of {TRAININGS} trainings", width=40)
    style.caption(left, f"All networks of {SPACE}: {title}. Seed 0 against the other seeds.", width=60)
    return drawing


def lines(ax: Axes, found: pd.DataFrame, column: str) -> None:
    """Draw a line over cost for each schedule, with intervals of τ."""
    labels = []
    for schedule, part in found.groupby("schedule", sort=False):
        colour, name = COLOURS[str(schedule)], str(schedule)
        spread = [part["tau"] - part["low"], part["high"] - part["tau"]] if column == "tau" else None
        ax.errorbar(
            part["cost"], part[column], yerr=spread, color=colour, marker=MARKERS[name], markersize=4, elinewidth=0.8
        )
        middle = part.iloc[len(part) // 2]
        labels.append(Label(middle["cost"], middle[column], name, style.darker(colour), 9))
    ax.set_xscale("log")
    ax.set_xticks([0.125, 0.25, 0.5, 1], ["1/8", "1/4", "1/2", "1"])
    ax.minorticks_off()
    ax.set_xlabel("cost, share of a full training   ← cheaper")
    name_points(ax, labels)
