"""The interface of predictors, and the task that they are compared on.

Families after White et al., How Powerful are Performance Predictors in Neural Architecture Search? (NeurIPS 2021,
arXiv 2104.01177).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.check import warn_of_a_copy
from nasbench_pose.errors import DataError, NasbenchPoseError
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.recipe_settings import changed
from nasbench_pose.genotype import Genotype
from nasbench_pose.pose.people import Splits
from nasbench_pose.pose.source import Source, example, is_complete, load

FAMILIES = ("zero-cost", "one-shot", "surrogate", "learning curve", "training", "other table")


class Score(NamedTuple):
    """A predictor's score of one genotype."""

    genotype: str
    """Its text."""
    score: float
    """Higher is better; NaN if it failed."""
    seconds: float
    """Processor seconds of one thread for this genotype."""
    once_seconds: float
    """Seconds spent once before the first score: the supernet's training, or the trainings a surrogate is fitted to."""
    error: str = ""


@dataclass(frozen=True)
class Predictor:
    """Scores genotypes without their full training."""

    name: str
    family: str
    """One of FAMILIES."""
    identity: str
    """16 hex digits that change with anything that changes the scores; the column `about` of score files."""
    scores: Callable[[Sequence[Genotype], int], Iterator[Score]]
    """(genotypes, seed) -> a score for each, in the same order."""


@dataclass(frozen=True, eq=False)
class RankingTask:
    """What predictors are compared on: a benchmark table as the truth, and the people of its data set."""

    benchmark: Benchmark
    data: str | None = None
    """The table's data set, as for `pose.source.load`. None: predictors that need images fail if the
    people have to be read from a folder."""
    computing: Mapping[str, str] = field(default_factory=dict)
    """`device` and `precision` of predictors that run networks; default: those of the table's trainings."""

    @cached_property
    def protocol(self) -> Protocol:
        """The protocol of the full trainings, without the digests: `data` may be another copy of the data set."""
        return changed(replace(Protocol.parse(self.benchmark.about["protocol"]), digests=()), self.computing)

    @property
    def sees_people(self) -> bool:
        """Whether the people of the table can be loaded."""
        return self.data is not None or is_complete(self.protocol.data)

    @cached_property
    def splits(self) -> Splits:
        """The people of the table; raise DataError if `data` is another data set, warn if it is another copy."""
        found = self._load(self.protocol.input)
        warn_of_a_copy(self.benchmark, self.protocol.with_data(found))
        return found

    def people(self, size: tuple[int, int]) -> Splits:
        """Return `splits` with images of another size; raise and warn as `splits` does."""
        return self.splits if self.splits.train.size == size else self._load(size)

    def _load(self, size: tuple[int, int]) -> Splits:
        if not self.sees_people:
            raise NasbenchPoseError(
                f"All predictors but counts, tables, curves and surrogates need images: set the folder of those of "
                f"{self.benchmark.name} by --data {example(self.protocol.data)}."
            )
        source = self.data or self.protocol.data
        data_set = replace(Source.parse(source), place=None).text
        if data_set != self.protocol.data:
            raise DataError(f"{self.benchmark.name} was trained on {self.protocol.data}, not on {data_set}.")
        return load(source, size=size)
