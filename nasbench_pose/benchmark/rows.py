"""The files of a benchmark table: a CSV file with one row per training, and the TOML file that describes it."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from nasbench_pose import metrics
from nasbench_pose.benchmark.append_only import AppendOnlyCsv, line, unix_lines
from nasbench_pose.errors import InvalidFileError, UnknownNameError
from nasbench_pose.evaluators import Trial

COLUMNS: Mapping[str, Mapping[str, str]] = {
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


NEEDED_COLUMNS = ("genotype", "seed", "seconds", "curve", "error")
"""Columns of every table; the others are metrics."""

NEEDED = ("title", "space", "space_digest", "protocol", "sha256")
"""Keys that every description must have."""


@dataclass(frozen=True, slots=True)
class TableFile:
    """A CSV file and the TOML file that describes it."""

    path: Path

    def __post_init__(self) -> None:
        if self.path.suffix != ".csv":
            raise InvalidFileError(f"A benchmark table is a .csv file, with a .toml file beside it; not {self.path}.")

    @property
    def lines(self) -> AppendOnlyCsv:
        """The CSV file, with the columns that its TOML file describes."""
        return AppendOnlyCsv(self.path, tuple(self.columns), "benchmark table")

    @property
    def columns(self) -> Mapping[str, Mapping[str, str]]:
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

    @property
    def about(self) -> Path:
        """The TOML file."""
        return self.path.with_suffix(".toml")

    @property
    def empty(self) -> str:
        """The checksum of a table without rows."""
        return hashlib.sha256(line(list(self.columns))).hexdigest()

    def read(self) -> pd.DataFrame:
        """Return all complete rows; raise InvalidFileError if the file is something else. No file: no rows."""
        return self.lines.read()

    def description(self) -> dict[str, Any]:
        """Return the contents of the TOML file; raise InvalidFileError if it is missing, unreadable or lacks a key."""
        try:
            found = tomllib.loads(self.about.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise InvalidFileError(
                f"{self.about.name}, which describes how the rows of {self.path} were made, is not there."
            ) from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InvalidFileError(f"{self.about} is not valid TOML: {error}.") from None
        if lacking := [key for key in NEEDED if key not in found]:
            raise InvalidFileError(f"{self.about} has no {', '.join(lacking)}; `benchmark build` writes all of them.")
        return found

    def checked(self) -> tuple[pd.DataFrame, dict[str, Any]]:
        """Return the rows and their description; raise if the file is missing, was edited or has a training twice."""
        if not self.path.is_file():
            raise UnknownNameError(f"There is no file {self.path}.")
        about = self.description()
        if checksum(self.path) != about.get("sha256"):
            raise InvalidFileError(
                f"{self.path} is not the file that {self.about.name} describes: the checksums differ. If a build was "
                "killed, run the same command again to repair it; if the file was edited, download it again."
            )
        rows = self.read()
        if len(twice := rows[rows.duplicated(["genotype", "seed"])]):
            which = f"{twice['genotype'].iloc[0]} with seed {twice['seed'].iloc[0]}"
            raise InvalidFileError(f"{self.path} has {len(twice)} trainings more than once, such as {which}.")
        return rows, about

    def begin(self) -> None:
        """Create the file with its header if it does not exist; remove an unfinished last line."""
        self.lines.begin()

    def append(self, *trials: Trial) -> None:
        """Append trials and flush them to the disk; `begin` must have been called."""
        columns = list(self.columns)
        self.lines.append([found.get(name, "") for name in columns] for found in map(table_row, trials))

    def goes_on_from(self, digest: str) -> bool:
        """Return whether the first rows have this checksum; a killed build may have appended more after them."""
        if not self.path.is_file():
            return False
        read = hashlib.sha256()
        with self.path.open("rb") as file:
            for row in file:
                read.update(unix_lines(row))
                if read.hexdigest() == digest:
                    return True
        return False

    def describe(self, about: Mapping[str, object]) -> None:
        """Write the TOML file: `about` (texts and tables of texts), the columns, and the checksum of the rows."""
        known = {**about, "sha256": checksum(self.path), "columns": self.columns}
        plain = [f"{key} = {_toml(value)}" for key, value in known.items() if not isinstance(value, Mapping)]
        tables = [
            "\n".join([f"\n[{key}]", *(f"{name} = {_toml(item)}" for name, item in value.items())])
            for key, value in known.items()
            if isinstance(value, Mapping)
        ]
        part = self.about.with_name(f".{self.about.name}.part")
        part.write_text("\n".join([*plain, *tables, ""]), encoding="utf-8")
        part.replace(self.about)


def checksum(path: Path) -> str:
    """Return the SHA-256 of a table, 64 hex digits, independent of the line ends."""
    return hashlib.sha256(unix_lines(path.read_bytes())).hexdigest()


def table_row(trial: Trial) -> dict[str, object]:
    """Return the row of a trial, column -> rounded value; a failed trial has no metrics."""
    known = {"genotype": trial.genotype.text, "seed": trial.seed, "error": trial.error or ""}
    curve = " ".join(f"{step}:{pckh:.5g}" for step, pckh in trial.curve)
    metrics = {name: round(value, 5) for name, value in trial.metrics.items()}
    return {**known, **metrics, "seconds": round(trial.seconds, 2), "curve": curve}


def _toml(value: object) -> str:
    """Return a text, number or flat table as TOML, whose basic strings have the syntax of JSON."""
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_key(name)} = {_toml(item)}' for name, item in value.items())} }}"
    return json.dumps(value, ensure_ascii=False)


def _key(name: str) -> str:
    return name if name.replace("_", "").isalnum() and name.isascii() else json.dumps(name)
