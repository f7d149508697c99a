"""How far the rank of a strategy carries: to other seeds, another limit, another table.

Draws `rank_across_tasks.svg` and writes `rank_across_tasks.md` from `results/leaderboard.csv`. In each of many random
splits one half of the seeds ranks the strategies in one task and the other half in another. So each comparison has the
noise of two halves, and that of a task with itself is the most that can be expected.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.stats import rankdata

from nasbench_pose import plots
from nasbench_pose.plots import style
from nasbench_pose.plots.labels import Label, name_ends
from nasbench_pose.plots.strategy_colours import strategy_colours
from nasbench_pose.report.leaderboard import rows_of

SCORES = {"regret": "most accurate network (regret)", "hypervolume_regret": "front (hypervolume regret)"}
KINDS = ("same task, other seeds", "same table, another limit", "another table, same limit", "another table and limit")
DATA = {"bench_efficientpose_micro_lspet": "photographs", "bench_efficientpose_micro_synthetic": "drawn people"}

Floats = NDArray[np.float64]


def main(out: Path, budget: int = 1000) -> list[Path]:
    """Draw and tabulate how far ranks carry into the folder `out`; `budget` is the number of random splits."""
    rows = rows_of()
    found = {score: carried(rows, score, max(budget, 20)) for score in SCORES}
    (out / "rank_across_tasks.md").write_text(markdown(found, rows), encoding="utf-8")
    return [plots.save(figure(rows), out / "rank_across_tasks.svg"), out / "rank_across_tasks.md"]


def carried(rows: pd.DataFrame, score: str, splits: int) -> pd.DataFrame:
    """Return the mean Kendall's τ of each kind of pair of tasks: rows are splits, columns KINDS."""
    cube = scores_of(rows, score)
    rng, seeds = np.random.default_rng(0), cube.shape[2]
    kinds = kinds_of(rows)
    means = []
    for _ in range(splits):
        order = rng.permutation(seeds)
        halves = (cube[:, :, part].mean(axis=2) for part in (order[: seeds // 2], order[seeds // 2 :]))
        taus = kendall(*halves)
        means.append([taus[kinds == kind].mean() for kind in range(len(KINDS))])
    return pd.DataFrame(means, columns=KINDS)


def scores_of(rows: pd.DataFrame, score: str) -> Floats:
    """Return the score of each search as an array (tasks, strategies, seeds)."""
    tasks = rows.assign(task=rows["table"] + " " + rows["limit"])
    table = tasks.pivot_table(index=["task", "strategy"], columns="seed", values=score).dropna(axis=1)
    return table.to_numpy().reshape(len(tasks["task"].unique()), -1, table.shape[1])


def kinds_of(rows: pd.DataFrame) -> NDArray[np.int_]:
    """Return for each pair of tasks, in the order of `scores_of`, which of KINDS it is."""
    tasks = sorted((rows["table"] + " " + rows["limit"]).unique())
    tables, limits = np.array([task.split(" ") for task in tasks]).T
    other_table, other_limit = tables[:, None] != tables, limits[:, None] != limits
    return np.asarray(2 * other_table + other_limit, dtype=np.int_)


def kendall(first: Floats, second: Floats) -> Floats:
    """Return Kendall's tau-b between each row of one array (n, items) and each row of another (m, items)."""
    signs = [np.sign(part[:, :, None] - part[:, None, :]).reshape(len(part), -1) for part in (first, second)]
    untied = [np.sqrt((part**2).sum(axis=1)) for part in signs]
    return np.asarray(signs[0] @ signs[1].T / np.outer(*untied), dtype=np.float64)


def markdown(found: dict[str, pd.DataFrame], rows: pd.DataFrame) -> str:
    """Return the correlations as a table of Markdown."""
    lines = ["| ranks by | " + " | ".join(KINDS) + " |", "| --- " * (1 + len(KINDS)) + "|"]
    lines += [
        f"| {SCORES[score]} | {' | '.join(cell(taus[kind]) for kind in KINDS)} |" for score, taus in found.items()
    ]
    count, seeds = rows["strategy"].nunique(), rows["seed"].nunique()
    return "\n".join(
        [
            *lines,
            "",
            f"Kendall's τ between the mean scores of {count} strategies in two tasks, each from another half of "
            f"{seeds} searches: mean over all pairs of tasks of that kind, and the middle 95 % over random halves. A "
            "task is a table and a limit of MACs.",
            "",
        ]
    )


def cell(taus: "pd.Series[float]") -> str:
    """Return the mean and the middle 95 % of the correlations."""
    low, high = taus.quantile([0.025, 0.975])
    return f"{taus.mean():.2f} [{low:.2f}, {high:.2f}]"


def figure(rows: pd.DataFrame) -> Figure:
    """Return the figure: the mean rank of each strategy on both tables, joined by a line, for both scores."""
    drawing, _ = plots.figure(height=5.6)
    drawing.clear()
    left, right = drawing.subplots(1, 2)
    for ax, (score, what) in zip((left, right), SCORES.items(), strict=True):
        slopes(ax, ranks_of(rows, score), what)
    left.set_ylabel("rank, mean over limits (1: best)")
    searches = f"{rows['seed'].nunique()} searches each within 3, 4 and 6 MMACs and without a limit"
    style.caption(left, f"Tables of efficientpose_micro: {searches}", width=60)
    return drawing


def ranks_of(rows: pd.DataFrame, score: str) -> pd.DataFrame:
    """Return the rank of each strategy (rows) on each table (columns), mean over the limits."""
    means = rows.groupby(["table", "limit", "strategy"])[score].mean().unstack("strategy")
    ranks = pd.DataFrame(rankdata(means, axis=1), index=means.index, columns=means.columns)
    return ranks.groupby("table").mean().T[list(DATA)]


def slopes(ax: Axes, ranks: pd.DataFrame, what: str) -> None:
    """Draw a line for each strategy from its rank on one table to that on the other."""
    colours = strategy_colours(ranks.index)
    for name, values in ranks.iterrows():
        ax.plot([0, 1], values, color=colours[str(name)], marker="o", markersize=4, linewidth=1.4)
    ax.set_xlim(-0.1, 1.1)
    ax.set_xticks([0, 1], DATA.values())
    ax.invert_yaxis()
    style.dress(ax, f"Rank by {what}", width=28)
    name_ends(ax, [Label(1, end, str(name), colours[str(name)]) for name, end in ranks.iloc[:, 1].items()])
