"""Upgrading a database to the schema of this version, with a copy kept and checksums before and after."""

import contextlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from nasbench_pose.errors import StoreError
from nasbench_pose.store.engine import database_url, in_memory
from nasbench_pose.store.maintenance.exchange import export
from nasbench_pose.store.maintenance.opened import opened
from nasbench_pose.store.maintenance.rows import checksum, count, read_rows
from nasbench_pose.store.schema import HEAD
from nasbench_pose.store.store import Store


@dataclass(frozen=True)
class TableCheck:
    """A table before and after an upgrade, in the columns that it had before."""

    name: str
    rows: tuple[int, int]
    """Before and after."""
    checksums: tuple[str, str]
    """16 hex digits of the contents, before and after."""

    @property
    def unchanged(self) -> bool:
        """Whether the upgrade left its contents alone."""
        return self.checksums[0] == self.checksums[1]


@dataclass(frozen=True)
class Upgrade:
    """What an upgrade did."""

    before: str
    """The schema before."""
    copy: Path | None
    """The copy of the database as it was; None if it was up to date."""
    tables: tuple[TableCheck, ...]


def upgrade(where: str | Path, copy: Path | None = None) -> Upgrade:
    """Upgrade a database after copying it; return the checksums of every table before and after.

    `copy` is the file of the copy (default: `runs-0001.db` beside `runs.db`), or, for a server, the folder of an
    export. Raises StoreError if the copy exists already, or for a server without `copy`; then nothing is upgraded.
    """
    with opened(where) as database:
        before, columns = database.schema, {name: table.c.keys() for name, table in database.tables.items()}
        if before < HEAD:
            copy = _copy(where, copy, before, is_sqlite=database.is_sqlite)
    counts, sums = _contents(where, columns)
    Store(where, must_exist=True).close()
    counts_after, sums_after = _contents(where, columns)
    return Upgrade(
        before,
        copy if before < HEAD else None,
        tuple(TableCheck(name, (counts[name], counts_after[name]), (sums[name], sums_after[name])) for name in columns),
    )


def _contents(where: str | Path, columns: dict[str, list[str]]) -> tuple[dict[str, int], dict[str, str]]:
    """Return the number of rows and the checksum of each table."""
    with opened(where) as database:
        tables, connection = database.tables, database.connection
        counts = {name: count(connection, tables[name]) for name in columns}
        return counts, {name: checksum(read_rows(connection, tables[name], columns[name])) for name in columns}


def _copy(where: str | Path, copy: Path | None, schema: str, *, is_sqlite: bool) -> Path:
    """Copy a database, an SQLite file by SQLite itself: its log may have trials that its file has not."""
    url = database_url(where)
    if not is_sqlite:
        if copy is None:
            raise StoreError("A database on a server is copied by an export; name its folder with --copy.")
        export(where, copy)
        return copy
    if in_memory(url):
        raise StoreError("A database in memory needs no upgrade.")
    file = Path(str(url.database))
    path = copy or file.with_name(f"{file.stem}-{schema}{file.suffix}")
    if path.exists():
        raise StoreError(f"The copy {str(path)!r} exists already; name another one with --copy.")
    with contextlib.closing(sqlite3.connect(file)) as old, contextlib.closing(sqlite3.connect(path)) as new:
        old.backup(new)
    return path
