"""The published plane: published accuracy over cost, recounted for networks that the package can build."""

from collections.abc import Callable, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from nasbench_pose.errors import InvalidFileError
from nasbench_pose.objective import Objective
from nasbench_pose.pareto import front
from nasbench_pose.plots.fronts import draw_front
from nasbench_pose.plots.labels import Label, name_points
from nasbench_pose.plots.style import FAINT, FAMILIES, INK, MARKERS, axes, caption, darker, dress, family, scale_axes
from nasbench_pose.reference import NETWORKS

COST, VALUE = Objective("giga_plotted"), Objective("value", maximise=True)

CONVENTIONS = {
    "hrnet": ("o", "HRNet's summary (deconvolutions at output size, 1 G = 2³⁰)"),
    "mmcv": ("s", "mmcv (MACs + normalisation, activations, pooling)"),
    "macs": ("D", "MACs, as their authors counted them"),
    "torchstat": ("^", "torchstat"),
    "osmr": ("v", "osmr (deconvolutions left out)"),
    "unspecified": ("X", "not stated"),
    "flops_unverified": ("P", "“FLOPs”, perhaps 2 per MAC"),
}
"""Convention of a cost that cannot be recounted -> its hollow marker and its name."""


def published_plane(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    title: str,
    lowest: float | None = None,
    further: Callable[[Axes], Sequence[Label]] = lambda _: (),
) -> Axes:
    """Draw published accuracy over cost, with the front; return `ax`.

    `frame` is that of `reference.recounted`, for one data set, split, input and role. Filled marks are costs counted by
    this package. Hollow marks are published costs; their shape shows the counting convention. A thin line leads from
    the published cost of a network to the counted one. Rows with extra training data and rows below `lowest` percent
    are left out, and the caption says so. `further` draws more marks, and returns their labels, which are placed with
    the others. Raises InvalidFileError for rows of several paradigms: a cost per person and
    a cost per image share no axis.
    """
    ax = axes(ax, height=6.0)
    if len(paradigms := sorted(frame["paradigm"].unique())) > 1:
        raise InvalidFileError(
            f"Costs of {' and '.join(paradigms)} networks share no axis (per person, per image): draw one paradigm, "
            "e.g. published(paradigm='top-down')."
        )
    rows = frame[frame["giga_plotted"].notna()]
    comparable = rows[~rows["extra_data"].fillna(False).astype(bool)]
    shown = comparable[comparable["value"] >= (comparable["value"].min() if lowest is None else lowest)]
    counted = shown[shown["cost_source"] == "counted"]
    scale_axes(ax, COST, VALUE)
    ax.set_ylabel(f"{shown['metric'].iloc[0]} as published (%)   better →")
    ax.set_xlabel("Multiply-accumulates per image (1 G = 1e9; hollow marks: see legend)   ← cheaper")
    draw_front(shown, COST, VALUE, ax, FAINT, 1.2)
    handles = _draw_as_published(shown[shown["cost_source"] != "counted"], ax)
    labels = _draw_counted(counted, ax)
    dress(ax, f"Published plane: {title}")
    ax.legend(handles=handles, loc="lower right", fontsize=7.5, frameon=False, title="Hollow: cost as published, by",
              title_fontsize=7.5, labelcolor=INK, alignment="left")  # fmt: skip
    _caption(ax, len(rows) - len(comparable), len(comparable) - len(shown), lowest)
    name_points(ax, [*labels, *further(ax), *_front_names(shown)])
    return ax


def _draw_as_published(rows: pd.DataFrame, ax: Axes) -> list[Line2D]:
    """Draw hollow marks, with a shape for each convention; return a legend handle for each convention that occurs."""
    handles = []
    for convention, (marker, name) in CONVENTIONS.items():
        if len(part := rows[rows["cost_source"] == convention]):
            ax.scatter(part["giga_plotted"], part["value"], s=22, marker=marker, facecolors="none", edgecolors=FAINT,
                       linewidths=0.9, zorder=2)  # fmt: skip
            handles.append(Line2D([], [], linestyle="", marker=marker, mfc="none", mec=FAINT, ms=5, label=name))
    return handles


def _draw_counted(rows: pd.DataFrame, ax: Axes) -> list[Label]:
    """Draw the recounted networks, with lines to their published costs; return labels for the original ones."""
    labels = []
    columns = (rows[column] for column in ("model", "cost", "giga_plotted", "value"))
    for model, cost, giga, value in zip(*columns, strict=True):
        original = model == NETWORKS[model]
        kind = family(NETWORKS[model])
        marker, colour = MARKERS[kind], FAMILIES[kind]
        ax.scatter(giga, value, s=64 if original else 20, marker=marker, color=colour, edgecolors="white",
                   linewidths=0.8, zorder=5 if original else 4)  # fmt: skip
        if original:
            _draw_ghost(ax, cost, giga, value, marker, colour)
            moved = f"\n{cost:g} → {giga:#.3g} G" if pd.notna(cost) else ""
            labels.append(Label(giga, value, model + moved, darker(colour), 8.5, "bold"))
    return labels


def _draw_ghost(ax: Axes, cost: float, giga: float, value: float, marker: str, colour: str) -> None:
    if pd.notna(cost):
        ax.scatter(cost, value, s=40, marker=marker, facecolors="none", edgecolors=colour, alpha=0.45, zorder=3)
        ax.plot([cost, giga], [value, value], color=colour, linewidth=0.9, alpha=0.6, zorder=3)


def _front_names(shown: pd.DataFrame) -> list[Label]:
    """Return small labels for the members of the front that have no label yet."""
    best = shown[front(shown, COST, VALUE) & ~shown["model"].isin(list(NETWORKS.values()))]
    return [Label(*at, FAINT, 7) for at in zip(best["giga_plotted"], best["value"], best["model"], strict=True)]


def _caption(ax: Axes, extra: int, below: int, lowest: float | None) -> None:
    lines = [
        "Filled: multiply-accumulates counted by us, exactly, 1 G = 1e9; a thin line leads from the published cost of"
        " the network to the counted one. Small and filled: the same network, trained or decoded otherwise."
        " Staircase: the front of all marks."
    ]
    if extra:
        lines.append(f"{extra} results with extra training data are left out.")
    if below:
        lines.append(f"{below} results below {lowest:g} % are not shown.")
    caption(ax, " ".join(lines))
