"""Made-up searches to be drawn, and looking at what was drawn."""

from itertools import combinations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.collections import PathCollection
from matplotlib.text import Annotation, Text

from nasbench_pose.spaces import find, load

PROTOCOL = "synthetic people 64×64, 300 steps of 32, PCKh@0.5"


def trials(strategies: tuple[str, ...] = ("random", "evolution", "darts"), steps: int = 40) -> pd.DataFrame:
    """A made-up search of one space, with its baselines, one failure and one partial trial."""
    rng = np.random.default_rng(0)
    space = load("efficientpose_micro")
    rows: list[tuple[object, ...]] = []
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
        seed=frame["run_seed"], params=frame["macs"] / 30, seconds=10.0, ask_seconds=0.1, fidelity=300, protocol="9f",
        error=None,
    ).drop(columns="architecture")  # fmt: skip
    frame.loc[0, ["error", "val_pckh"]] = ["diverged", np.nan]
    frame.loc[1, ["fidelity", "val_pckh"]] = [50, 99.0]
    return frame


def texts(ax: Axes) -> list[Text]:
    """Every text of the axes that is seen."""
    legend = ax.get_legend()
    inside = [] if legend is None else legend.get_texts()
    around = [ax.xaxis.label, ax.yaxis.label, ax._left_title, *_ticks(ax.xaxis), *_ticks(ax.yaxis)]
    return [text for text in (*ax.texts, *inside, *around) if text.get_text()]


def _ticks(axis: Axis) -> list[Text]:
    low, high = sorted(axis.get_view_interval())
    seen = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    return [text for tick in seen for text in (tick.label1, tick.label2) if text.get_visible()]


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
    return {
        text.get_text().partition("\n")[0] for text in ax.texts if isinstance(text, Annotation) and text.arrow_patch
    }


def dots(ax: Axes) -> int:
    return sum(len(marks.get_offsets()) for marks in ax.collections if isinstance(marks, PathCollection))
