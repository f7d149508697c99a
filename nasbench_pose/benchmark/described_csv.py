"""A CSV file whose rows are appended, and the TOML file beside it that describes them and has their checksum."""

import hashlib
import json
import tomllib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from nasbench_pose.benchmark.append_only import AppendOnlyCsv, line, unix_lines
from nasbench_pose.benchmark.cells import check_cells
from nasbench_pose.errors import InvalidFileError, UnknownNameError

Columns = Mapping[str, Mapping[str, str]]
"""Name -> type, unit and meaning."""


@dataclass(frozen=True, slots=True)
class DescribedCsv(ABC):
    """The two files; subclasses name their kind, their columns and the keys of their description."""

    path: Path

    WHAT: ClassVar[str] = "table"
    """The kind of file in messages."""
    WRITTEN_BY: ClassVar[str] = ""
    """The command that writes such files."""
    NEEDED: ClassVar[tuple[str, ...]] = ("title", "sha256")
    """Keys that every description has."""
    KEY: ClassVar[tuple[str, ...]] = ()
    """Columns that name a row: never blank, and different in every row."""
    FILLED: ClassVar[tuple[str, ...]] = ()
    """Other columns that are never blank."""

    def __post_init__(self) -> None:
        if self.path.suffix != ".csv":
            raise InvalidFileError(f"A {self.WHAT} is a .csv file, with a .toml file beside it; not {self.path}.")

    @property
    @abstractmethod
    def columns(self) -> Columns:
        """The columns of the rows."""

    @property
    def lines(self) -> AppendOnlyCsv:
        """The CSV file."""
        return AppendOnlyCsv(self.path, tuple(self.columns), self.WHAT)

    @property
    def about(self) -> Path:
        """The TOML file."""
        return self.path.with_suffix(".toml")

    @property
    def empty(self) -> str:
        """The checksum of a file without rows."""
        return hashlib.sha256(line(list(self.columns))).hexdigest()

    def read(self) -> pd.DataFrame:
        """Return all complete rows; raise InvalidFileError if the file is something else. No file: no rows."""
        return self.lines.read()

    def description(self) -> dict[str, Any]:
        """Return the contents of the TOML file; raise InvalidFileError if it is missing, unreadable or lacks a key."""
        if not self.about.is_file():
            raise InvalidFileError(
                f"{self.about.name}, which describes how the rows of {self.path} were made, is not there."
            )
        found = self.described()
        if lacking := [key for key in self.NEEDED if key not in found]:
            raise InvalidFileError(f"{self.about} has no {', '.join(lacking)}; `{self.WRITTEN_BY}` writes all of them.")
        return found

    def described(self) -> dict[str, Any]:
        """Return what the TOML file has, nothing if there is none; raise InvalidFileError if it is unreadable."""
        try:
            return tomllib.loads(self.about.read_text(encoding="utf-8")) if self.about.is_file() else {}
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InvalidFileError(f"{self.about} is not valid TOML: {error}.") from None

    def unedited(self) -> tuple[pd.DataFrame, dict[str, Any]]:
        """Return the rows and their description.

        Raises UnknownNameError if the file is missing, InvalidFileError if the rows are not those described, if a cell
        is not of its column's type, or if a row is there twice.
        """
        if not self.path.is_file():
            raise UnknownNameError(f"There is no file {self.path}.")
        about = self.description()
        if checksum(self.path) != about.get("sha256"):
            raise InvalidFileError(
                f"{self.path} is not the file that {self.about.name} describes: the checksums differ. If "
                f"`{self.WRITTEN_BY}` was killed, run the same command again to repair it; if the file was edited, "
                "download it again."
            )
        rows = self.read()
        check_cells(rows, self.columns, (*self.KEY, *self.FILLED), self.path)
        if len(twice := rows[rows.duplicated(list(self.KEY))] if self.KEY else rows[:0]):
            which = ", ".join(f"{name} {twice[name].iloc[0]}" for name in self.KEY)
            raise InvalidFileError(f"{self.path} has {len(twice)} rows more than once, such as {which}.")
        return rows, about

    def begin(self) -> None:
        """Create the file with its header if it does not exist; remove an unfinished last line."""
        self.lines.begin()

    def states(self) -> Iterator[str]:
        """Yield the checksum that the file had with its header alone, then with each row, which were appended."""
        read = hashlib.sha256()
        with self.path.open("rb") as file:
            for row in file:
                read.update(unix_lines(row))
                yield read.hexdigest()

    def goes_on_from(self, digest: str) -> bool:
        """Return whether the first rows have this checksum; a killed process may have appended more after them."""
        return self.path.is_file() and digest in self.states()

    def describe(self, about: Mapping[str, object]) -> None:
        """Write the TOML file: `about` (texts and tables of texts), the columns, and the checksum of the rows."""
        known = {**about, "sha256": checksum(self.path), "columns": self.columns}
        plain = [f"{key} = {_toml(value)}" for key, value in known.items() if not isinstance(value, Mapping)]
        tables = [
            "\n".join([f"\n[{key}]", *(f"{_key(name)} = {_toml(item)}" for name, item in value.items())])
            for key, value in known.items()
            if isinstance(value, Mapping)
        ]
        part = self.about.with_name(f".{self.about.name}.part")
        part.write_text("\n".join([*plain, *tables, ""]), encoding="utf-8")
        part.replace(self.about)


def checksum(path: Path) -> str:
    """Return the SHA-256 of a table, 64 hex digits, independent of the line ends."""
    return hashlib.sha256(unix_lines(path.read_bytes())).hexdigest()


def _toml(value: object) -> str:
    """Return a text, number or flat table as TOML, whose basic strings have the syntax of JSON."""
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_key(name)} = {_toml(item)}' for name, item in value.items())} }}"
    return json.dumps(value, ensure_ascii=False)


def _key(name: str) -> str:
    return name if name.replace("_", "").isalnum() and name.isascii() else json.dumps(name)
