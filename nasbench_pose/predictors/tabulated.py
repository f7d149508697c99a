"""Predictors that read tables: points of learning curves, and the accuracies on other people."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.grid import Floats
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.genotype import Genotype
from nasbench_pose.predictors.predictor import Predictor, Score, Setting
from nasbench_pose.surrogates.curves import power_law


def curve(steps: int, setting: Setting) -> Predictor:
    """Return the accuracy after `steps` of the full training: stop early, and believe what there is."""
    setting.benchmark.grid.read("val", steps, None)  # says which points there are

    def read(seed: int) -> tuple[Floats, Floats]:
        return setting.benchmark.grid.read("val", steps, seed)

    return tabulated(f"curve={steps}", "learning curve", setting.benchmark, read)


def extrapolated(steps: int, setting: Setting) -> Predictor:
    """Return where a power law through the curve's points up to `steps` ends."""
    grid = setting.benchmark.grid
    known = [point for point in grid.steps if point <= steps]
    grid.read("val", steps, None)
    if len(known) < 3:
        raise InvalidFileError(f"A power law needs three points; {setting.benchmark.name} has {len(known)} to {steps}.")

    def read(seed: int) -> tuple[Floats, Floats]:
        points = [grid.read("val", point, seed)[0] for point in known]
        ends = power_law(np.array(known, dtype=np.float64), np.stack(points, axis=1), grid.full)
        return ends, grid.read("val", steps, seed)[1]

    return tabulated(f"power_law={steps}", "learning curve", setting.benchmark, read)


def other_table(table: str, setting: Setting) -> Predictor:
    """Return the accuracy on other people: of the package's table on them, or of a .csv file."""
    space = setting.benchmark.space
    mine = table.endswith(".csv")
    other = Benchmark.load(table if mine else space.name, None if mine else table, space=space)

    def read(seed: int) -> tuple[Floats, Floats]:
        return other.grid.read("val", None, seed)

    return tabulated(f"table={Path(table).stem}", "other table", other, read)


def tabulated(name: str, family: str, table: Benchmark, read: Callable[[int], tuple[Floats, Floats]]) -> Predictor:
    """Return the predictor that reads scores and seconds of all genotypes of `table` for a seed."""

    def scores(genotypes: Sequence[Genotype], seed: int) -> Iterator[Score]:
        values, seconds = read(seed)
        for genotype in genotypes:
            row = table.index.row(genotype)
            missing = "" if np.isfinite(values[row]) else f"not in {table.name}"
            yield Score(genotype.text, float(values[row]), float(np.nan_to_num(seconds[row])), 0.0, missing)

    return Predictor(name, family, identity(table, name), scores)


def identity(table: Benchmark, name: str) -> str:
    """Return 16 hex digits that change when the table grows."""
    return hashlib.sha256(f"{name} {table.about['sha256']}".encode()).hexdigest()[:16]
