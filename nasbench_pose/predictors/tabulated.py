"""Predictors that read tables: points of learning curves, and the accuracies on other people."""

from collections.abc import Callable, Iterator, Sequence
from time import thread_time

import numpy as np

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.arrays import Floats
from nasbench_pose.cost import table
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.genotype import Genotype
from nasbench_pose.hashing import short_sha256
from nasbench_pose.predictors.predictor import Predictor, Score, Setting
from nasbench_pose.surrogates.curves import power_law


def curve(steps: int, setting: Setting) -> Predictor:
    """Return the accuracy after `steps` of the full training: stop early, and believe what there is.

    Of the very training whose end the truth is, where there is only one: what early stopping would see, which agrees
    better than the beginning of another training would.
    """
    beginnings(steps, setting, None)  # says which points there are

    def read(seed: int) -> tuple[Floats, Floats]:
        points, seconds = beginnings(steps, setting, seed)
        return points[:, -1], seconds

    return tabulated(f"curve={steps}", "learning curve", setting.benchmark, read)


def extrapolated(steps: int, setting: Setting) -> Predictor:
    """Return where a power law through the curve's points up to `steps` ends; of the same training as `curve`."""
    grid = setting.benchmark.grid
    known = np.array([point for point in grid.steps if point <= steps], dtype=np.float64)
    power_law(known, beginnings(steps, setting, None)[0], grid.full)  # says if they are too few

    def read(seed: int) -> tuple[Floats, Floats]:
        points, seconds = beginnings(steps, setting, seed)
        return power_law(known, points, grid.full), seconds

    return tabulated(f"power_law={steps}", "learning curve", setting.benchmark, read)


def beginnings(steps: int, setting: Setting, seed: int | None) -> tuple[Floats, Floats]:
    """Return learning curves up to `steps`, shape (genotypes, points), and the seconds that they took.

    Raises InvalidFileError if that is no point of them, or their end.
    """
    grid = setting.benchmark.grid
    if steps >= grid.full:
        raise InvalidFileError(f"After {steps} steps a training has ended: {grid.full} is all there is to predict.")
    seconds = grid.read("val", steps, seed)[1]
    known = [point for point in grid.steps if point <= steps]
    return np.stack([grid.read("val", point, seed)[0] for point in known], axis=1), seconds


def size(quantity: str, setting: Setting) -> Predictor:
    """Return exact `params` or `macs`, counted of genotypes: no network is built, and nobody looked at."""
    space, protocol = setting.benchmark.space, setting.protocol
    about = f"{quantity} {space.digest} {protocol.input} {space.joints}"

    def scores(genotypes: Sequence[Genotype], _: int) -> Iterator[Score]:
        started = thread_time()
        counted = getattr(table(space, input=protocol.input).count(space.encode(genotypes)), quantity).tolist()
        each = (thread_time() - started) / len(genotypes)
        yield from (Score(one.text, value, each, 0.0) for one, value in zip(genotypes, counted, strict=True))

    return Predictor(quantity, "zero-cost", short_sha256(about), scores)


def other_table(where: str, setting: Setting) -> Predictor:
    """Return the accuracy on other people: of the package's table on them, or of a .csv file."""
    space = setting.benchmark.space
    mine = where.endswith(".csv")
    other = Benchmark.load(where if mine else space.name, None if mine else where, space=space)

    def read(seed: int) -> tuple[Floats, Floats]:
        return other.grid.read("val", None, seed)

    return tabulated(f"table={where}", "other table", other, read)


def tabulated(name: str, family: str, benchmark: Benchmark, read: Callable[[int], tuple[Floats, Floats]]) -> Predictor:
    """Return the predictor that reads scores and seconds of all genotypes of `benchmark` for a seed."""

    def scores(genotypes: Sequence[Genotype], seed: int) -> Iterator[Score]:
        values, seconds = read(seed) if seed in benchmark.grid.seeds else (None, None)
        for genotype in genotypes:
            row = benchmark.index.row(genotype)
            if values is None or seconds is None or not np.isfinite(values[row]):
                yield Score(genotype.text, np.nan, 0.0, 0.0, f"{benchmark.name} has no such training with seed {seed}")
            else:
                yield Score(genotype.text, float(values[row]), float(seconds[row]), 0.0)

    return Predictor(name, family, identity(benchmark, name), scores)


def identity(benchmark: Benchmark, name: str) -> str:
    """Return 16 hex digits that change when the table grows."""
    return short_sha256(f"{name} {benchmark.about['sha256']}")
