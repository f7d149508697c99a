"""The figure of how far predictors can be trusted."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from nasbench_pose import plots
from nasbench_pose.benchmark import Benchmark
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.evaluators.protocol import Protocol


def trust_figure(benchmark: Benchmark, table: pd.DataFrame) -> Figure:
    """Return trust against seconds of the predictors in `table`, that of `predictors.trust`, beside full trainings.

    The dashed line, how alike two seeds of the full training rank, is there if the benchmark tells its noise.
    """
    members = benchmark.means()[: len(benchmark.index.members)]
    try:
        ceiling = benchmark.noise(np.random.default_rng(0)).tau.value
    except InvalidFileError:
        ceiling = None
    drawing, ax = plots.figure(height=6.0)
    plots.trust_plane(
        table,
        ax,
        title=f"Trust in predictors, {table['networks'].max()} networks of {benchmark.space.name}. "
        f"Full training: {Protocol.parse(benchmark.about['protocol']).title}",
        networks=len(members),
        full_seconds=float(members["seconds"].mean()),
        ceiling=ceiling,
    )
    return drawing
