"""The means of a table over seeds, genotype by genotype."""

import pandas as pd

from nasbench_pose.benchmark.arrays import TrainingArrays
from nasbench_pose.benchmark.index import Index


def means(index: Index, grid: TrainingArrays, rows: pd.DataFrame, column: str, split: str) -> pd.DataFrame:
    """Return the frame that `Benchmark.means` describes, of the accuracies of `split`, which it calls `column`."""
    values = pd.DataFrame(grid.accuracy[split])
    costs = rows.groupby("genotype")[["params", "macs"]].first()  # a failed training has none
    frame = pd.DataFrame(
        {"genotype": [g.text for g in index.genotypes], "key": [g.key for g in index.genotypes]}
        | {"genotype_space": [g.space for g in index.genotypes]}
    ).join(costs, on="genotype")
    accuracy, seconds = grid.read(split, None, None)
    frame["seconds"], frame["seeds"] = seconds, values.count(axis=1)
    frame[column], frame[f"{column}_spread"] = accuracy, values.std(axis=1)
    return frame
