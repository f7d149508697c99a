"""Figures of a recorded differentiable search: its choices over the steps, its skips, and its derived genotypes."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from nasbench_pose.genotype import Genotype
from nasbench_pose.plots.choice_maps import SHADES
from nasbench_pose.plots.strategy_colours import spoken, spoken_names, strategy_colours
from nasbench_pose.plots.style import FAINT, INK, axes, darker, dress
from nasbench_pose.spaces import SearchSpace
from nasbench_pose.strategies.labels import strategy_of
from nasbench_pose.strategies.supernet.record import SearchRecord

ROW = 0.24
"""Inches of a row."""
TINTS = ("#F2F2F2", "#CFE3F3", "#9CC9E8", "#F5D9B8", "#E8B98A", "#D8C9E6", "#B7DDB5", "#F2C6C6")


def choice_heat_map(record: SearchRecord, space: SearchSpace, ax: Axes | None = None) -> Axes:
    """Draw the probability of each option (rows, by choice) at each ask (columns); return the axes."""
    rows = [(choice, str(option)) for choice, options in space.choices.items() for option in options]
    shares = np.array([[share for choice in space.choices for share in ask.shares[choice]] for ask in record.asks]).T
    ax = axes(ax, height=1.4 + ROW * len(rows))
    edges = np.arange(len(record.asks) + 1)
    mesh = ax.pcolormesh(edges, np.arange(len(rows) + 1), shares, cmap=SHADES, vmin=0, vmax=1)
    dress(ax, f"{_title(record)}: probability of each option")
    ax.set_xticks(edges[:-1] + 0.5, [str(ask.steps) for ask in record.asks])
    ax.set_yticks(np.arange(len(rows)) + 0.5, [f"{choice} {option}" for choice, option in rows], fontsize=8)
    ends = np.cumsum([len(options) for options in space.choices.values()])
    ax.hlines(ends[:-1], 0, len(record.asks), color="white", linewidth=3)
    ax.set(xlabel="steps of the weights at each ask", ylim=(len(rows), 0))
    ax.grid(visible=False)
    ax.tick_params(length=0)
    ax.figure.colorbar(mesh, ax=ax, shrink=0.6, pad=0.02).outline.set_visible(False)
    return ax


def skip_share(records: Sequence[SearchRecord], ax: Axes | None = None) -> Axes:
    """Draw the share of skipped choices over the steps: the mean of each strategy's searches; return the axes.

    Searches without choices that can be skipped are left out.
    """
    ax = axes(ax)
    by_strategy: dict[str, list[SearchRecord]] = {}
    for record in records:
        if all(ask.skips is not None for ask in record.asks):
            by_strategy.setdefault(record.strategy, []).append(record)
    colours = strategy_colours([strategy_of(name.partition(",")[0]) for name in by_strategy])
    ends, shown = [], spoken_names(by_strategy)
    for name, group in by_strategy.items():
        length = min(len(record.asks) for record in group)
        skips = np.array([[ask.skips for ask in record.asks[:length]] for record in group], dtype=float).mean(axis=0)
        steps = np.array([[ask.steps for ask in record.asks[:length]] for record in group]).mean(axis=0)
        style, colour = "--" if "," in name else "-", colours[strategy_of(name.partition(",")[0])]
        ax.plot(steps, 100 * skips, style, color=colour, marker="o", markersize=3)
        ends.append((float(100 * skips[-1]), float(steps[-1]), f"{shown[name]} ({len(group)})", darker(colour)))
    dress(ax, "Choices whose likeliest option is the skip")
    ax.set(xlabel="steps of the weights", ylabel="choices that can be skipped (%)", ylim=(-4, 104))
    ax.margins(x=0.03)
    _name_lines(ax, ends)
    return ax


def film_strip(record: SearchRecord, space: SearchSpace, ax: Axes | None = None) -> Axes:
    """Draw the derived genotype of each ask, a column each: options in tints, changes framed; return the axes."""
    members = [space.complete(space.validate(Genotype.parse(ask.genotype))) for ask in record.asks]
    genes = list(space.genes)
    ax = axes(ax, height=1.4 + ROW * len(genes))
    for column, (ask, member) in enumerate(zip(record.asks, members, strict=True)):
        for row, gene in enumerate(genes):
            option = space.genes[gene].index(member[gene])
            changed = column > 0 and members[column - 1][gene] != member[gene]
            edge, level = (INK, 3) if changed else ("white", 2)
            corner, tint = (column + 0.03, row + 0.06), TINTS[option % len(TINTS)]
            ax.add_patch(Rectangle(corner, 0.94, 0.88, facecolor=tint, edgecolor=edge, linewidth=1.4, zorder=level))
            if len(record.asks) <= 12:
                ax.text(
                    column + 0.5,
                    row + 0.5,
                    str(member[gene]),
                    ha="center",
                    va="center",
                    fontsize=7,
                    color=INK,
                    zorder=4,
                )
        ax.text(column + 0.5, -0.15, f"ask {ask.ask}", ha="center", va="bottom", fontsize=8, color=FAINT)
    dress(ax, f"{_title(record)}: what each ask derived").set(xlim=(0, len(record.asks)), ylim=(len(genes), -0.8))
    ax.set_yticks(np.arange(len(genes)) + 0.5, genes, fontsize=8)
    ax.set_xticks(np.arange(len(record.asks)) + 0.5, [str(ask.steps) for ask in record.asks])
    ax.set_xlabel("steps of the weights; framed: changed since the ask before")
    ax.grid(visible=False)
    ax.tick_params(length=0)
    return ax


def _title(record: SearchRecord) -> str:
    return f"{spoken(record.strategy)}, seed {record.seed}"


def _name_lines(ax: Axes, ends: list[tuple[float, float, str, str]]) -> None:
    """Write the names of lines beside their ends, without overlaps."""
    last, low = max((x for _, x, *_ in ends), default=0.0), -10.0
    for height, x, name, colour in sorted(ends):
        low = max(height, low + 4.6)
        ax.annotate(
            name, (x, height), (last * 1.03, low), fontsize=8, color=colour, va="center", annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": FAINT, "linewidth": 0.5},
        )  # fmt: skip
