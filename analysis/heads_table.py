"""Accuracy and cost by head and width, from the benchmark table of `heads_micro` on photographs.

Makes `heads_table.svg` and `heads_table.md`.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from nasbench_pose import plots
from nasbench_pose.benchmark import Benchmark
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.genotype import Genotype
from nasbench_pose.objective import Objective
from nasbench_pose.plots import style
from nasbench_pose.plots.labels import Label, name_points

SPACE, DATA = "heads_micro", "lspet"
COLOURS = {
    "deconv64": "#0072B2", "slim32": "#D55E00", "slim32_sic": "#E69F00", "upsample32": "#009E73",
    "shuffle32": "#CC79A7", "simcc2": "#332288", "slim32_simcc2": "#661100",
}  # fmt: skip


def main(out: Path, budget: int = 0) -> list[Path]:  # noqa: ARG001
    """Draw and tabulate the heads into the folder `out`; `budget` has no effect."""
    table = Benchmark.load(SPACE, DATA)
    rows = by_head(table)
    (out / "heads_table.md").write_text(markdown(rows), encoding="utf-8")
    return [plots.save(figure(table, rows), out / "heads_table.svg"), out / "heads_table.md"]


def by_head(table: Benchmark) -> pd.DataFrame:
    """Return mean accuracy and MACs of each head at each width, over the encoders, with the standard error.

    Columns: head, width, macs, val_pckh, error. The error is that of the mean over encoders and seeds; the encoders are
    the same for every head, so only the noise of the seeds counts.
    """
    means = table.means()[: len(table.index.members)]
    genes = pd.DataFrame([dict(Genotype.parse(text).genes) for text in means["genotype"]])
    means = means.assign(head=genes["head"].to_numpy(), width=genes["width"].to_numpy())
    noise = table.noise(np.random.default_rng(0)).spread_seeds
    groups = means.groupby(["head", "width"], as_index=False)
    rows = groups.agg(macs=("macs", "mean"), val_pckh=("val_pckh", "mean"), seeds=("seeds", "sum"))
    return rows.assign(error=noise / np.sqrt(rows["seeds"]))


def figure(table: Benchmark, rows: pd.DataFrame) -> Figure:
    """Return the figure: one line for each head, through the widths."""
    drawing, ax = plots.figure(height=5.6)
    labels = []
    for head, line in rows.groupby("head"):
        across, up, colour = line["macs"] / 1e6, line["val_pckh"], COLOURS[str(head)]
        ax.errorbar(across, up, yerr=line["error"], color=colour, marker="o", markersize=5, linewidth=1.4, elinewidth=1)
        labels.append(Label(across.iloc[-1], up.iloc[-1], str(head), style.darker(colour), 9, "bold"))
    ax.set_xscale("log")
    ax.set_xlim(right=1.25 * rows["macs"].max() / 1e6)  # space for the names
    style.scale_axes(ax, Objective("macs"), Objective("val_pckh", maximise=True))
    protocol = Protocol.parse(table.about["protocol"]).title
    style.dress(ax, f"Measured plane: {protocol}; mean of three encoders at widths of 50, 100 and 200 %, {SPACE}")
    name_points(ax, labels)
    return drawing


def markdown(rows: pd.DataFrame) -> str:
    """Return accuracy and MACs by head, the best first, as a table of Markdown."""
    accuracy = rows.pivot(index="head", columns="width", values="val_pckh")
    macs = rows.pivot(index="head", columns="width", values="macs") / 1e6
    order = accuracy.mean(axis=1).sort_values(ascending=False).index
    widths = list(accuracy.columns)
    lines = [f"| head | {' | '.join(f'width {width} %' for width in widths)} |", "| --- " * (1 + len(widths)) + "|"]
    for head in order:
        cells = (f"{accuracy.loc[head, width]:.1f} % for {macs.loc[head, width]:.1f} MMACs" for width in widths)
        lines.append(f"| `{head}` | {' | '.join(cells)} |")
    return "\n".join([*lines, "", f"Standard error of a mean: {rows['error'].max():.1f} points.", ""])
