"""The agreement of predictors with the truth, as a figure and as a table."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from nasbench_pose import plots
from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.arrays import SPLITS
from nasbench_pose.benchmark.noise import effective_trainings
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.genotype import Genotype


def trust_figure(benchmark: Benchmark, table: pd.DataFrame, networks: Sequence[Genotype]) -> Figure:
    """Return a figure of Kendall's tau over seconds, for the `table` of `predictors.trust` on `networks`.

    Dashed lines show the expected tau of another training of each network and of the true ranking, because the measured
    truth is noisy itself. They need a benchmark with several seeds.
    """
    members = benchmark.means()[: len(benchmark.index.members)]
    drawing, ax = plots.figure(height=7.2)
    plots.trust_plane(
        table,
        ax,
        title=f"Trust in predictors, {table['networks'].max()} networks of {benchmark.space.name}. "
        f"Full training: {Protocol.parse(benchmark.about['protocol']).title}",
        networks=len(members),
        full_seconds=float(members["seconds"].mean()),
        references=references(benchmark, networks),
    )
    return drawing


def references(benchmark: Benchmark, networks: Sequence[Genotype]) -> dict[str, float]:
    """Return the expected Kendall's tau over `networks` of another full training of each, and of the true ranking.

    The measured truth is noisy, so neither tau is 1. Networks may have different numbers of seeds; the noise of their
    means is averaged. The result is empty for a table whose noise cannot be estimated.
    """
    try:
        noise = benchmark.noise(np.random.default_rng(0))
    except InvalidFileError:
        return {}
    means = benchmark.means().set_index("genotype").loc[[one.text for one in networks]]
    seeds = effective_trainings(means["seeds"])
    left = means[SPLITS["val"]].var() - noise.spread_seeds**2 / seeds
    here = replace(noise, spread_genotypes=float(np.sqrt(max(0.0, left))))
    return {
        "another full training (expected)": here.expected(1, seeds),
        "a ranking without error (expected)": here.expected(np.inf, seeds),
    }


def table_rows(table: pd.DataFrame, k: int) -> list[list[str]]:
    """Return the printed rows of the table of `predictors.trust`, the head first; a missing value is a dash."""
    head = ["predictor", "Kendall's τ", "on the best 10 %", "Spearman's ρ", f"precision at {k}", f"best of {k}",
            "points lost", "s each", "s once", "networks"]  # fmt: skip
    return [head, *(_printed_row(row) for row in table.to_dict("records"))]


def _printed_row(row: Mapping[Hashable, Any]) -> list[str]:
    costs = [f"{row['seconds']:.2g}", f"{row['once_seconds']:.0f}", f"{row['networks']}"]
    if np.isnan(row["tau"]):
        return [row["predictor"], *["–"] * 6, *costs]
    return [row["predictor"], *(_interval(row, column, digits) for column, digits in SHOWN), *costs]


SHOWN = (("tau", 2), ("top_tau", 2), ("rho", 2), ("precision", 1), ("best_rank", 0), ("lost", 1))
"""The printed measures: column and decimals."""


def _interval(row: Mapping[Hashable, Any], column: str, digits: int) -> str:
    if np.isnan(row[column]):
        return "–"
    value, low, high = (f"{row[f'{column}{end}']:.{digits}f}" for end in ("", "_low", "_high"))
    return f"{value} [{low}, {high}]"
