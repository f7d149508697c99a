"""Reproduction of a table: train a row again and compare the numbers."""

import logging
from dataclasses import replace
from typing import NamedTuple

from nasbench_pose.benchmark.description import difference
from nasbench_pose.benchmark.rows import table_row
from nasbench_pose.benchmark.table import Benchmark
from nasbench_pose.errors import DataError, InvalidFileError
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.train import TrainEvaluator
from nasbench_pose.evaluators.training import Training
from nasbench_pose.evaluators.trial import Progress
from nasbench_pose.genotype import Genotype
from nasbench_pose.metrics import BUILT_IN

_LOG = logging.getLogger(__name__)
COMPARED = tuple(name for name, metric in BUILT_IN.items() if "table" in metric.evaluators)


class Compared(NamedTuple):
    """A quantity of a training, in the table and now."""

    quantity: str
    table: float
    now: float

    @property
    def difference(self) -> float:
        """The new value minus that of the table, rounded to the digits of the table."""
        return round(self.now - self.table, 5)


def evaluator_on(benchmark: Benchmark, data: str, *, copies: bool = False) -> TrainEvaluator:
    """Return the evaluator that trains on `data` by the protocol of the table.

    Raises DataError if the images are not those of the table. With `copies`, another copy of the same data set is
    accepted with a warning (see `warn_of_a_copy`).
    """
    made = Protocol.parse(benchmark.about["protocol"])
    evaluator = Training(data, made, benchmark.space)()
    seen = replace(evaluator.protocol, digests=made.digests) if copies else evaluator.protocol
    if seen != made:
        raise DataError(f"{data} is not what {benchmark.name} was made with ({difference(made.text, seen.text)}).")
    warn_of_a_copy(benchmark, evaluator.protocol)
    return evaluator


def warn_of_a_copy(benchmark: Benchmark, seen: Protocol) -> None:
    """Log a warning if the images of the protocol `seen` differ from the table's in any pixel or split."""
    known = Protocol.parse(benchmark.about["protocol"]).digests
    if known and seen.digests != known:
        _LOG.warning(
            "This is another copy of %s than that of %s, or divided in another way: expect other numbers.",
            seen.data,
            benchmark.name,
        )


def retrain(
    benchmark: Benchmark,
    genotype: Genotype | str,
    seed: int,
    evaluator: TrainEvaluator,
    progress: Progress | None = None,
) -> list[Compared]:
    """Train a genotype again and compare each quantity with the table's.

    `evaluator` is that of `evaluator_on`. On the same type of machine, with the same versions and the same copy of the
    data set, everything except the seconds is identical to the last digit. Raises InvalidFileError for a row that the
    table lacks, or if one of the two trainings failed.
    """
    which = benchmark.index.genotypes[benchmark.index.row(genotype)]
    rows = benchmark.rows
    row = rows[(rows["genotype"] == which.text) & (rows["seed"] == seed)]
    benchmark.query(which, seed=seed)  # raises if there is no such row
    trial = evaluator.evaluate(which, fidelity=evaluator.full_fidelity, seed=seed, progress=progress)
    if trial.error or isinstance(row["error"].iloc[0], str):
        now, then = trial.error or "succeeds", row["error"].fillna("succeeded").iloc[0]
        raise InvalidFileError(f"The training of {which.text} with seed {seed} {now} now; in the table: {then}.")
    found = table_row(trial)
    return [Compared(name, float(row[name].iloc[0]), float(str(found[name]))) for name in COMPARED]
