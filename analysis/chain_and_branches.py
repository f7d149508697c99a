"""A chain or branches of several resolutions, at equal MACs: three tables on the same photographs by one protocol.

Draws `chain_and_branches.svg` and writes `chain_and_branches.md`. Only the first training of each network counts, so
no space has more luck than another. A table of branches may be unfinished: its networks were trained in random order,
so those that it has are a random sample.
"""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from nasbench_pose import plots
from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.shipped import shipped
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.objective import Objective
from nasbench_pose.plots import style
from nasbench_pose.plots.labels import Label, name_points

DATA = "lspet"
SPACES = {"efficientpose_micro": "chain", "branches_micro": "branches", "hrnet_micro": "branches of one width"}
"""Space -> what it varies; the first is compared with each of the others."""
LOOKS = {
    "efficientpose_micro": (style.FAMILIES["EfficientPose"], "o"),
    "branches_micro": (style.FAMILIES["HRNet"], "s"),
    "hrnet_micro": (style.darker(style.FAMILIES["HRNet"], 0.5), "^"),
}
"""Space -> colour and marker."""
EDGES = (1.5, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 18)
"""Ends of the windows of MMACs."""
FEWEST = 8
"""Networks of a window whose mean is drawn."""
MACS, ACCURACY = Objective("macs"), Objective("val_pckh", maximise=True)


def main(out: Path, budget: int = 2000) -> list[Path]:
    """Draw and tabulate all spaces into the folder `out`; `budget` is the number of bootstrap resamples."""
    tables = {what: table_of(space) for space, what in SPACES.items()}
    rows = {what: first_trainings(table) for what, table in tables.items()}
    title = Protocol.parse(tables["chain"].about["protocol"]).title
    (out / "chain_and_branches.md").write_text(markdown(tables, rows, max(budget, 20)), encoding="utf-8")
    return [plots.save(figure(rows, title), out / "chain_and_branches.svg"), out / "chain_and_branches.md"]


def table_of(space: str) -> Benchmark:
    """Return the table of a space on the photographs, also if its build is not finished."""
    if DATA in shipped().get(space, {}):
        return Benchmark.load(space, DATA)
    return Benchmark.load(f"results/in_progress/bench_{space}_{DATA}.csv")


def first_trainings(table: Benchmark) -> pd.DataFrame:
    """Return accuracy and MACs of the first training of each member; `window` is its number in EDGES."""
    members = {genotype.text for genotype in table.index.members}
    rows = table.rows[(table.rows["seed"] == 0) & table.rows["genotype"].isin(members)].dropna(subset="val_pckh")
    return rows.assign(window=np.digitize(rows["macs"] / 1e6, EDGES))[["macs", "val_pckh", "window"]]


def figure(rows: dict[str, pd.DataFrame], title: str) -> Figure:
    """Return the figure: a point for each network, and a line through the means of the windows of MACs."""
    drawing, ax = plots.figure(height=4.8)
    labels = []
    for space, what in SPACES.items():
        found, (colour, marker) = rows[what], LOOKS[space]
        ax.scatter(found["macs"] / 1e6, found["val_pckh"], s=9, color=colour, marker=marker, alpha=0.35, linewidths=0)
        windows = found.groupby("window").agg(macs=("macs", "mean"), mean=("val_pckh", "mean"), n=("macs", "size"))
        line = windows[windows["n"] >= FEWEST]
        ax.plot(line["macs"] / 1e6, line["mean"], color=style.darker(colour), linewidth=2.2)
        end = line.iloc[-1]
        labels.append(
            Label(end["macs"] / 1e6, end["mean"], f"{what}, {len(found)} networks", style.darker(colour), 9, "bold")
        )
    style.scale_axes(ax, MACS, ACCURACY)
    style.dress(ax, f"A chain or branches, first trainings and their means. Measured plane: {title}")
    name_points(ax, labels)
    return drawing


def markdown(tables: dict[str, Benchmark], rows: dict[str, pd.DataFrame], resamples: int) -> str:
    """Return the spaces by window of MACs as a table of Markdown, and what the genes of each are worth."""
    chain, *branches = rows
    heads = [*(f"{what}: networks, mean, best tenth" for what in rows), *(f"{what} − {chain}" for what in branches)]
    lines = [f"| MMACs | {' | '.join(heads)} |", "| --- " * (1 + len(heads)) + "|"]
    rng = np.random.default_rng(0)
    for window, (low, high) in enumerate(pairwise(EDGES), start=1):
        parts = {what: found.loc[found["window"] == window, "val_pckh"].to_numpy() for what, found in rows.items()}
        apart = [gap(parts[chain], parts[what], rng, resamples) for what in branches]
        lines.append(f"| {low:g} to {high:g} | {' | '.join([*map(cell, parts.values()), *apart])} |")
    return "\n".join([*lines, "", *explained(tables, rows), ""])


def explained(tables: dict[str, Benchmark], rows: dict[str, pd.DataFrame]) -> list[str]:
    """Return what the columns are, and how much the networks of each space differ."""
    spreads = ", ".join(f"{found['val_pckh'].std():.2f} of {what}" for what, found in rows.items())
    taus = ", ".join(f"{by_macs(found):.2f} of {what}" for what, found in rows.items())
    trained = ", ".join(f"`{space}` ({tables[what].coverage})" for space, what in SPACES.items())
    return [
        f"Tables, in the order of the columns: {trained}. PCKh@0.5 in percent of the first trainings; the best tenth "
        f"begins at the last number. Difference of means with 95 % bootstrap interval, where both have {FEWEST} "
        "networks.",
        "",
        f"Standard deviation over all networks of a space, noise included: {spreads} (points). That over training "
        f"seeds of one network is {tables[next(iter(rows))].spread_of_seeds():.2f} in the chain space. "
        f"Kendall's τ between MACs and accuracy: {taus}.",
    ]


def by_macs(found: pd.DataFrame) -> float:
    """Return Kendall's τ between MACs and accuracy."""
    return found["macs"].corr(found["val_pckh"], method="kendall")


def cell(values: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> str:
    """Return the number of networks, their mean and the 90th percentile."""
    return f"{len(values)}: {values.mean():.1f}, {np.quantile(values, 0.9):.1f}" if len(values) else "none"


def gap(
    first: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]",
    second: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]",
    rng: np.random.Generator,
    resamples: int,
) -> str:
    """Return the second mean minus the first with its bootstrap interval; blank for too few networks."""
    if min(len(first), len(second)) < FEWEST:
        return ""
    means = [rng.choice(part, (resamples, len(part))).mean(axis=1) for part in (first, second)]
    low, high = np.quantile(means[1] - means[0], [0.025, 0.975])
    return f"{second.mean() - first.mean():+.1f} [{low:+.1f}, {high:+.1f}]"
