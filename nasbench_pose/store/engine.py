"""Opening a database: its URL, the check of SQLite's options, and the SQLAlchemy engine."""

import contextlib
import logging
import os
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import StaticPool

from nasbench_pose.errors import StoreError, masked, nearest

BUSY_SECONDS = 60.0
"""How long a writer waits for the transaction of another process; each transaction takes milliseconds."""
WRITERS_LOCK = 0x706F7365
"""Key of the advisory lock of all writers to a PostgreSQL database ("pose" in ASCII)."""
NETWORKS = (
    "nfs",
    "cifs",
    "smb",
    "9p",
    "afs",
    "ceph",
    "glusterfs",
    "lustre",
    "gpfs",
    "beegfs",
    "fuse.sshfs",
    "fuse.gluster",
)
"""How the types of file systems of a network begin."""
INSTALL = "pip install 'nasbench-pose[postgres]'"
LISTED = 8
"""Most files of a folder listed where a database is missing."""


def database_url(where: str | Path) -> URL:
    """Return the SQLAlchemy URL of a file or of a URL.

    >>> database_url("runs.db").database, database_url("postgresql://me@host/poses").host
    ('runs.db', 'host')
    """
    if not isinstance(where, str | Path) or not str(where):
        raise StoreError(f"{where!r} is no database; expected a file such as runs.db, or a URL.")
    if "://" not in str(where):
        return URL.create("sqlite", database=str(where))
    try:
        url = make_url(str(where))
    except (ArgumentError, ValueError):  # ValueError: a port that is not a number
        raise StoreError(
            f"{masked(str(where))!r} is neither a file nor a database URL such as postgresql://user@host/name."
        ) from None
    if (kind := url.get_backend_name()) not in ("sqlite", "postgresql", "postgres"):
        raise StoreError(
            f"Results are stored in SQLite or PostgreSQL, not in {kind!r}: name a file such as runs.db, or a URL such "
            "as postgresql://user@host/name."
        )
    if kind == "sqlite":
        _check_sqlite(url)
    return url


def _check_sqlite(url: URL) -> None:
    """Raise StoreError for a host, as SQLite has none, and for options that SQLite does not know."""
    if url.host is not None:
        file = f"{url.host}{f'/{url.database}' if url.database else ''}"
        raise StoreError(f"sqlite://{file} names a host, not a file; with three slashes it is one: sqlite:///{file}.")
    is_uri = str(url.query.get("uri", "")).lower() in ("true", "1", "yes", "on")
    known = SQLITE_OPTIONS | (URI_OPTIONS if is_uri else {})
    for option, value in url.query.items():
        if option in URI_OPTIONS and option not in known:
            raise StoreError(
                f"The option {option!r} of SQLite needs a URI: sqlite:///file:{url.database}?{option}={value}&uri=true."
            )
        if option not in known:
            raise StoreError(f"SQLite has no option {option!r}; it has {', '.join(known)}.{nearest(option, known)}")
        pattern, fitting = known[option]
        if not (isinstance(value, str) and pattern.fullmatch(value)):
            raise StoreError(f"The option {option!r} of {str(url.database)!r} cannot be {value!r}; give {fitting}.")


_YES_OR_NO = re.compile("true|false|yes|no|on|off|1|0", re.IGNORECASE), "one of true, false, yes, no, on, off, 1, 0"
SQLITE_OPTIONS = {
    "timeout": (re.compile(r"\d+(\.\d*)?|\.\d+"), "seconds once, such as 60"),
    "cached_statements": (re.compile(r"\d+"), "a whole number once, such as 128"),
    "uri": _YES_OR_NO,
}
"""Query parameter of an SQLite URL -> pattern of its values, and the values in words."""
URI_OPTIONS = {
    "mode": (re.compile("ro|rw|rwc|memory"), "one of ro, rw, rwc, memory"),
    "cache": (re.compile("shared|private"), "shared or private"),
    "immutable": _YES_OR_NO,
    "nolock": _YES_OR_NO,
    "psow": _YES_OR_NO,
    "vfs": (re.compile(".+"), "the name of a file system of SQLite, such as unix"),
}
"""The same for SQLite's own parameters, which require `uri=true`."""


def in_memory(url: URL) -> bool:
    """Return whether a database is in the memory of one process.

    >>> in_memory(database_url("sqlite://")), in_memory(database_url("sqlite:///runs.db"))
    (True, False)
    """
    if url.get_backend_name() != "sqlite":
        return False
    database = url.database or ":memory:"
    return database.startswith((":memory:", "file::memory:")) or url.query.get("mode") == "memory"


def check_shared(where: str | Path) -> None:
    """Raise StoreError for a database that other processes cannot see, and for a file without a folder.

    >>> check_shared("sqlite://")
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.StoreError: 'sqlite://' is in the memory of this process, which its workers cannot see; ...
    """
    url = database_url(where)
    if _is_file(url):
        _check_file(Path(url.database or ""), must_exist=False)
    if in_memory(url):
        raise StoreError(
            f"{str(where)!r} is in the memory of this process, which its workers cannot see; "
            "name a file, such as runs.db, or a database server."
        )


def absolute_url(where: str | Path) -> str:
    """Return the URL of a database with the absolute path of its file, valid in every working directory.

    >>> absolute_url("sqlite:///runs.db") == absolute_url("runs.db"), absolute_url("sqlite://")
    (True, 'sqlite://')
    """
    url = database_url(where)
    if _is_file(url):
        url = url.set(database=str(Path(url.database or "").absolute()))
    return url.render_as_string(hide_password=False)


def display_name(url: URL) -> str:
    """Return the name of a database for messages: the file, or the URL without its password."""
    return url.database if _is_file(url) and url.database else masked(url.render_as_string(hide_password=True))


def connect(url: URL, *, must_exist: bool) -> Engine:
    """Return an engine; raise StoreError if the file, its folder or the driver is missing."""
    if _is_file(url):
        _check_file(path := Path(url.database or ""), must_exist=must_exist)
        _warn_of_network(path.absolute())
    try:
        engine = create_engine(_readable(url), **_options(url))
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        known = {"postgres": "write postgresql://", "postgresql": INSTALL, "postgresql+psycopg": INSTALL}
        remedy = known.get(url.drivername, f"write {url.get_backend_name()}://")
        raise StoreError(f"No driver for {url.drivername!r} here ({error}); {remedy}.") from None
    if engine.dialect.is_async:
        raise StoreError(f"The driver of {url.drivername!r} is asynchronous; write {url.get_backend_name()}://.")
    if set_up := SET_UP.get(engine.dialect.name):
        event.listen(engine, "connect", set_up)
    if begin := BEGIN.get(engine.dialect.name):
        event.listen(engine, "begin", begin)
    return engine


def existing_file(url: URL) -> Path:
    """Return the file of an SQLite database; raise StoreError if it is missing, or no plain file."""
    if not _is_file(url):
        raise StoreError(f"{display_name(url)!r} is no plain file of SQLite; name one, such as runs.db.")
    _check_file(path := Path(url.database or ""), must_exist=True)
    return path


def _is_file(url: URL) -> bool:
    return url.get_backend_name() == "sqlite" and not in_memory(url) and not str(url.database).startswith("file:")


def _check_file(path: Path, *, must_exist: bool) -> None:
    if not path.parent.is_dir():
        raise StoreError(f"No folder {str(path.parent)!r} to keep {path.name!r} in; create it first.")
    if path.is_dir():
        raise StoreError(f"{str(path)!r} is a folder; a database is a file, such as {str(path / 'runs.db')!r}.")
    if must_exist and not path.exists():
        there = sorted(file.name for file in path.parent.glob("*.db"))
        more = f" and {len(there) - LISTED} more" if len(there) > LISTED else ""
        listed = f" The folder has {', '.join(there[:LISTED])}{more}.{nearest(path.name, there)}" if there else ""
        raise StoreError(f"No database {str(path)!r}.{listed or ' A search makes one.'}")


@cache  # said once
def _warn_of_network(path: Path) -> None:
    if (kind := network_of(path)) is not None:
        logging.getLogger(__name__).warning(
            "%s is on a file system of a network (%s), where several machines that write to one SQLite file damage it: "
            "let one machine write, or use a PostgreSQL server.",
            path,
            kind,
        )


def network_of(path: Path, mounts: Path = Path("/proc/self/mountinfo")) -> str | None:
    """Return the type of the file system of an absolute path if it is one of a network; None where that is unknown.

    The lines of `mounts` are described in proc_pid_mountinfo(5).
    """
    if not mounts.exists():
        return None
    found, longest = None, -1
    for line in mounts.read_text(errors="replace").splitlines():
        before, _, after = line.partition(" - ")
        place = Path(before.split()[4].replace("\\040", " "))
        if path.is_relative_to(place) and len(place.parts) >= longest:  # a later mount hides an earlier one
            found, longest = after.split()[0], len(place.parts)
    return found if found is not None and found.startswith(NETWORKS) else None


def _readable(url: URL) -> URL:
    """Add `immutable=1` to the URL of a file in a read-only folder.

    SQLite opens a write-ahead database there only with this option. A database with a log file beside it is left out:
    SQLite would ignore the log, which may contain the last trials.
    """
    path = Path(url.database or "")
    if not _is_file(url) or not path.exists() or os.access(path.parent, os.W_OK):
        return url
    if path.with_name(f"{path.name}-wal").exists():
        return url
    return url.set(database=f"file:{quote(str(path.absolute()))}").update_query_dict({"immutable": "1", "uri": "true"})


def _options(url: URL) -> dict[str, Any]:
    if url.get_backend_name() != "sqlite":
        return {}
    arguments: dict[str, Any] = {} if "timeout" in url.query else {"timeout": BUSY_SECONDS}
    if in_memory(url):  # one connection for all threads: every new connection would be a new, empty database
        return {"connect_args": arguments | {"check_same_thread": False}, "poolclass": StaticPool}
    return {"connect_args": arguments}


def _set_up_sqlite(connection: Any, _: object) -> None:
    # Python's driver begins transactions by itself, too late and not before DDL; this workaround is SQLAlchemy's.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    # With a write-ahead log a killed process loses nothing; a power cut may lose the last trials, not the database.
    connection.execute("PRAGMA synchronous = NORMAL")


# One writer at a time: two processes that insert the same trial neither collide nor deadlock.


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads before it writes fails, instead of waiting, if another one has written in between.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _writes(connection) else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    if _writes(connection) and not connection.get_execution_options().get("among_others", False):
        with contextlib.closing(connection.connection.cursor()) as cursor:
            lock_writers(cursor)


def lock_writers(cursor: Any) -> None:
    """Take the writers' lock of PostgreSQL until the end of the transaction; wait while another one holds it."""
    cursor.execute(f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})")


def _set_up_postgresql(connection: Any, _: object) -> None:
    with contextlib.closing(connection.cursor()) as cursor:
        cursor.execute(f"SET lock_timeout = {round(1000 * BUSY_SECONDS)}")
    connection.commit()


def _writes(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get("writes", False))


SET_UP = {"sqlite": _set_up_sqlite, "postgresql": _set_up_postgresql}
"""Dialect -> set-up of a new connection."""
BEGIN = {"sqlite": _begin_sqlite, "postgresql": _begin_postgresql}
"""Dialect -> begin of a transaction."""
