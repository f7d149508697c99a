"""Queries of a benchmark table: accuracy, front, regret and noise."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
import pandas as pd

from nasbench_pose.benchmark.answers import Answer, Answers, Coverage, missing
from nasbench_pose.benchmark.arrays import SPLITS, Codes, Floats, TrainingArrays
from nasbench_pose.benchmark.index import Index
from nasbench_pose.benchmark.joints import number_of_joints
from nasbench_pose.benchmark.means import means
from nasbench_pose.benchmark.own_schedules import OwnSchedules
from nasbench_pose.benchmark.plan import Plan, check_size, replicated
from nasbench_pose.benchmark.rows import TableFile, people_of
from nasbench_pose.benchmark.shipped import table_of
from nasbench_pose.benchmark.within_macs import regrets_within
from nasbench_pose.errors import InvalidFileError, pick
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.evaluators.trial import SCHEDULES, Schedule
from nasbench_pose.genotype import Genotype
from nasbench_pose.notebooks import Shown
from nasbench_pose.objective import Objective
from nasbench_pose.pareto import front
from nasbench_pose.spaces import SearchSpace

if TYPE_CHECKING:
    from nasbench_pose.benchmark.noise import Noise
    from nasbench_pose.benchmark.surrogate import SurrogateBenchmark


@dataclass(frozen=True, eq=False, repr=False)
class Benchmark(Shown):
    """A table of trained networks. A query takes a microsecond instead of half a minute of training.

    Accuracies are PCKh@0.5 in percent on the split `val`, which searches may use, or `test`, which they must not.

    >>> Benchmark.load("efficientpose_mikro")
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.UnknownNameError: No benchmark table of 'efficientpose_mikro'; there are ...
    """

    name: str = ""
    space: SearchSpace = None  # type: ignore[assignment]  # so that Benchmark() says how a table is loaded
    rows: pd.DataFrame = None  # type: ignore[assignment]  # likewise
    """One row per training, with the columns that `rows.COLUMNS` describes."""
    about: Mapping[str, Any] = None  # type: ignore[assignment]  # likewise
    """The contents of the TOML file that describes the rows."""
    own: OwnSchedules | None = None
    """Trainings on schedules of their own, if there are any."""
    others: pd.DataFrame | None = None
    """More columns of `means`, such as latencies on a device; the index is the text of a genotype."""

    def __post_init__(self) -> None:
        if not isinstance(self.space, SearchSpace) or not isinstance(self.rows, pd.DataFrame) or self.about is None:
            raise InvalidFileError("A Benchmark is loaded: Benchmark.load('efficientpose_micro'), or a .csv's path.")

    @overload
    @classmethod
    def load(
        cls, table: str | Path, data: str | None = ..., *, space: SearchSpace | None = ..., version: str | None = ...
    ) -> "Benchmark": ...
    @overload
    @classmethod
    def load(
        cls, table: str | Path, data: str | None = ..., *, space: SearchSpace | None = ..., surrogate: Literal[True],
        version: str | None = ...,
    ) -> "SurrogateBenchmark": ...  # fmt: skip
    @classmethod
    def load(
        cls, table: str | Path, data: str | None = None, *, space: SearchSpace | None = None,
        surrogate: bool = False, version: str | None = None,
    ) -> "Benchmark | SurrogateBenchmark":  # fmt: skip
        """Return the built-in table of a space, or a table of your own by the path of its .csv file.

        `data` is `lspet` (photographs) or `synthetic`; the default is `lspet` if there is that table. `space` is
        required for a space that is not built in. A table whose build is not finished can be loaded, too: see
        `coverage`. With `surrogate`, the table is a sample of a space that is too large to train, and a
        SurrogateBenchmark of it is returned. `version` is the beginning of the checksum of an earlier state, which had
        fewer rows: results made then can be repeated. Raises UnknownNameError for a table that does not exist,
        InvalidFileError for one that was edited, that is on another data set, that never had such a checksum, whose
        space has changed since, or whose space is too large for a table.
        """
        if surrogate:
            from nasbench_pose.benchmark.surrogate import SurrogateBenchmark

            return SurrogateBenchmark.load(table, data, space=space, version=version)
        file = TableFile(Path(table) if str(table).endswith(".csv") else table_of(str(table), data))
        path, (rows, about) = file.path, file.checked(version)
        file.check_people(about, data)
        found = file.space_of(about, space)
        check_size(found)
        return cls(path.stem, found, rows, about, None if version else OwnSchedules.beside(path, about))

    def query(
        self,
        genotype: Genotype | str,
        fidelity: int | None = None,
        seed: int | None = None,
        *,
        split: str = "val",
        schedule: Schedule = "whole",
    ) -> Answer:
        """Return accuracy and training seconds of `genotype`, a Genotype or its text, key or name.

        `seed` None: the mean over the seeds whose training succeeded. `fidelity` None: a full training. A number of
        steps is a point of the learning curve; it was measured on a part of val during the full training, and takes its
        share of the seconds. With the schedule `own` it is the end of a training of so many steps. Raises
        UnknownNameError or InvalidFileError for a query that the table cannot answer.
        """
        asked = (split, fidelity, seed, schedule)
        answers = self._answer_lists.get(asked) or self._answers(*asked)
        row = self.index.known.get(genotype) if isinstance(genotype, Genotype | str) else None
        answer = answers[self.index.row(genotype) if row is None else row]
        if answer is None:
            own = fidelity if schedule == "own" and fidelity != self.grid.full else None
            which = self.index.genotypes[self.index.row(genotype)]
            raise missing(which, self.seeds(which), own, f"{self.name} has {self.coverage}")
        return answer

    def query_many(
        self,
        codes: Codes,
        fidelity: int | None = None,
        seed: int | None = None,
        *,
        split: str = "val",
        schedule: Schedule = "whole",
    ) -> Answers:
        """Return accuracies and seconds of many genotypes: option indices, shape (n, genes), as `space.encode` gives.

        The answers equal those of `query`; what the table lacks is NaN. Raises InvalidFileError for indices outside the
        space, and the errors of `query` for fidelity, seed, split and schedule.
        """
        rows, (accuracy, seconds) = self.index.rows(codes), self._read(split, fidelity, seed, schedule)
        return Answers(accuracy[rows], seconds[rows])

    def seeds(self, genotype: Genotype | str) -> tuple[int, ...]:
        """Return the seeds that `genotype` was trained with."""
        trained = np.isfinite(self.grid.seconds[self.index.row(genotype)])
        return tuple(seed for seed, known in zip(self.grid.seeds, trained, strict=True) if known)

    def means(self, split: str = "val") -> pd.DataFrame:
        """Return one row per genotype: first all members of the space, then the baselines.

        Columns: genotype, key, genotype_space, params, macs, seconds, seeds (successful trainings, of which the others
        are means; if all failed, the seconds are theirs), `val_pckh` or
        `test_pckh` (the mean over seeds), and the same with `_spread` (the sample standard deviation, NaN for one
        seed); then the other metrics of the table but those of the other split, such as `val_loss`, likewise. Values of
        genotypes that were not trained, or failed, are NaN.
        """
        frame, others = means(self.index, self.grid, self.rows, split), self.others
        return frame if others is None else frame.drop(columns=others, errors="ignore").join(others, on="genotype")

    def with_columns(self, columns: pd.DataFrame) -> "Benchmark":
        """Return the table with more columns of `means`, for `front` and regret within limits of them.

        The index of `columns` is the text of a genotype. `DeviceFile.columns` returns such a frame.
        """
        return replace(self, others=columns if self.others is None else self.others.join(columns, how="outer"))

    def front(self, cost: str = "macs", *, split: str = "val") -> pd.DataFrame:
        """Return the Pareto front of `cost` and accuracy: rows of `means`, members only, the cheapest first."""
        members = self.means(split)[: len(self.index.members)]
        best = front(members, Objective(cost), Objective(SPLITS[split], maximise=True))
        return members[best].sort_values(cost).reset_index(drop=True)

    @overload
    def regret(self, which: Genotype | str, *, macs_limit: float = ..., split: str = ...) -> float: ...
    @overload
    def regret(self, which: Codes, *, macs_limit: float = ..., split: str = ...) -> Floats: ...
    def regret(
        self, which: Genotype | str | Codes, *, macs_limit: float = np.inf, split: str = "val"
    ) -> float | Floats:
        """Return the regret of a genotype, or of each of many option indices: the distance to the best one in points.

        The best is that of all members of at most `macs_limit` MACs, by the mean over seeds; it is exact if the table
        is `complete`. The regret is infinite for a network that exceeds the limit or failed, and NaN for one that was
        not trained. Raises NasbenchPoseError if no member is within the limit, and the errors of `query`.
        """
        try:
            return self._member_regrets[macs_limit, split][which]  # type: ignore[index]  # the others are not hashable
        except (KeyError, TypeError):
            pass
        regrets = self._regrets(macs_limit, split)
        if not isinstance(which, Genotype | str):
            return regrets[self.index.rows(which)]
        rows, listed = len(self.index.members), regrets.tolist()
        known = {name: listed[row] for name, row in self.index.known.items() if row < rows}
        self._member_regrets[macs_limit, split] = known
        row = self.index.row(which)
        self.space.validate(self.index.genotypes[row])  # a baseline has no regret
        return float(regrets[row])

    def noise(self, rng: np.random.Generator, *, split: str = "val") -> "Noise":
        """Return the noise of the table over training seeds; `rng` draws the bootstrap samples of the intervals.

        Raises InvalidFileError if too few genotypes were trained with several seeds.
        """
        from nasbench_pose.benchmark.noise import noise  # imported here: scipy.stats loads slowly, queries need none

        return noise(
            pick("split", split, self.grid.accuracy),
            np.isfinite(self.grid.seconds),
            rng,
            members=len(self.index.members),
            spread=self._evenly_drawn,
            name=self.name,
        )

    def spread_of_seeds(self) -> float:
        """Return the deviation over training seeds of `noise`, points of PCKh on val, without bootstrap; or NaN."""
        from nasbench_pose.benchmark.noise import deviations  # imported here: see `noise`

        trained = np.isfinite(self.grid.seconds)
        return deviations(self.grid.accuracy["val"], trained, len(self.index.members), self._evenly_drawn)[1]

    def _evenly_drawn(self) -> list[int]:
        """Return the rows of the replicated genotypes, which the plan spreads evenly over the space."""
        return [self.index.row(genotype) for genotype in replicated(self.space, Plan(**self.about.get("plan", {})))]

    def __repr__(self) -> str:
        return f"<Benchmark {self.name}: {self.coverage}>"

    @property
    def people(self) -> str:
        """The data set of the trainings, as `pose.source.load` takes it, without a folder."""
        return people_of(self.about)

    @cached_property
    def joints(self) -> int:
        """The number of joints of the trained networks, which is that of their data set."""
        return number_of_joints(self.rows, self.space, Protocol.parse(self.about["protocol"]).input)

    @property
    def coverage(self) -> Coverage:
        """The number of genotypes of the space that were trained, and of those trained with several seeds."""
        trained = np.isfinite(self.grid.seconds[: len(self.index.members)]).sum(axis=1)
        return Coverage(int((trained > 0).sum()), len(trained), int((trained > 1).sum()))

    @property
    def complete(self) -> bool:
        """Whether every genotype of the space was trained: only then is the best known and regret exact."""
        return self.coverage.trained == self.coverage.genotypes

    @cached_property
    def index(self) -> Index:
        """The row of each genotype in `grid`."""
        return Index.of(self.space, list(self.rows["genotype"]))

    @cached_property
    def grid(self) -> TrainingArrays:
        """The rows as arrays."""
        full = Protocol.parse(self.about["protocol"]).steps
        return TrainingArrays.of(self.rows, [genotype.text for genotype in self.index.genotypes], full)

    def _read(self, split: str, fidelity: int | None, seed: int | None, schedule: str) -> tuple[Floats, Floats]:
        """Return accuracies and seconds of all genotypes."""
        if schedule != "own" or fidelity in (None, self.grid.full):
            pick("schedule", schedule, SCHEDULES)
            return self.grid.read(split, fidelity, seed)
        if self.own is None or fidelity is None:
            raise InvalidFileError(f"{self.name} has no trainings on schedules of their own: `benchmark build --own`.")
        return self.own.arrays(fidelity, [genotype.text for genotype in self.index.genotypes]).read(split, None, seed)

    @cached_property
    def _answer_lists(self) -> dict[tuple[str, int | None, int | None, str], list[Answer | None]]:
        """Cache: (split, fidelity, seed, schedule) -> answers of all genotypes, so a query only indexes a list."""
        return {}

    def _answers(self, split: str, fidelity: int | None, seed: int | None, schedule: str) -> list[Answer | None]:
        accuracy, seconds = self._read(split, fidelity, seed, schedule)
        pairs = zip(accuracy.tolist(), seconds.tolist(), strict=True)
        answers = [None if np.isnan(pair[1]) else Answer(*pair) for pair in pairs]
        self._answer_lists[split, fidelity, seed, schedule] = answers
        return answers

    def _regrets(self, macs_limit: float, split: str) -> Floats:
        """Return the regret of every member; computed once for each limit and split."""
        if (macs_limit, split) not in self._regret_arrays:
            members = self.means(split)[: len(self.index.members)]
            self._regret_arrays[macs_limit, split] = regrets_within(macs_limit, members, SPLITS[split], self.name)
        return self._regret_arrays[macs_limit, split]

    @cached_property
    def _member_regrets(self) -> dict[tuple[float, str], dict[Genotype | str, float]]:
        """Cache: (limit, split) -> regret by genotype, text, key and name."""
        return {}

    @cached_property
    def _regret_arrays(self) -> dict[tuple[float, str], Floats]:
        return {}
