"""Exporting a database to a folder of files, and importing it from there, without loss."""

import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import JSON as JSON_TYPE
from sqlalchemy import Connection, Float, Integer, LargeBinary, Table, create_engine

from nasbench_pose import __version__
from nasbench_pose.errors import InvalidFileError, NasbenchPoseError, StoreError, one_line, pick
from nasbench_pose.store.checksums import CHECKED, damaged, described, refuse_damage
from nasbench_pose.store.maintenance.formats import BYTES, FORMATS, JSON, REAL, TEXT, WHOLE
from nasbench_pose.store.maintenance.merging import TABLES, Merged, is_empty, merge
from nasbench_pose.store.maintenance.opened import opened, tables_of
from nasbench_pose.store.maintenance.rows import copy_tables, count, insert_rows, read_rows
from nasbench_pose.store.maintenance.target import target
from nasbench_pose.store.schema import HEAD, READABLE, migrate
from nasbench_pose.store.store import Store

MANIFEST = "database.json"
"""The file of an export that lists the others, with their rows and the SHA-256 of each."""
KINDS = {JSON_TYPE: JSON, LargeBinary: BYTES, Integer: WHOLE, Float: REAL}
"""Type of a column -> its kind in a file; all others are texts. Integer includes BigInteger, Float includes Double."""


def export(where: str | Path, folder: Path, form: str = "jsonl") -> dict[str, int]:
    """Write a file for each table of a database of any schema into a new folder; return table -> number of rows.

    `form` is `csv`, `jsonl` or `parquet`. Raises StoreError if the database cannot be read or is damaged,
    InvalidFileError if the folder has files in it.
    """
    kind = pick("format", form, FORMATS)
    if folder.exists() and any(folder.iterdir()):
        raise InvalidFileError(f"The folder {str(folder)!r} is not empty; name a new one.")
    with opened(where) as database:
        if database.schema >= "0007":
            refuse_damage(database.connection)
        folder.mkdir(parents=True, exist_ok=True)
        listed: dict[str, dict[str, Any]] = {}
        for name, table in database.tables.items():
            path = folder / f"{name}.{kind.ending}"
            rows = kind.write(path, columns_of(table), read_rows(database.connection, table))
            listed[name] = {"file": path.name, "rows": rows, "sha256": _sha256(path)}
        about = {"format": form, "schema": database.schema, "nasbench-pose": __version__, "tables": listed}
    (folder / MANIFEST).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    return {name: entry["rows"] for name, entry in listed.items()}


def load(folder: Path, where: Store | str) -> Merged:
    """Add what was exported to a database: with its numbers to an empty one, else merged (see `merging.merge`).

    A database that is named is opened, or made, once the export was read.

    Exports of older schemas are upgraded. Raises InvalidFileError for files that are missing, changed or not those of
    an export; then nothing is added.
    """
    with _loaded(folder) as source, target(where) as store:
        if not is_empty(store):
            return merge(store, source)
        merged = Merged()

        def copy(old: Connection, new: Connection) -> None:
            copy_tables(old, dict(TABLES), new, dict(TABLES))
            merged.added |= {name: count(new, table) for name, table in TABLES.items()}

        source.read(lambda old: store.write(lambda new: copy(old, new)))
        return merged


def columns_of(table: Table) -> dict[str, str]:
    """Return column -> kind of a table."""
    return {
        column.name: next((kind for type_, kind in KINDS.items() if isinstance(column.type, type_)), TEXT)
        for column in table.c
    }


@contextmanager
def _loaded(folder: Path) -> Iterator[Store]:
    """Yield a temporary store with the contents of an export."""
    about = _manifest(folder)
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary) / "import.db"
        engine = create_engine(f"sqlite:///{copy}")
        with engine.begin() as connection:
            migrate(connection, about["schema"])
            for name, table in tables_of(connection).items():
                _load_table(connection, table, folder, about["format"], pick("table", name, about["tables"]))
        engine.dispose()
        with Store(copy, must_exist=True) as store:
            store.read(lambda connection: _check_rows(connection, folder))
            yield store


def _check_rows(connection: Connection, folder: Path) -> None:
    """Raise InvalidFileError for a row that is not as it was exported: the sum of its file may be new, too."""
    for name in CHECKED:
        for row in damaged(connection, name):
            raise InvalidFileError(f"{folder} is not as it was exported: {described(name, row)} has another checksum.")


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        raise InvalidFileError(f"{str(folder)!r} is no export: it has no {MANIFEST}. An export is a folder.")
    try:
        about: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        known = {"format": str, "schema": str, "tables": dict}
        if not all(isinstance(about[name], kind) for name, kind in known.items()):
            raise ValueError
        if about["schema"] not in (*READABLE, HEAD) and about["schema"] <= HEAD:
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise InvalidFileError(f"{path} is not the list of an export's files.") from None
    pick("format", about["format"], FORMATS)
    if about["schema"] > HEAD:
        raise StoreError(
            f"{folder} was exported by a newer nasbench-pose (schema {about['schema']}; this one reads up to {HEAD}). "
            "Upgrade it: pip install --upgrade nasbench-pose."
        )
    return about


def _load_table(connection: Connection, table: Table, folder: Path, form: str, entry: Mapping[str, Any]) -> None:
    path = folder / Path(str(entry["file"])).name
    if not path.is_file():
        raise InvalidFileError(f"The export lacks {path}.")
    if _sha256(path) != entry["sha256"]:
        raise InvalidFileError(f"{path} is not as it was exported: its SHA-256 differs from that in {MANIFEST}.")
    columns = columns_of(table)
    try:
        rows = insert_rows(connection, table, list(columns), FORMATS[form].read(path, columns))
    except NasbenchPoseError:
        raise
    except Exception as error:  # cells of another type, or rows that the tables refuse
        raise InvalidFileError(f"{path} is not as it was exported: {one_line(error)[:200]}.") from error
    if rows != entry["rows"]:
        raise InvalidFileError(f"{path} has {rows} rows; {MANIFEST} says {entry['rows']}.")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
