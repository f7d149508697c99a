"""Pairs of strategies: the chance that one is better, and whether they are equal within a region."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from nasbench_pose.errors import pick
from nasbench_pose.metrics import Metric
from nasbench_pose.plots.style import FAINT, INK, axes, caption, darker, dress, spoken_names, strategy_colours

WORSE_BETTER = LinearSegmentedColormap.from_list("worse_better", ["#D55E00", "#ffffff", "#0072B2"])


def improvement(table: pd.DataFrame, ax: Axes | None = None, *, title: str = "Probability of improvement") -> Axes:
    """Draw the chance that a search of the row's strategy is better than one of the column's; return `ax`.

    `table` is that of `stats.improvement_table`. Strategies are in the order of their mean chance, the best first. Bold
    numbers have an interval without 0.5.

    >>> rows = [("a", "b", 0.9, 0.8, 1.0), ("b", "a", 0.1, 0.0, 0.2)]
    >>> ax = improvement(pd.DataFrame(rows, columns=["strategy", "over", "value", "low", "high"]))
    >>> [text.get_text() for text in ax.texts[:2]]
    ['0.90', '0.10']
    """
    order = list(table.groupby("strategy")["value"].mean().sort_values(ascending=False, kind="stable").index)
    ax = axes(ax, height=1.4 + 0.38 * len(order))
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
    names = list(spoken_names(map(str, order)).values())
    ax.set_xticks(range(len(order)), names, rotation=40, ha="left", rotation_mode="anchor")
    ax.set_yticks(range(len(order)), names)
    ax.xaxis.tick_top()
    dress(ax, title)
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.grid(visible=False)
    ax.set_xlabel("Row better than column; bold: the 95 % interval excludes 0.5", fontsize=8.5, color=FAINT)
    return ax


def equivalence(
    pairs: pd.DataFrame,
    against: str,
    ax: Axes | None = None,
    *,
    rope: float = 0.0,
    metric: Metric | None = None,
    title: str = "Differences of mean regret",
) -> Axes:
    """Draw the difference of each strategy's mean loss from that of `against`, with its interval; return `ax`.

    `pairs` is that of `stats.equivalences`. The grey band is the region of practical equivalence ±`rope`, such as the
    deviation over training seeds: an interval inside is equal within the noise. `metric` has the unit of the losses.
    Raises UnknownNameError if `against` is in no pair.

    >>> pairs = pd.DataFrame([("a", "b", -1.0, -2.0, -0.5, "better")],
    ...     columns=["strategy", "other", "value", "low", "high", "verdict"])
    >>> [text.get_text() for text in equivalence(pairs, "a", rope=0.6).get_yticklabels()]
    ['b: worse']
    """
    rows = _against(pairs, pick("strategy", against, dict.fromkeys([*pairs["strategy"], *pairs["other"]])) or against)
    ax = axes(ax, height=1.7 + 0.3 * len(rows))
    scale, unit = (1.0, "") if metric is None else (metric.scale, "points" if metric.unit == "%" else metric.unit)
    if rope:
        ax.axvspan(-rope / scale, rope / scale, color="#dddddd", zorder=0)
    ax.axvline(0, color=FAINT, linewidth=0.9, zorder=1)
    colours = strategy_colours(rows["strategy"])
    shown = spoken_names([against, *map(str, rows["strategy"])])
    names = [f"{shown[str(name)]}: {said}" for name, said in zip(rows["strategy"], rows["verdict"], strict=True)]
    ends = rows[["value", "low", "high"]].to_numpy(dtype=float) / scale
    for place, (name, (value, low, high)) in enumerate(zip(rows["strategy"], ends, strict=True)):
        colour = colours[str(name)]
        ax.plot([low, high], [place, place], color=colour, linewidth=2.4, zorder=2)
        ax.plot([value], [place], marker="D", markersize=6, color=darker(colour), zorder=3)
    ax.set_yticks(range(len(rows)), names)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlabel(f"Mean loss beyond that of {shown[against]}{f' ({unit})' * bool(unit)}   ← better")
    dress(ax, title)
    ax.grid(axis="y", visible=False)
    noise = f"Grey: ±{rope / scale:.2g} {unit}, the noise of a training seed. ".replace(" ,", ",") if rope else ""
    caption(ax, f"{noise}Intervals hold for all pairs together (Bonferroni).")
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
