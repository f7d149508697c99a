"""The figures of a comparison, and the planes of published results."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nasbench_pose import plots, reference
from nasbench_pose.objective import ACCURACY, COST, Limit, Objective
from nasbench_pose.search import BASELINES
from nasbench_pose.stats import Effort

PUBLISHED = {
    "published_mpii": ("MPII", "val", (256, 256), "MPII validation, PCKh@0.5, 256×256", 82.5),
    "published_coco": ("COCO", "val2017", (256, 192), "COCO val2017, AP, 256×192", 61.5),
}
"""File -> data set, split, input, title, and the lowest accuracy that is drawn."""
OVER: tuple[Effort, ...] = ("evaluations", "seconds")
"""The horizontal axes of the incumbent curves; searches with several workers have `clock`, too."""


OPTIONAL = (
    *(f"{what}_{over}" for what in ("best_so_far", "regret", "equivalence", "improvement") for over in OVER),
    "best_so_far_clock", "regret", "attainment", "attainment_difference", "plane_of_three", "pairs",
)  # fmt: skip
"""Figures that some comparisons do not have."""


def clear_optional(out: Path) -> None:
    """Remove the figures of an earlier comparison from `out` that the next one may not draw."""
    for name in OPTIONAL:
        (out / f"{name}.svg").unlink(missing_ok=True)


def draw_published(out: Path, *, suffix: str = ".svg") -> list[Path]:
    """Draw the published planes, costs recounted under one convention, into the folder `out`; return the files."""
    return [_published(name, out / f"{name}{suffix}") for name in PUBLISHED]


def draw_plane(
    trials: pd.DataFrame,
    out: Path,
    *,
    protocol: str,
    limits: Sequence[Limit],
    budget: str = "",
    x: Objective = COST,
    y: Objective = ACCURACY,
    suffix: str = ".svg",
) -> Path:
    """Draw the measured plane of a comparison into `out`.

    `trials` is a frame of `Store.frame`; `protocol` is the title of the protocol; `limits` those of the other figures;
    `budget` that of each search in words.
    """
    figure, ax = plots.figure(height=5.8)
    plots.measured_plane(trials, ax, protocol=protocol, x=x, y=y, limits=limits, budget=budget)
    return plots.save(figure, out / f"measured_plane{suffix}")


def draw_best_so_far(
    trials: pd.DataFrame,
    out: Path,
    *,
    protocol: str,
    limits: Sequence[Limit],
    budget: str = "",
    objective: Objective = ACCURACY,
    suffix: str = ".svg",
) -> Iterator[Path]:
    """Draw the best so far within the limits, over trials and over seconds, into `out`, yielding each file.

    If searches have several workers, their clock is a third axis.
    """
    overs: tuple[Effort, ...] = (*OVER, "clock") if _overlapping(trials) else OVER
    for over in overs:
        figure, ax = plots.figure()
        plots.best_so_far(
            trials, ax, over=over, objective=objective, protocol=protocol, limits=limits, budget=budget,
            among=searching(trials),
        )  # fmt: skip
        yield plots.save(figure, out / f"best_so_far_{over}{suffix}")


def _overlapping(trials: pd.DataFrame) -> bool:
    """Return whether trainings of a search took longer in sum than its clock."""
    if "end_seconds" not in trials:
        return False
    runs = trials.groupby(["strategy", "run_seed"])
    return bool((runs["seconds"].sum() > 1.001 * runs["end_seconds"].max()).any())


def draw_regret(
    curves: pd.DataFrame,
    out: Path,
    *,
    protocol: str,
    limits: Sequence[Limit],
    budget: str = "",
    objective: Objective = ACCURACY,
    among: Sequence[str] = (),
    suffix: str = ".svg",
) -> Path:
    """Draw the regret of the strategies `among` into `out`: `curves` are those of `benchmark.regret.regret_so_far`."""
    figure, ax = plots.figure()
    plots.regret_so_far(curves, ax, protocol=protocol, objective=objective, limits=limits, budget=budget, among=among)
    return plots.save(figure, out / f"regret{suffix}")


def draw_three(
    genotypes: pd.DataFrame,
    baselines: pd.DataFrame,
    out: Path,
    objectives: Sequence[Objective],
    *,
    title: str,
    suffix: str = ".svg",
) -> Iterator[Path]:
    """Draw the networks of a comparison by three objectives or more into `out`, yielding each file.

    The plane has the third objective as colour; `pairs` has the planes of all pairs. `genotypes` are the networks of
    the searches, `baselines` the hand-made ones.
    """
    y, x, third = objectives[:3]
    ax = plots.coloured_plane(genotypes, x, y, third, title=title, baselines=baselines)
    yield plots.save(figure_of(ax), out / f"plane_of_three{suffix}")
    panels = plots.pairs(genotypes, objectives, title=title, baselines=baselines)
    yield plots.save(figure_of(panels[0]), out / f"pairs{suffix}")


def searching(trials: pd.DataFrame) -> list[str]:
    """Return the strategies of a comparison, which the colours and names in all its figures follow from."""
    return sorted(set(trials["strategy"]) - {BASELINES})


def figure_of(ax: Axes) -> Figure:
    """Return the figure of `axes`."""
    drawing = ax.get_figure(root=True)
    assert drawing is not None
    return drawing


def _published(name: str, path: Path) -> Path:
    dataset, split, size, title, lowest = PUBLISHED[name]
    rows = reference.published(dataset=dataset, split=split, input=size, role="primary", paradigm="top-down")
    figure, ax = plots.figure(height=6.0)
    plots.published_plane(reference.recounted(rows), ax, title=title, lowest=lowest)
    return plots.save(figure, path)
