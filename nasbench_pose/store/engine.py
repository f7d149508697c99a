"""Opening a database: which one is meant, and what SQLite must be told."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from nasbench_pose.errors import StoreError, nearest

BUSY_SECONDS = 60.0
"""How long a writer waits for another process to finish its transaction; each of ours takes milliseconds."""
WRITERS = 0x706F7365
"""Number of the lock that writers to one PostgreSQL database take in turn ("pose" in ASCII)."""


def location(where: str | Path) -> URL:
    """Return the SQLAlchemy URL of a file or of a URL.

    >>> location("runs.db").database, location("postgresql://me@host/poses").host
    ('runs.db', 'host')
    """
    if "://" not in str(where):
        return URL.create("sqlite", database=str(where))
    try:
        return make_url(str(where))
    except (ArgumentError, ValueError):  # the latter: a port that is no number
        raise StoreError(
            f"{str(where)!r} is neither a file nor a database URL such as postgresql://user@host/name."
        ) from None


def name(url: URL) -> str:
    """Return what a person calls the database: the file, or the URL without its password."""
    return url.database if _is_file(url) and url.database else url.render_as_string(hide_password=True)


def connect(url: URL, *, must_exist: bool) -> Engine:
    """Return an engine; raise StoreError if the file, its folder or the driver is missing."""
    if _is_file(url):
        _check_file(Path(url.database or ""), must_exist=must_exist)
    try:
        engine = create_engine(_readable(url), **_options(url))
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        remedy = "pip install 'nasbench-pose[postgres]'" if "postgresql" in url.drivername else "install its driver"
        raise StoreError(f"No driver for {url.drivername!r} here ({error}); {remedy}.") from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up)
    if begin := BEGIN.get(engine.dialect.name):
        event.listen(engine, "begin", begin)
    return engine


def _is_file(url: URL) -> bool:
    database = url.database or ":memory:"
    return url.get_backend_name() == "sqlite" and database != ":memory:" and not database.startswith("file:")


def _check_file(path: Path, *, must_exist: bool) -> None:
    if not path.parent.is_dir():
        raise StoreError(f"No folder {str(path.parent)!r} to keep {path.name!r} in; create it first.")
    if path.is_dir():
        raise StoreError(f"{str(path)!r} is a folder; a database is a file, such as {str(path / 'runs.db')!r}.")
    if must_exist and not path.exists():
        there = sorted(file.name for file in path.parent.glob("*.db"))
        listed = f" The folder has {', '.join(there)}.{nearest(path.name, there)}" if there else ""
        raise StoreError(f"No database {str(path)!r}.{listed or ' A search makes one.'}")


def _readable(url: URL) -> URL:
    """SQLite reads a write-ahead database on a read-only disk only if told that nobody can be changing it.

    That is not said of a database with a log beside it, whose last trials SQLite would then pass over.
    """
    path = Path(url.database or "")
    if not _is_file(url) or not path.exists() or os.access(path.parent, os.W_OK):
        return url
    if path.with_name(f"{path.name}-wal").exists():
        return url
    return url.set(database=f"file:{quote(str(path.absolute()))}").update_query_dict({"immutable": "1", "uri": "true"})


def _options(url: URL) -> dict[str, Any]:
    if url.get_backend_name() != "sqlite" or "timeout" in url.query:
        return {}
    return {"connect_args": {"timeout": BUSY_SECONDS}}


def _set_up(connection: Any, _: object) -> None:
    # Python's driver begins transactions on its own, late and not before DDL; SQLAlchemy documents this way round it.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    # With a write-ahead log a killed process loses nothing; a power cut may lose the last trials, not the database.
    connection.execute("PRAGMA synchronous = NORMAL")


# One writer at a time: the same fact, entered by two processes, neither collides nor makes one wait for the other.


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and then writes cannot wait for another writer unless it says so at once.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _writes(connection) else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    if _writes(connection):
        milliseconds = round(1000 * BUSY_SECONDS)
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {milliseconds}; SELECT pg_advisory_xact_lock({WRITERS})")


def _writes(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get("writes", False))


BEGIN = {"sqlite": _begin_sqlite, "postgresql": _begin_postgresql}
"""Dialect -> how a transaction begins."""
