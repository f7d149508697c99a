"""How far predictors can be trusted, as a figure and as cells."""

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
    """Return trust against seconds of the predictors in `table`, that of `predictors.trust` on `networks`.

    Dashed lines, if the benchmark tells its noise: how far another training of each network, and a ranking without any
    error, are to be expected to agree with the truth, which is noisy itself.
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
    """Return how far the noise of the truth lets others agree with it: Kendall's tau over `networks` to expect.

    Of another full training of each, and of their true ranking. Networks may have different numbers of seeds; the noise
    of their means is the mean of what these leave. Nothing is expected of a table that cannot tell its noise.
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


def cells(table: pd.DataFrame, k: int) -> list[list[str]]:
    """Return the table of `predictors.trust` as people read it, the head first; what cannot be said is a dash."""
    head = ["predictor", "Kendall's τ", "on the best 10 %", "Spearman's ρ", f"precision at {k}", f"best of {k}",
            "points lost", "s each", "s once", "networks"]  # fmt: skip
    return [head, *(_cells(row) for row in table.to_dict("records"))]


def _cells(row: Mapping[Hashable, Any]) -> list[str]:
    costs = [f"{row['seconds']:.2g}", f"{row['once_seconds']:.0f}", f"{row['networks']}"]
    if np.isnan(row["tau"]):
        return [row["predictor"], *["–"] * 6, *costs]
    return [row["predictor"], *(_interval(row, column, digits) for column, digits in SHOWN), *costs]


SHOWN = (("tau", 2), ("top_tau", 2), ("rho", 2), ("precision", 1), ("best_rank", 0), ("lost", 1))
"""The measures of trust as people read them: column and decimals."""


def _interval(row: Mapping[Hashable, Any], column: str, digits: int) -> str:
    if np.isnan(row[column]):
        return "–"
    value, low, high = (f"{row[f'{column}{end}']:.{digits}f}" for end in ("", "_low", "_high"))
    return f"{value} [{low}, {high}]"
