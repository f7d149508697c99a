"""Predictors that read benchmark tables: points of learning curves, and accuracies on another data set."""

from collections.abc import Callable, Iterator, Sequence
from time import thread_time

import numpy as np

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.arrays import Floats
from nasbench_pose.cost import table
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.genotype import Genotype
from nasbench_pose.hashing import short_sha256
from nasbench_pose.predictors.predictor import Predictor, RankingTask, Score
from nasbench_pose.surrogates.curves import power_law


def curve(steps: int, task: RankingTask) -> Predictor:
    """Return the accuracy after `steps` of the full training: early stopping.

    With one seed, point and truth are of the same training. They agree better than those of two trainings would.
    """
    first_points(steps, task, None)  # raises for a step that no curve has

    def read(seed: int) -> tuple[Floats, Floats]:
        points, seconds = first_points(steps, task, seed)
        return points[:, -1], seconds

    return table_predictor(f"curve={steps}", "learning curve", task.benchmark, read)


def extrapolated(steps: int, task: RankingTask) -> Predictor:
    """Return the end of a power law fitted to the curve's points up to `steps`; trainings are those of `curve`."""
    grid = task.benchmark.grid
    known = np.array([point for point in grid.steps if point <= steps], dtype=np.float64)
    power_law(known, first_points(steps, task, None)[0], grid.full)  # raises if they are too few

    def read(seed: int) -> tuple[Floats, Floats]:
        points, seconds = first_points(steps, task, seed)
        return power_law(known, points, grid.full), seconds

    return table_predictor(f"power_law={steps}", "learning curve", task.benchmark, read)


def first_points(steps: int, task: RankingTask, seed: int | None) -> tuple[Floats, Floats]:
    """Return learning curves up to `steps`, shape (genotypes, points), and the seconds of the trainings up to there.

    Raises InvalidFileError if the curves have no point at `steps`, or end there.
    """
    grid = task.benchmark.grid
    if steps >= grid.full:
        raise InvalidFileError(f"A training has {grid.full} steps; a prediction uses fewer, not {steps}.")
    seconds = grid.read("val", steps, seed)[1]
    known = [point for point in grid.steps if point <= steps]
    return np.stack([grid.read("val", point, seed)[0] for point in known], axis=1), seconds


def size(quantity: str, task: RankingTask) -> Predictor:
    """Return exact `params` or `macs`, counted from genotypes: no network is built and no image is needed."""
    space, protocol, joints = task.benchmark.space, task.protocol, task.benchmark.joints
    identity = f"{quantity} {space.digest} {protocol.input} {joints}"

    def scores(genotypes: Sequence[Genotype], _: int) -> Iterator[Score]:
        started = thread_time()
        costs = table(space, input=protocol.input, joints=joints).count(space.encode(genotypes))
        counted = getattr(costs, quantity).tolist()
        each = (thread_time() - started) / len(genotypes)
        yield from (Score(one.text, value, each, 0.0) for one, value in zip(genotypes, counted, strict=True))

    return Predictor(quantity, "zero-cost", short_sha256(identity), scores)


def other_table(where: str, task: RankingTask) -> Predictor:
    """Return the accuracy on another data set: from the table that the package has for it, or from a .csv file."""
    space = task.benchmark.space
    is_file = where.endswith(".csv")
    other = Benchmark.load(where if is_file else space.name, None if is_file else where, space=space)

    def read(seed: int) -> tuple[Floats, Floats]:
        return other.grid.read("val", None, seed)

    return table_predictor(f"table={where}", "other table", other, read)


def table_predictor(
    name: str, family: str, benchmark: Benchmark, read: Callable[[int], tuple[Floats, Floats]]
) -> Predictor:
    """Return a predictor of the genotypes of `benchmark`; `read` returns all scores and seconds for a seed."""

    def scores(genotypes: Sequence[Genotype], seed: int) -> Iterator[Score]:
        values, seconds = read(seed) if seed in benchmark.grid.seeds else (None, None)
        for genotype in genotypes:
            row = benchmark.index.row(genotype)
            if values is None or seconds is None or not np.isfinite(values[row]):
                yield Score(genotype.text, np.nan, 0.0, 0.0, f"{benchmark.name} has no such training with seed {seed}")
            else:
                yield Score(genotype.text, float(values[row]), float(seconds[row]), 0.0)

    return Predictor(name, family, table_identity(benchmark, name), scores)


def table_identity(benchmark: Benchmark, name: str) -> str:
    """Return 16 hex digits that change with the content of the table."""
    return short_sha256(f"{name} {benchmark.about['sha256']}")
