"""The files of a benchmark table: a CSV file with one row per training, and the TOML file that describes it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from nasbench_pose import metrics
from nasbench_pose.benchmark.arrays import SPLITS
from nasbench_pose.benchmark.cells import check_filled
from nasbench_pose.benchmark.described_csv import Columns, DescribedCsv
from nasbench_pose.errors import InvalidFileError
from nasbench_pose.evaluators import Trial
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.spaces import SearchSpace, load, names

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

COUNTED = tuple(name for name in COLUMNS if name in metrics.BUILT_IN and metrics.BUILT_IN[name].price == "counted")
"""Columns of counts: integers that every training which did not fail has, known at every fidelity."""

NEEDED_COLUMNS = ("genotype", "seed", "seconds", "curve", "error")
"""Columns of every table; the others are metrics."""


class TableFile(DescribedCsv):
    """A benchmark table: a CSV file with one row per training, and the TOML file that describes it."""

    __slots__ = ()
    WHAT = "benchmark table"
    WRITTEN_BY = "benchmark build"
    NEEDED = ("title", "space", "space_digest", "protocol", "sha256")
    KEY: ClassVar[tuple[str, ...]] = ("genotype", "seed")
    FILLED: ClassVar[tuple[str, ...]] = ("seconds",)
    MARK: ClassVar[str] = ""
    """The column that only files of this kind have; "": none."""

    @property
    def columns(self) -> Columns:
        """Column -> type, unit and meaning, from the TOML file; `COLUMNS` for a new table.

        So tables of other versions, which have other columns, can be read and extended. Raises InvalidFileError if the
        description is unreadable, or if a required column or the type of a column is missing.
        """
        known: Any = self.described().get("columns")
        if not isinstance(known, dict) or not known:
            return COLUMNS
        if lacking := [name for name in NEEDED_COLUMNS if name not in known]:
            raise InvalidFileError(f"{self.about} describes no column {lacking[0]!r}, which every table needs.")
        if untyped := [name for name, about in known.items() if not (isinstance(about, dict) and "type" in about)]:
            raise InvalidFileError(f"{self.about} does not say the type of the column {untyped[0]!r}.")
        return known

    def checked(self, version: str | None = None) -> tuple[pd.DataFrame, dict[str, Any]]:
        """Return the rows and their description; raise the errors of `unedited`.

        With `version`, the beginning of the checksum of an earlier state, those are the rows of that state. Raises
        InvalidFileError also for a training with neither or both of an accuracy and an error, and for one that did not
        fail and lacks its parameters or MACs.
        """
        rows, about = self.unedited()
        accuracy = SPLITS["val"]
        if accuracy in rows and len(odd := rows[rows[accuracy].isna() == rows["error"].isna()]):
            which = ", ".join(f"{name} {odd[name].iloc[0]}" for name in self.KEY)
            both = "both" if pd.notna(odd[accuracy].iloc[0]) else "neither"
            raise InvalidFileError(f"{self.path}: {which} has {both} of {accuracy} and error; a training has one.")
        check_filled(rows[rows["error"].isna()], [name for name in COUNTED if name in rows], self.path)
        return (rows, about) if version is None else self._earlier(rows, about, version)

    def space_of(self, about: Mapping[str, Any], space: SearchSpace | None = None) -> SearchSpace:
        """Return the search space of the rows that `about` describes: `space` if given, else the built-in one.

        Raises InvalidFileError if `space` is another one, if its file has changed since, or if it is not built in.
        """
        if space is None and about["space"] not in names():
            raise InvalidFileError(
                f"{self.path} is of the search space {about['space']!r}, which is not built in: name its .toml file "
                "(--space FILE, or space=load(FILE) in Python)."
            )
        found = space or load(about["space"])
        if found.name != about["space"]:
            raise InvalidFileError(f"{self.path} is of the search space {about['space']}, not of {found.name}.")
        if about["space_digest"] != found.digest:
            raise InvalidFileError(
                f"{self.path} was made with another file of the search space {found.name}: its digest was "
                f"{about['space_digest']} and is {found.digest} now."
            )
        return found

    def check_people(self, about: Mapping[str, Any], data: str | None) -> None:
        """Raise InvalidFileError if the trainings that `about` describes are on another data set than `data`."""
        if data is not None and (people := people_of(about)).partition(":")[0] != data.partition(":")[0]:
            raise InvalidFileError(f"{self.path} was trained on {people}, not on {data}: set --data {people}.")

    def _earlier(self, rows: pd.DataFrame, about: dict[str, Any], version: str) -> tuple[pd.DataFrame, dict[str, Any]]:
        for digest, first in zip(self.states() if len(version) >= SHORTEST else (), range(len(rows) + 1), strict=False):
            if digest.startswith(version):
                return rows.iloc[:first], about | {"sha256": digest}
        raise InvalidFileError(
            f"{self.path} never had a checksum that begins with {version!r}; it is {about['sha256']}."
        )

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
    MARK = "steps"

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


def people_of(about: Mapping[str, Any]) -> str:
    """Return the data set of the trainings that `about` describes, as `pose.source.load` takes it, without a folder.

    >>> people_of({"protocol": '{"data": "lspet"}'})
    'lspet'
    """
    return Protocol.parse(about["protocol"]).data


def table_row(trial: Trial) -> dict[str, object]:
    """Return the row of a trial, column -> rounded value; a failed trial has no metrics."""
    known = {"genotype": trial.genotype.text, "seed": trial.seed, "steps": trial.fidelity, "error": trial.error or ""}
    curve = " ".join(f"{step}:{pckh:.5g}" for step, pckh in trial.curve)
    metrics = {name: round(value, 5) for name, value in trial.metrics.items()}
    return {**known, **metrics, "seconds": round(trial.seconds, 2), "curve": curve}
