"""The benchmark tables: every network over its cost, the true front, the narrow baselines, and the noise.

Makes `benchmark_<space>_<data>.svg` for each table that comes with the package, and `benchmark_table.md` on all.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from nasbench_pose import plots
from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.shipped import shipped
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.objective import Objective
from nasbench_pose.pareto import NothingFitsError, best_under
from nasbench_pose.plots import style
from nasbench_pose.plots.fronts import coordinates, corners, draw_front
from nasbench_pose.plots.labels import Label, name_points

MACS, PCKH = Objective("macs"), Objective("val_pckh", maximise=True)
LIMITS = (np.inf, 4e6)
"""MACs within which the best genotype is named."""


def main(out: Path, budget: int = 0) -> list[Path]:  # noqa: ARG001
    """Draw and tabulate every table into the folder `out`; `budget` has no effect."""
    tables = [Benchmark.load(path) for of_space in shipped().values() for path in of_space.values()]
    text = out / "benchmark_table.md"
    text.write_text("\n".join(map(markdown, tables)), "utf-8")
    names = {table: f"{table.name.replace('bench', 'benchmark', 1)}.svg" for table in tables if any_row(table)}
    drawn = [draw(table, out / name) for table, name in names.items()]
    return [text, *drawn]


def any_row(table: Benchmark) -> bool:
    """Whether any genotype of the space was trained successfully."""
    return bool(table.means()[: len(table.index.members)]["val_pckh"].notna().any())


def draw(table: Benchmark, path: Path) -> Path:
    """Draw every genotype, with the range over its seeds, the true front and the baselines."""
    figure, ax = plots.figure(height=5.6)
    means = table.means()
    members, baselines = means[: len(table.index.members)], means[len(table.index.members) :]
    style.scale_axes(ax, MACS, PCKH)
    colour = style.FAMILIES.get(style.family(table.space.name), style.FAMILIES["EfficientPose"])
    _draw_members(members, ax, colour)
    draw_front(members, MACS, PCKH, ax, colour)
    labels = [*_draw_baselines(table, baselines, ax), _front_name(members, colour, complete=table.complete)]
    protocol = Protocol.parse(table.about["protocol"]).title
    trained = f"{table.coverage.trained} of {len(members)} genotypes of {table.space.name}"
    style.dress(ax, f"Measured plane: {protocol}; {trained}")
    ax.annotate("bars: one standard deviation over seeds, where there are several", (1, 0), (-4, 6), fontsize=8,
                xycoords="axes fraction", textcoords="offset points", ha="right", color=style.FAINT)  # fmt: skip
    name_points(ax, labels)
    return plots.save(figure, path)


def _draw_members(members: pd.DataFrame, ax: Axes, colour: str) -> None:
    across, up = coordinates(members, MACS, PCKH).T
    ax.errorbar(across, up, yerr=members["val_pckh_spread"].fillna(0), fmt="none", ecolor=colour, elinewidth=0.6,
                alpha=0.35, zorder=1)  # fmt: skip
    ax.scatter(across, up, s=9, color=colour, alpha=0.6, linewidths=0, zorder=2)


def _draw_baselines(table: Benchmark, baselines: pd.DataFrame, ax: Axes) -> list[Label]:
    labels = []
    spreads = baselines["val_pckh_spread"].fillna(0.0).to_numpy()
    for genotype, at, spread in zip(table.index.others, coordinates(baselines, MACS, PCKH), spreads, strict=True):
        kind = style.family(genotype.space)
        colour = style.FAMILIES.get(kind, style.INK)
        ax.errorbar(at[0], at[1], yerr=spread, fmt=style.MARKERS.get(kind, "^"), markersize=8, color=colour,
                    markeredgecolor="white", markeredgewidth=0.8, elinewidth=1.2, zorder=5)  # fmt: skip
        labels.append(Label(at[0], at[1], table.index.title_of(genotype), style.darker(colour), 9, "bold"))
    return labels


def _front_name(members: pd.DataFrame, colour: str, *, complete: bool) -> Label:
    """Label the front at its middle, where there is space above it."""
    members_of_front = corners(members, MACS, PCKH)
    across, up = members_of_front[len(members_of_front) // 2]
    return Label(across, up, "true front" if complete else "front so far", style.darker(colour), 9.5, "bold")


def markdown(table: Benchmark) -> str:
    """Return the contents and the noise of a table, as Markdown."""
    lines = [("trained", str(table.coverage)), ("trainings", str(len(table.rows)))]
    lines += [("processor hours", f"{table.rows['seconds'].sum() / 3600:.1f}")]
    lines += [_best(table, limit) for limit in LIMITS] if any_row(table) else []
    try:
        lines += table.noise(np.random.default_rng(0)).lines
    except InvalidFileError:
        lines += [("noise", "not known yet: too few genotypes were trained with several seeds")]
    cells = "\n".join(f"| {what} | {value} |" for what, value in lines)
    return f"| {table.space.name}, {Protocol.parse(table.about['protocol']).title} | |\n| --- | --- |\n{cells}\n"


def _best(table: Benchmark, limit: float) -> tuple[str, str]:
    """Return the best genotype on val within a limit of MACs, with its accuracy on test, as text."""
    members = table.means()[: len(table.index.members)]
    within = "best genotype" if np.isinf(limit) else f"best of at most {limit / 1e6:g} MMACs"
    try:
        best = best_under(members, "macs", limit, PCKH).to_dict()
    except NothingFitsError:
        return within, "none yet"
    test = table.query(best["genotype"], split="test").accuracy
    reached = f"{best['val_pckh']:.1f} % on val, {test:.1f} % on test, {best['macs'] / 1e6:.2f} MMACs"
    return within, f"`{best['key']}`: {reached}"
