"""Training a row of a table again: does the same number come out?"""

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
    """A quantity of a training, then and now."""

    quantity: str
    table: float
    now: float

    @property
    def difference(self) -> float:
        """How much larger it is now, to the digits of the table."""
        return round(self.now - self.table, 5)


def evaluator_on(benchmark: Benchmark, data: str, *, copies: bool = False) -> TrainEvaluator:
    """Return what trains on the people of `data` as the table was made.

    Raises DataError for other people than the table's; with `copies`, another copy of the same data set will do, and
    `warn_of_a_copy` says so.
    """
    made = Protocol.parse(benchmark.about["protocol"])
    evaluator = Training(data, made, benchmark.space)()
    seen = replace(evaluator.protocol, digests=made.digests) if copies else evaluator.protocol
    if seen != made:
        raise DataError(f"{data} is not what {benchmark.name} was made with ({difference(made.text, seen.text)}).")
    warn_of_a_copy(benchmark, evaluator.protocol)
    return evaluator


def warn_of_a_copy(benchmark: Benchmark, seen: Protocol) -> None:
    """Log a warning if the people of `seen` are not the table's, pixel for pixel and split for split."""
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

    `evaluator` is that of `evaluator_on`. Everything but the seconds is the same to the last digit on the same machine
    type with the same versions, if the people are the same copy. Raises InvalidFileError for a row that the table lacks
    or whose training failed.
    """
    which = benchmark.index.genotypes[benchmark.index.row(genotype)]
    rows = benchmark.rows
    row = rows[(rows["genotype"] == which.text) & (rows["seed"] == seed)]
    benchmark.query(which, seed=seed)  # says what there is, if there is no such row
    trial = evaluator.evaluate(which, fidelity=evaluator.full_fidelity, seed=seed, progress=progress)
    if trial.error or isinstance(row["error"].iloc[0], str):
        now, then = trial.error or "succeeds", row["error"].fillna("succeeded").iloc[0]
        raise InvalidFileError(f"The training of {which.text} with seed {seed} {now} now; in the table: {then}.")
    found = table_row(trial)
    return [Compared(name, float(row[name].iloc[0]), float(str(found[name]))) for name in COMPARED]
