"""The agreement of predictors with full training, over their cost."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from nasbench_pose.plots.labels import Label, name_points
from nasbench_pose.plots.style import FAINT, INK, axes, darker, dress

PREDICTORS: Mapping[str, str] = {
    "zero-cost": "#0072B2",
    "one-shot": "#661100",
    "surrogate": "#117733",
    "learning curve": "#E69F00",
    "training": "#882255",
    "other table": "#56B4E9",
}
"""Family of predictors -> colour."""
FREE = 1e-3
"""The lowest seconds that are drawn: a logarithmic axis has no zero."""


def trust_plane(
    table: pd.DataFrame,
    ax: Axes | None = None,
    *,
    title: str,
    networks: int,
    full_seconds: float,
    references: Mapping[str, float] = MappingProxyType({}),
) -> Axes:
    """Draw Kendall's tau of each predictor, with its interval, over the seconds per network; return `ax`.

    `table` is that of `predictors.trust`; predictors without a tau are left out. Seconds that are spent once are
    divided by `networks`, such as the size of the space. Lines show the `full_seconds` of a full training, and each tau
    of `references` with its name.
    """
    ax = axes(ax, height=7.2)
    table = table[table["tau"].notna()]
    spent = table["seconds"] + table["once_seconds"] / networks
    x = np.maximum(FREE, spent.to_numpy(dtype=float))
    labels = []
    for seconds, row in zip(x, table.to_dict("records"), strict=True):
        colour = PREDICTORS.get(row["family"], INK)
        ax.plot([seconds] * 2, [row["tau_low"], row["tau_high"]], color=colour, linewidth=1.2, alpha=0.45, zorder=2)
        ax.scatter(seconds, row["tau"], s=30, color=colour, linewidths=0, zorder=3)
        labels.append(Label(seconds, row["tau"], spelt(row["predictor"]), darker(colour), 8.5))
    ax.set_xscale("log")
    ax.set_xlim(x.min() / 2, max(full_seconds, x.max()) * 3)
    _marks(ax, full_seconds, references)
    ax.set_xlabel(f"Seconds of one core per network, what is paid once shared among all {networks}   ← cheaper")
    ax.set_ylabel("Kendall's τ with the full training, 95 % interval   better →")
    dress(ax, title)
    name_points(ax, labels, marks=4)
    return ax


def _marks(ax: Axes, full_seconds: float, references: Mapping[str, float]) -> None:
    ax.axhline(0, color=FAINT, linewidth=0.9)
    ax.axvline(full_seconds, color=FAINT, linewidth=0.9, linestyle=":")
    low = ax.get_ylim()[0]
    ax.text(full_seconds, low, " full training", color=FAINT, fontsize=8.5, rotation=90, ha="right", va="bottom")
    for name, tau in references.items():
        ax.axhline(tau, color=FAINT, linewidth=0.9, linestyle="--")
        ax.text(ax.get_xlim()[0], tau, f" {name}", color=FAINT, fontsize=8.5, ha="left", va="bottom")


def spelt(predictor: str) -> str:
    """Return a predictor's name as figures print it.

    >>> spelt("power_law=200"), spelt("single_path=1600"), spelt("forest=50"), spelt("grad_norm")
    ('power law to 200', 'single path 1600', 'forest of 50', 'grad norm')
    """
    name, _, value = predictor.partition("=")
    link = {"curve": "to", "power_law": "to", "learnt_curve": "to", **dict.fromkeys(LEARNERS, "of")}.get(name, "")
    return " ".join(filter(None, (name.replace("_", " "), value and link, value)))


LEARNERS = ("linear", "gp", "forest", "lightgbm")
"""Predictors whose number is a number of trainings."""
