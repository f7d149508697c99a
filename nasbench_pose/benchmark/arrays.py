"""The rows of a table as arrays of shape (genotypes, seeds), one per quantity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasbench_pose.errors import InvalidFileError, pick
from nasbench_pose.metrics import DEFAULT_OBJECTIVES, TEST_ACCURACY

Floats = NDArray[np.float64]
Codes = NDArray[np.integer] | Sequence[Sequence[int]]
"""Option indices, shape (n, genes), as `SearchSpace.encode` gives them."""

SPLITS = {"val": DEFAULT_OBJECTIVES[0], "test": TEST_ACCURACY}
"""Split of the data set -> column of the accuracy on it."""


@dataclass(frozen=True)
class TrainingArrays:
    """Measurements, shape (genotypes, seeds); NaN where a training failed or was not made."""

    seeds: tuple[int, ...]
    """All seeds in the table."""
    steps: tuple[int, ...]
    """Training steps at which learning curves have a point."""
    full: int
    """Steps of a full training."""
    accuracy: Mapping[str, Floats]
    """Split -> percent."""
    seconds: Floats
    """NaN only where there is no row: failed trainings took time, too."""
    curve: Floats
    """Percent, shape (genotypes, seeds, points)."""
    succeeded: NDArray[np.bool_]
    """Whether there was a training that did not fail."""

    @classmethod
    def of(cls, rows: pd.DataFrame, genotypes: Sequence[str], full: int) -> "TrainingArrays":
        """Return the arrays of a table; row i is `genotypes[i]` (a text), which the table may lack."""
        seeds = tuple(sorted({int(seed) for seed in rows["seed"]}))
        curves = [points(text) for text in rows["curve"]]
        steps = tuple(sorted({step for curve in curves for step in curve}))
        at = (
            pd.Index(genotypes).get_indexer(pd.Index(rows["genotype"])),
            np.searchsorted(np.array(seeds, dtype=np.int64), rows["seed"].to_numpy(dtype=np.int64)),
        )
        percents = np.array([[curve.get(step, np.nan) for step in steps] for curve in curves], dtype=np.float64)
        ended = rows["error"].isna().to_numpy()  # the points of a training that failed later are no results

        def spread(values: Floats) -> Floats:
            plane = np.full((len(genotypes), len(seeds), *values.shape[1:]), np.nan)
            plane[at] = values
            return plane

        unknown = np.full(len(rows), np.nan)  # a table need not have measured on every split
        columns = {
            name: rows[column].to_numpy(dtype=np.float64) if column in rows else unknown
            for name, column in SPLITS.items()
        }
        return cls(
            seeds,
            steps,
            full,
            {name: spread(values) for name, values in columns.items()},
            spread(rows["seconds"].to_numpy(dtype=np.float64)),
            spread(np.where(ended[:, None], percents.reshape(len(rows), len(steps)), np.nan)),
            spread(ended.astype(np.float64)) == 1,
        )

    def read(self, split: str, fidelity: int | None, seed: int | None) -> tuple[Floats, Floats]:
        """Return accuracies (percent) and seconds, shape (genotypes,), of one seed or as means over all seeds.

        Seconds are NaN where there is no row, accuracies also where no training succeeded. A mean is of the trainings
        that succeeded, its seconds too; if all failed, those are the seconds that they took. Raises UnknownNameError
        for a split that does not exist, InvalidFileError for a fidelity or seed that no row has.
        """
        accuracy, share = pick("split", split, self.accuracy), 1.0
        if fidelity is not None and fidelity != self.full:
            accuracy, share = self.curve[:, :, self.point(split, fidelity)], fidelity / self.full
        if seed is None:
            counted = self.succeeded | ~self.succeeded.any(axis=1, keepdims=True)
            return mean_of_known(accuracy), share * mean_of_known(np.where(counted, self.seconds, np.nan))
        if seed not in self.seeds:
            raise InvalidFileError(f"Nothing was trained with seed {seed!r}; there are {_listed(self.seeds)}.")
        column = self.seeds.index(seed)
        return accuracy[:, column], share * self.seconds[:, column]

    def point(self, split: str, fidelity: int) -> int:
        """Return the index of a fidelity in `steps`; raise InvalidFileError if no curve of the split has it."""
        if fidelity not in self.steps:
            raise InvalidFileError(
                f"No learning curve has a point after {fidelity!r} steps; there are {_listed(self.steps)}."
            )
        if split != "val":
            raise InvalidFileError(f"Learning curves were measured on val, not on {split}; leave fidelity out.")
        return self.steps.index(fidelity)


def mean_of_known(values: Floats) -> Floats:
    """Return the mean along the second axis, ignoring NaN; NaN where all values are NaN.

    >>> mean_of_known(np.array([[1.0, np.nan, 3.0], [np.nan, np.nan, np.nan]]))
    array([ 2., nan])
    """
    known = np.isfinite(values)
    count = known.sum(axis=1)
    total = np.where(known, values, 0.0).sum(axis=1)
    mean: Floats = np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0)
    return mean


def points(curve: object) -> dict[int, float]:
    """Parse a learning curve, `steps:percent steps:percent …`; empty for a training that failed before its first point.

    >>> points("150:10.5 300:17")
    {150: 10.5, 300: 17.0}
    """
    if not isinstance(curve, str):
        return {}
    pairs = (point.split(":") for point in curve.split())
    return {int(step): float(percent) for step, percent in pairs}


def _listed(values: Sequence[int]) -> str:
    return ", ".join(map(str, values)) or "none"
