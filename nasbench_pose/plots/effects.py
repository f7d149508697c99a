"""Pairs of strategies: the chance that one is better, and whether they are equal within a region."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from nasbench_pose.errors import pick
from nasbench_pose.metrics import Metric
from nasbench_pose.plots.strategy_colours import spoken_names, strategy_colours
from nasbench_pose.plots.style import FAINT, INK, axes, caption, darker, dress

WORSE_BETTER = LinearSegmentedColormap.from_list("worse_better", ["#D55E00", "#ffffff", "#0072B2"])


NARROW = 56
"""Letters of a line of a title beside names of strategies."""


def improvement(
    table: pd.DataFrame,
    ax: Axes | None = None,
    *,
    title: str = "Probability of improvement",
    among: Iterable[str] = (),
) -> Axes:
    """Draw the chance that a search of the row's strategy is better than one of the column's; return `ax`.

    `table` is that of `stats.improvement_table`. Strategies are in the order of their mean chance, the best first, and
    have numbers in this order. Bold numbers have an interval without 0.5. `among` are all strategies of the comparison,
    so that they have the same name in all its figures.

    >>> rows = [("a", "b", 0.9, 0.8, 1.0), ("b", "a", 0.1, 0.0, 0.2)]
    >>> ax = improvement(pd.DataFrame(rows, columns=["strategy", "over", "value", "low", "high"]))
    >>> [text.get_text() for text in ax.texts[:2]]
    ['0.90', '0.10']
    """
    order = list(table.groupby("strategy")["value"].mean().sort_values(ascending=False, kind="stable").index)
    shown = spoken_names(dict.fromkeys([*map(str, order), *map(str, among)]))
    ax = axes(ax, height=1.9 + sum(max(0.38, _tall(shown[str(name)])) for name in order))
    values = table.pivot(index="strategy", columns="over", values="value").loc[order, order].to_numpy(dtype=float)
    decided = table[(table["low"] > 0.5) | (table["high"] < 0.5)]
    sure = set(zip(decided["strategy"], decided["over"], strict=True))
    ax.imshow(values, cmap=WORSE_BETTER, vmin=0, vmax=1, aspect="auto")
    for row, one in enumerate(order):
        for column, other in enumerate(order):
            if one != other:
                ax.text(
                    column, row, f"{values[row, column]:.2f}", ha="center", va="center", fontsize=8, color=INK,
                    fontweight="bold" if (one, other) in sure else "normal",
                )  # fmt: skip
    ax.set_xticks(range(len(order)), [str(place + 1) for place in range(len(order))])
    ax.set_yticks(range(len(order)), [f"{shown[str(name)]}  {place}" for place, name in enumerate(order, start=1)])
    ax.xaxis.tick_top()
    dress(ax, title, NARROW + 6)
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.grid(visible=False)
    ax.set_xlabel("Chance that the row is better than the column; bold: the 95 % interval excludes 0.5", fontsize=8.5)
    return ax


def _tall(text: str) -> float:
    """Return the inches that a label of several lines takes."""
    return 0.16 * (text.count("\n") + 1) + 0.08


def equivalence(
    pairs: pd.DataFrame,
    against: str,
    ax: Axes | None = None,
    *,
    rope: float = 0.0,
    metric: Metric | None = None,
    title: str = "Differences of mean regret",
    among: Iterable[str] = (),
) -> Axes:
    """Draw the difference of each strategy's mean loss from that of `against`, with its interval; return `ax`.

    `pairs` is that of `stats.equivalences`. The grey band is the region of practical equivalence ±`rope`, such as the
    deviation over training seeds: an interval inside is equal within the noise. `metric` has the unit of the losses.
    `among` are all strategies of the comparison, so that they have the same colour and name in all its figures.
    Raises UnknownNameError if `against` is in no pair.

    >>> pairs = pd.DataFrame([("a", "b", -1.0, -2.0, -0.5, "better")],
    ...     columns=["strategy", "other", "value", "low", "high", "verdict"])
    >>> [text.get_text() for text in equivalence(pairs, "a", rope=0.6).get_yticklabels()]
    ['b: worse']
    """
    rows = _against(pairs, pick("strategy", against, dict.fromkeys([*pairs["strategy"], *pairs["other"]])) or against)
    known = dict.fromkeys([against, *map(str, rows["strategy"]), *map(str, among)])
    shown, colours = spoken_names(known), strategy_colours(known)
    ax = axes(ax, height=2.0 + sum(max(0.32, _tall(shown[str(name)])) for name in rows["strategy"]))
    scale, unit = (1.0, "") if metric is None else (metric.scale, "points" if metric.unit == "%" else metric.unit)
    if rope:
        ax.axvspan(-rope / scale, rope / scale, color="#dddddd", zorder=0)
    ax.axvline(0, color=FAINT, linewidth=0.9, zorder=1)
    names = [f"{shown[str(name)]}: {said}" for name, said in zip(rows["strategy"], rows["verdict"], strict=True)]
    ends = rows[["value", "low", "high"]].to_numpy(dtype=float) / scale
    for place, (name, (value, low, high)) in enumerate(zip(rows["strategy"], ends, strict=True)):
        colour = colours[str(name)]
        ax.plot([low, high], [place, place], color=colour, linewidth=2.4, zorder=2)
        ax.plot([value], [place], marker="D", markersize=6, color=darker(colour), zorder=3)
    ax.set_yticks(range(len(rows)), names)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    beyond = " ".join(shown[against].split("\n"))
    ax.set_xlabel(f"Mean loss beyond that of {beyond}{f' ({unit})' * bool(unit)}   ← better")
    dress(ax, title, NARROW)
    ax.grid(axis="y", visible=False)
    noise = f"Grey: ±{rope / scale:.2g} {unit}, the noise of a training seed. ".replace(" ,", ",") if rope else ""
    caption(ax, f"{noise}Intervals hold for all pairs together (Bonferroni).", 95)
    return ax


def _against(pairs: pd.DataFrame, against: str) -> pd.DataFrame:
    """Return the pairs with `against`, as differences of the other strategy from it, the least first."""
    mirrored = {"better": "worse", "worse": "better"}
    own, other = pairs[pairs["other"] == against], pairs[pairs["strategy"] == against]
    turned = other.assign(
        strategy=other["other"], value=-other["value"], low=-other["high"], high=-other["low"],
        verdict=other["verdict"].map(lambda verdict: mirrored.get(verdict, verdict)),
    )  # fmt: skip
    columns = ["strategy", "value", "low", "high", "verdict"]
    rows = pd.concat([own[columns], turned[columns]])
    return rows.iloc[np.argsort(rows["value"].to_numpy(), kind="stable")]
