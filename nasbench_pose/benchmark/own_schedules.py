"""Trainings on schedules of their own: what a short training reaches at its end, not on the way to a longer one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from nasbench_pose.benchmark.arrays import TrainingArrays
from nasbench_pose.benchmark.rows import OwnScheduleFile
from nasbench_pose.errors import InvalidFileError


@dataclass(frozen=True, eq=False)
class OwnSchedules:
    """The own-schedule trainings of a table."""

    rows: pd.DataFrame
    """One row per training, with the columns of `rows.OwnScheduleFile`."""
    about: Mapping[str, Any]
    """The contents of the TOML file."""

    @classmethod
    def beside(cls, path: Path, about: Mapping[str, Any]) -> "OwnSchedules | None":
        """Return the trainings in the file beside a table, None if there is no such file.

        Raises InvalidFileError for a file that was edited or that has another protocol than the table, `about`.
        """
        file = OwnScheduleFile.beside(path)
        if not (file.path.is_file() and file.about.is_file()):  # without a description a build has just begun
            return None
        rows, known = file.checked()
        for key in ("space_digest", "protocol"):
            if known[key] != about[key]:
                raise InvalidFileError(f"{file.path} and {path} were made with another {key.replace('_', ' ')}.")
        return cls(rows, known) if len(rows) else None

    @cached_property
    def steps(self) -> tuple[int, ...]:
        """The lengths of the schedules, in training steps."""
        return tuple(sorted({int(steps) for steps in self.rows["steps"]}))

    @cached_property
    def built(self) -> tuple[int, ...]:
        """The lengths with the most genotypes: those that searches ask for, as a length that is being built has few."""
        counts = self.rows.groupby("steps")["genotype"].nunique()
        return tuple(int(steps) for steps in counts.index[counts == counts.max()])

    def arrays(self, steps: int, genotypes: Sequence[str]) -> TrainingArrays:
        """Return the trainings of one length as arrays; row i is `genotypes[i]`, a text.

        Raises InvalidFileError for a length that nothing was trained with.
        """
        if steps not in self.steps:
            raise InvalidFileError(
                f"Nothing was trained with a schedule of {steps!r} steps; there are {', '.join(map(str, self.steps))}."
            )
        return TrainingArrays.of(self.rows[self.rows["steps"] == steps], genotypes, steps)

    def seeds(self, steps: int, genotype: str) -> tuple[int, ...]:
        """Return the seeds that a genotype, by its text, was trained with for so many steps."""
        rows = self.rows[(self.rows["steps"] == steps) & (self.rows["genotype"] == genotype)]
        return tuple(sorted(map(int, rows["seed"])))
