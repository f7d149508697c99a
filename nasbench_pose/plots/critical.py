"""The critical-difference diagram: average ranks of strategies over tasks (Demšar 2006)."""

from collections.abc import Iterable

import numpy as np
from matplotlib.axes import Axes

from nasbench_pose.plots.strategy_colours import spoken_names, strategy_colours
from nasbench_pose.plots.style import FAINT, INK, axes, caption, darker
from nasbench_pose.stats import RankTest

CORRELATED = (
    "Limits and budgets on one benchmark table are correlated tasks: differences are less certain than the test says."
)


def critical_difference(
    ranks: RankTest,
    ax: Axes | None = None,
    *,
    by: str = "nemenyi",
    blocks: str = "tasks",
    title: str = "Average ranks",
    note: str = CORRELATED,
    among: Iterable[str] = (),
) -> Axes:
    """Draw strategies on the axis of average ranks, and a bar over those that no test tells apart; return `ax`.

    `ranks` is that of `stats.rank_test`; `blocks` is the name of its blocks; `by` is the test, `nemenyi` or `wilcoxon`
    (with Holm's correction). The best is at the left. `note` is written below. `among` are all strategies of the
    comparison, so that they have the same colour and name in all its figures.

    >>> import pandas as pd
    >>> from nasbench_pose.stats import rank_test
    >>> found = rank_test(pd.DataFrame({"a": [1, 1, 1, 1], "b": [2, 2, 2, 3], "c": [3, 3, 3, 2]}))
    >>> critical_difference(found).get_title(loc="left")
    'Average ranks over 4 tasks'
    """
    ax = axes(ax, height=2.1 + 0.2 * len(ranks.ranks))
    names, values = [str(name) for name in ranks.ranks.index], [float(rank) for rank in ranks.ranks]
    worst, half = max(2.0, float(np.ceil(max(values)))), (len(names) + 1) // 2
    known = dict.fromkeys([*names, *map(str, among)])
    shown, colours, bars = spoken_names(known), strategy_colours(known), ranks.groups(by)
    depth = 0.35 * len(bars)  # the bars are between the axis and the names
    for place, value in enumerate(values):
        name = names[place]
        left = place < half
        down = -depth - 0.6 - (place if left else len(names) - 1 - place)
        edge = 1 - 0.04 * (worst - 1) if left else worst + 0.04 * (worst - 1)
        ax.plot([value, value, edge], [0, down, down], color=colours[name], linewidth=1.2, zorder=2)
        ax.annotate(
            f"{shown[name]}  {value:.2f}" if left else f"{value:.2f}  {shown[name]}",
            (edge, down), (-4 if left else 4, 0), textcoords="offset points",
            ha="right" if left else "left", va="center", fontsize=9, color=darker(colours[name]), fontweight="bold",
        )  # fmt: skip
    for row, group in enumerate(bars):
        ends = ranks.ranks[list(group)].to_numpy(dtype=float)
        ax.plot([ends[0] - 0.03, ends[-1] + 0.03], [-0.3 - 0.35 * row] * 2, color=INK, linewidth=3.5, zorder=3)
    _dress(ax, ranks, worst, -depth - 0.6 - half, by, f"{title} over {ranks.blocks} {blocks}", note)
    return ax


def _dress(ax: Axes, ranks: RankTest, worst: float, bottom: float, by: str, title: str, note: str) -> None:
    """Draw the axis of ranks at the top, and the critical difference above it."""
    ax.set_title(title, loc="left", fontsize=11, color=INK, fontweight="bold", pad=8)
    if by == "nemenyi":
        apart = min(ranks.critical_difference, worst - 1)
        ax.plot([1, 1 + apart], [1.15, 1.15], color=INK, linewidth=1.4, marker="|", markersize=7, clip_on=False)
        ax.annotate(
            f"critical difference {ranks.critical_difference:.2f}", (1 + apart, 1.15), (6, 0),
            textcoords="offset points", fontsize=8, color=INK, va="center",
        )  # fmt: skip
    ax.set(xlim=(1 - 0.32 * (worst - 1), worst + 0.32 * (worst - 1)), ylim=(bottom, 1.4), yticks=[])
    ax.spines[["left", "right", "bottom"]].set_visible(False)
    ax.spines["top"].set(position=("data", 0), bounds=(1, worst), color=FAINT)
    ax.xaxis.tick_top()
    ax.set_xticks(range(1, int(worst) + 1, max(1, int(worst) // 12)))
    ax.tick_params(colors=INK, labelsize=8.5, color=FAINT, pad=1)
    p_value = "p < 0.001" if ranks.p_value < 0.001 else f"p = {ranks.p_value:.2g}"
    test = "Nemenyi's test" if by == "nemenyi" else "Wilcoxon's test with Holm's correction"
    caption(ax, f"Less is better. Bars join what {test} does not tell apart; Friedman: {p_value}. {note}")
