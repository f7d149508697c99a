"""The files of a benchmark table: a CSV file with one row per training, and the TOML file that describes it."""

import tomllib
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from nasbench_pose import metrics
from nasbench_pose.benchmark.described_csv import Columns, DescribedCsv
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.evaluators import Trial

COLUMNS: Columns = {
    "genotype": {"type": "text", "meaning": "the architecture, in full"},
    "seed": {"type": "integer", "meaning": "draws the weights, the batches and the augmentation"},
    **{
        name: {"type": "integer" if metric.whole else "number"}
        | ({"unit": metric.stored} if metric.stored else {})
        | {"meaning": metric.meaning}
        for name, metric in metrics.BUILT_IN.items()
        if "table" in metric.evaluators
    },
    "curve": {
        "type": "text",
        "unit": "steps:percent",
        "meaning": "learning curve: PCKh@0.5 of 256 people of val, without flip test, after so many steps",
    },
    "error": {"type": "text", "meaning": "why the training failed; blank if it did not"},
}


SHORTEST = 8
"""Hex digits of a checksum that name a state of a table."""

NEEDED_COLUMNS = ("genotype", "seed", "seconds", "curve", "error")
"""Columns of every table; the others are metrics."""


class TableFile(DescribedCsv):
    """A benchmark table: a CSV file with one row per training, and the TOML file that describes it."""

    __slots__ = ()
    WHAT = "benchmark table"
    WRITTEN_BY = "benchmark build"
    NEEDED = ("title", "space", "space_digest", "protocol", "sha256")
    KEY: ClassVar[tuple[str, ...]] = ("genotype", "seed")
    """Columns that name a training."""

    @property
    def columns(self) -> Columns:
        """Column -> type, unit and meaning, from the TOML file; `COLUMNS` for a new table.

        So tables of other versions, which have other columns, can be read and extended. Raises InvalidFileError if a
        required column is missing.
        """
        known: Any = (
            tomllib.loads(self.about.read_text(encoding="utf-8")).get("columns") if self.about.is_file() else None
        )
        if not isinstance(known, dict) or not known:
            return COLUMNS
        if lacking := [name for name in NEEDED_COLUMNS if name not in known]:
            raise InvalidFileError(f"{self.about} describes no column {lacking[0]!r}, which every table needs.")
        return known

    def checked(self, version: str | None = None) -> tuple[pd.DataFrame, dict[str, Any]]:
        """Return the rows and their description; raise if the file is missing, was edited or has a training twice.

        With `version`, the beginning of the checksum of an earlier state, those are the rows of that state.
        """
        rows, about = self.unedited()
        self.once(rows, list(self.KEY))
        return (rows, about) if version is None else self._earlier(rows, about, version)

    def _earlier(self, rows: pd.DataFrame, about: dict[str, Any], version: str) -> tuple[pd.DataFrame, dict[str, Any]]:
        for digest, first in zip(self.states() if len(version) >= SHORTEST else (), range(len(rows) + 1), strict=False):
            if digest.startswith(version):
                return rows.iloc[:first], about | {"sha256": digest}
        raise InvalidFileError(
            f"{self.path} never had a checksum that begins with {version!r}; it is {about['sha256']}."
        )

    def once(self, rows: pd.DataFrame, key: list[str]) -> None:
        """Raise InvalidFileError if rows are the same in the columns `key`."""
        if len(twice := rows[rows.duplicated(key)]):
            which = f"{twice['genotype'].iloc[0]} with seed {twice['seed'].iloc[0]}"
            raise InvalidFileError(f"{self.path} has {len(twice)} trainings more than once, such as {which}.")

    def append(self, *trials: Trial) -> None:
        """Append trials and flush them to the disk; `begin` must have been called."""
        columns = list(self.columns)
        self.lines.append([found.get(name, "") for name in columns] for found in map(table_row, trials))


class OwnScheduleFile(TableFile):
    """The trainings of a table on schedules of their own: `X.own.csv` beside `X.csv`, with the column `steps`.

    They are in a file of their own, so that the checksum of the full trainings stays, by which trials know their table.
    """

    __slots__ = ()
    WHAT = "table of trainings on schedules of their own"
    WRITTEN_BY = "benchmark build --own"
    KEY = ("genotype", "seed", "steps")

    @classmethod
    def beside(cls, path: Path) -> "OwnScheduleFile":
        """Return the file beside a table; it need not exist.

        >>> OwnScheduleFile.beside(Path("mine.csv")).path.name
        'mine.own.csv'
        """
        return cls(path.with_suffix(".own.csv"))

    @property
    def columns(self) -> Columns:
        """Those of a table, and after the seed the number of steps."""
        known = dict(super().columns)
        steps = known.pop("steps", {"type": "integer", "meaning": "training steps, at the end of their own schedule"})
        return {name: known.pop(name) for name in ("genotype", "seed")} | {"steps": steps} | known


def table_row(trial: Trial) -> dict[str, object]:
    """Return the row of a trial, column -> rounded value; a failed trial has no metrics."""
    known = {"genotype": trial.genotype.text, "seed": trial.seed, "steps": trial.fidelity, "error": trial.error or ""}
    curve = " ".join(f"{step}:{pckh:.5g}" for step, pckh in trial.curve)
    metrics = {name: round(value, 5) for name, value in trial.metrics.items()}
    return {**known, **metrics, "seconds": round(trial.seconds, 2), "curve": curve}
