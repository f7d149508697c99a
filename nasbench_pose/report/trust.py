"""How far predictors can be trusted, as a figure and as cells."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from nasbench_pose import plots
from nasbench_pose.benchmark import Benchmark
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.evaluators.protocol import Protocol


def trust_figure(benchmark: Benchmark, table: pd.DataFrame) -> Figure:
    """Return trust against seconds of the predictors in `table`, that of `predictors.trust`, beside full trainings.

    Dashed lines, if the benchmark tells its noise: how alike two seeds of the full training rank, and what is to be
    expected of a ranking without any error, which the noise of the truth keeps from agreeing with it.
    """
    members = benchmark.means()[: len(benchmark.index.members)]
    drawing, ax = plots.figure(height=6.0)
    plots.trust_plane(
        table,
        ax,
        title=f"Trust in predictors, {table['networks'].max()} networks of {benchmark.space.name}. "
        f"Full training: {Protocol.parse(benchmark.about['protocol']).title}",
        networks=len(members),
        full_seconds=float(members["seconds"].mean()),
        references=_references(benchmark, float(members["seeds"].mean())),
    )
    return drawing


def _references(benchmark: Benchmark, seeds: float) -> dict[str, float]:
    try:
        noise = benchmark.noise(np.random.default_rng(0))
    except InvalidFileError:
        return {}
    return {
        "full training, another seed": noise.tau.value,
        "a ranking without error (expected)": noise.errorless(seeds),
    }


def cells(table: pd.DataFrame, k: int) -> list[list[str]]:
    """Return the table of `predictors.trust` as people read it, the head first; what cannot be said is a dash."""
    head = ["predictor", "Kendall's τ", "on the best 10 %", "Spearman's ρ", f"precision at {k}", f"best of {k}",
            "points lost", "s each", "s once", "networks"]  # fmt: skip
    return [head, *(_cells(row) for row in table.to_dict("records"))]


def _cells(row: Mapping[Hashable, Any]) -> list[str]:
    costs = [f"{row['seconds']:.2g}", f"{row['once_seconds']:.0f}", f"{row['networks']}"]
    if np.isnan(row["tau"]):
        return [row["predictor"], *["–"] * 6, *costs]
    chosen = [f"{row['rho']:.2f}", f"{row['precision']:.1f}", f"{row['best_rank']:.0f}", f"{row['lost']:.1f}"]
    return [row["predictor"], _interval(row, "tau"), _interval(row, "top_tau"), *chosen, *costs]


def _interval(row: Mapping[Hashable, Any], column: str) -> str:
    if np.isnan(row[column]):
        return "–"
    return f"{row[column]:.2f} [{row[f'{column}_low']:.2f}, {row[f'{column}_high']:.2f}]"
