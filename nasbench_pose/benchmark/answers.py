"""What a benchmark table answers."""

from typing import NamedTuple

from nasbench_pose.benchmark.arrays import Floats


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
