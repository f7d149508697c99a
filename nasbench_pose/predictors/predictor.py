"""What a predictor is, and what it works with.

Families after White et al., How Powerful are Performance Predictors in Neural Architecture Search? (NeurIPS 2021,
arXiv 2104.01177).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from nasbench_pose.benchmark import Benchmark
from nasbench_pose.benchmark.check import warn_of_a_copy
from nasbench_pose.errors import DataError, NasbenchPoseError
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.genotype import Genotype
from nasbench_pose.pose.people import Splits
from nasbench_pose.pose.source import Source, example, load, located

FAMILIES = ("zero-cost", "one-shot", "surrogate", "learning curve", "training", "other table")


class Score(NamedTuple):
    """What a predictor says of one genotype."""

    genotype: str
    """Its text."""
    score: float
    """Higher is better; NaN if it failed."""
    seconds: float
    """Processor seconds of one thread for this genotype."""
    once_seconds: float
    """What had to be paid once before the first score: a supernet, the trainings that a surrogate learnt from."""
    error: str = ""


@dataclass(frozen=True)
class Predictor:
    """Scores genotypes without their full training."""

    name: str
    family: str
    """One of FAMILIES."""
    about: str
    """What decides the scores, canonical: scores of two texts are not the same measure."""
    scores: Callable[[Sequence[Genotype], int], Iterator[Score]]
    """(genotypes, seed) -> a score of each, in their order."""


@dataclass(frozen=True, eq=False)
class Setting:
    """The truth that predictors are held against, and the people that those who look at people see."""

    benchmark: Benchmark
    data: str | None = None
    """Where the table's people are, as `pose.source.load` takes it; None: predictors that look at people fail, if they
    are to be read from a folder."""

    @cached_property
    def protocol(self) -> Protocol:
        """The protocol of the full trainings, with whatever copy of its data set `data` is."""
        return replace(Protocol.parse(self.benchmark.about["protocol"]), digests=())

    @property
    def sees_people(self) -> bool:
        """Whether predictors can look at the table's people."""
        return self.data is not None or located(self.protocol.data)

    @cached_property
    def splits(self) -> Splits:
        """The people of the table; raise DataError if `data` is another data set, and warn of another copy of it."""
        found = self._load(self.protocol.input)
        warn_of_a_copy(self.benchmark, self.protocol.with_data(found))
        return found

    def people(self, size: tuple[int, int]) -> Splits:
        """Return `splits` in pictures of another size; raise, and warn, as it does."""
        return self.splits if self.splits.train.size == size else self._load(size)

    def _load(self, size: tuple[int, int]) -> Splits:
        if not self.sees_people:
            raise NasbenchPoseError(
                f"All measures but counts, tables, curves and surrogates look at people: say where those of "
                f"{self.benchmark.name} are, with --data {example(self.protocol.data)}."
            )
        source = self.data or self.protocol.data
        given = replace(Source.parse(source), place=None).text
        if given != self.protocol.data:
            raise DataError(f"{self.benchmark.name} was trained on {self.protocol.data}, not on {given}.")
        return load(source, size=size)
