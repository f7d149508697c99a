"""What a benchmark table answers."""

from collections.abc import Sequence
from typing import NamedTuple

from nasbench_pose.benchmark.arrays import Floats
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.genotype import Genotype


class Answer(NamedTuple):
    """The result of one training, or the mean of several."""

    accuracy: float
    """PCKh@0.5, percent; NaN if every training failed."""
    seconds: float
    """Processor seconds of one thread that the training took."""


class Answers(NamedTuple):
    """The results of many trainings; NaN where the table has none."""

    accuracy: Floats
    seconds: Floats


class Coverage(NamedTuple):
    """How much of a space a table covers."""

    trained: int
    """Genotypes that were trained, successfully or not."""
    genotypes: int
    """Genotypes of the space."""
    replicated: int
    """Genotypes that were trained with several seeds."""

    def __str__(self) -> str:
        return f"{self.trained} of {self.genotypes} genotypes, {self.replicated} of them with several seeds"


def missing(genotype: Genotype, seeds: Sequence[int], own: int | None, has: str) -> InvalidFileError:
    """Return the error of a query that a table cannot answer; it was trained with `seeds`.

    `own` is the length of a schedule of its own that was asked for, `has` says what the table has.
    """
    if own is not None:
        return InvalidFileError(f"{genotype.text} was not trained with that seed on a schedule of {own} steps.")
    if seeds:
        return InvalidFileError(f"{genotype.text} was trained with the seeds {', '.join(map(str, seeds))} only.")
    return InvalidFileError(f"{genotype.text} has not been trained yet; {has}.")
