"""Hand-made networks as named marks in a plane."""

import pandas as pd
from matplotlib.axes import Axes

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.genotype import Genotype
from nasbench_pose.objective import Objective
from nasbench_pose.plots.fronts import coordinates
from nasbench_pose.plots.labels import Label
from nasbench_pose.plots.style import FAMILIES, INK, MARKERS, darker, family
from nasbench_pose.spaces import name_of


def draw_baselines(bars: pd.DataFrame, ax: Axes, x: Objective, y: Objective, *, size: float = 9.0) -> list[Label]:
    """Draw rows of genotype, genotype_space and `spread`, the deviation of `y`, as marks; return their labels."""
    labels = []
    spreads = bars["spread"] / y.metric.scale
    columns = bars["genotype_space"], bars["genotype"], coordinates(bars, x, y), spreads
    for space, text, (across, up), spread in zip(*columns, strict=True):
        kind = family(str(space))
        colour = FAMILIES.get(kind, INK)
        ax.errorbar(
            across, up, yerr=spread, fmt=MARKERS.get(kind, "^"), markersize=size - 1, color=colour, ecolor=colour,
            markeredgecolor="white", markeredgewidth=0.8, elinewidth=1.2, zorder=5,
        )  # fmt: skip
        labels.append(Label(across, up, baseline_name(str(text)), darker(colour), size, "bold"))
    return labels


def baseline_name(text: str) -> str:
    """Return the name of a genotype, given its text, or the start of its key if it has none.

    >>> from nasbench_pose.spaces import find
    >>> baseline_name(find("hrnet-w32").text)
    'HRNet-W32'
    """
    try:
        genotype = Genotype.parse(text)
        return name_of(genotype) or f"{family(genotype.space)} {genotype.key[:6]}"
    except NasbenchPoseError:
        return text[:16]
