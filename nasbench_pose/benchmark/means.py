"""The means of a table over seeds, genotype by genotype."""

import pandas as pd

from nasbench_pose.benchmark.arrays import SPLITS, TrainingArrays
from nasbench_pose.benchmark.index import Index
from nasbench_pose.benchmark.rows import NEEDED_COLUMNS
from nasbench_pose.errors import pick
from nasbench_pose.metrics import SPREAD, metric


def means(index: Index, grid: TrainingArrays, rows: pd.DataFrame, split: str) -> pd.DataFrame:
    """Return the frame that `Benchmark.means` describes, of the accuracies of `split`."""
    column, values = pick("split", split, SPLITS), pd.DataFrame(grid.accuracy[split])
    costs = rows.groupby("genotype")[["params", "macs"]].first()  # a failed training has none
    frame = pd.DataFrame(
        {"genotype": [g.text for g in index.genotypes], "key": [g.key for g in index.genotypes]}
        | {"genotype_space": [g.space for g in index.genotypes]}
    ).join(costs, on="genotype")
    accuracy, seconds = grid.read(split, None, None)
    frame["seconds"], frame["seeds"] = seconds, values.count(axis=1)
    frame[column], frame[f"{column}{SPREAD}"] = accuracy, values.std(axis=1)
    others = [name for name in metrics_of(rows) if name not in frame and metric(name).split in ("", "train", split)]
    trainings = rows.groupby("genotype")[others]
    return frame.join(trainings.mean().join(trainings.std().add_suffix(SPREAD)), on="genotype")


def metrics_of(rows: pd.DataFrame) -> list[str]:
    """Return the columns of a table that are metrics: all that are numeric but seed and seconds."""
    return [str(name) for name in rows.select_dtypes("number") if name not in NEEDED_COLUMNS]
