"""What short trainings gain if residual branches begin as zero: the same networks and seeds, with and without.

Draws `zero_init_residual.svg`, networks of `efficientpose_small` after 400 steps, and writes `zero_init_residual.md`,
which has the narrow HRNets and SimpleBaselines after 800 steps, too. The trainings are those of
`results/zero_init_residual.csv`.
"""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from nasbench_pose import plots
from nasbench_pose.files import folder
from nasbench_pose.genotype import Genotype
from nasbench_pose.plots import style
from nasbench_pose.plots.labels import Label, name_points
from nasbench_pose.spaces import load

SHOWN = "efficientpose_small"
COLOURS = {"N": style.FAINT, "Y": style.FAMILIES["EfficientPose"]}
NAMES = {"N": "all weights drawn", "Y": "residual branches zero"}


def main(out: Path, budget: int = 0) -> list[Path]:  # noqa: ARG001 - nothing to spend more on
    """Draw and tabulate the trainings."""
    rows = pd.read_csv(folder("results") / "zero_init_residual.csv")
    spaces = rows["genotype"].map(lambda text: Genotype.parse(text).space)
    paired = rows.assign(space=spaces, mmacs=rows["macs"] / 1e6).pivot(
        index=["space", "mmacs", "genotype", "steps", "seed"], columns="zero_init_residual", values="val_pckh"
    )
    means = paired.groupby(["space", "mmacs", "genotype", "steps"]).agg({"N": "mean", "Y": "mean"}).reset_index()
    (out / "zero_init_residual.md").write_text(markdown(means), encoding="utf-8")
    drawing = figure(means[means["space"] == SHOWN])
    return [plots.save(drawing, out / "zero_init_residual.svg"), out / "zero_init_residual.md"]


def markdown(means: pd.DataFrame) -> str:
    """Return a table: each network with its accuracies, and their difference."""
    lines = ["| network | MMACs | steps | all weights drawn (%) | residual branches zero (%) | difference (points) |"]
    lines.append("| --- " * 6 + "|")
    gains = means["Y"] - means["N"]
    columns = (means["genotype"].map(named), means["mmacs"], means["steps"], means["N"], means["Y"], gains)
    lines += [
        f"| {name} | {mmacs:.1f} | {steps} | {drawn:.1f} | {zero:.1f} | {gain:+.1f} |"
        for name, mmacs, steps, drawn, zero, gain in zip(*columns, strict=True)
    ]
    return "\n".join([*lines, "", "PCKh@0.5 on val of the same seeds, LSPET 64×64, batches of 16.", ""])


def named(genotype: str) -> str:
    """Return the name of a network, or else its space and the first digits of its key."""
    known = Genotype.parse(genotype)
    names = [name for name, one in load(known.space).named.items() if one == known]
    return names[0] if names else f"`{known.space}` {known.key[:6]}"


def figure(means: pd.DataFrame) -> Figure:
    """Return the figure: both accuracies of each network over its MACs, joined by a line."""
    drawing, ax = plots.figure()
    ax.vlines(means["mmacs"], means["N"], means["Y"], color=style.FAINT, linewidth=0.9)
    labels = []
    last = int(means["mmacs"].argmax())
    for column, colour in COLOURS.items():
        across, up = means["mmacs"].to_numpy(dtype=float), means[column].to_numpy(dtype=float)
        ax.scatter(across, up, s=26, color=colour, zorder=3)
        labels.append(Label(across[last], up[last], NAMES[column], style.darker(colour), 9))
    ax.set_xlabel("Multiply-accumulates per image (MMACs)   ← cheaper")
    ax.set_ylabel("PCKh@0.5 on validation (%)   better →")
    style.dress(ax, f"Measured plane: LSPET 64×64, {means['steps'].iloc[0]} steps of 16, PCKh@0.5; networks of {SHOWN}")
    name_points(ax, labels)
    return drawing
